// SPDX-License-Identifier: MIT
//
// Writes correct examples of each format into folders that the fuzz targets start from:
// `Seeds FOLDER` makes FOLDER/FuzzELF/…, FOLDER/FuzzArchive/… and so on.
import ArchiveWriter
import Base
import Core
import ExecStream
import Foundation
import Mutation
import Partitions
import RedoxFS
import RedoxFSExample

struct Sink: ByteSink {
  var bytes: [UInt8] = []
  mutating func put(_ byte: UInt8) { bytes.append(byte) }
}

func archive() throws(ArchiveBuildError) -> [UInt8] {
  var builder = ArchiveBuilder()
  builder.addFile(Array("bin/cat".utf8), contents: Array("meow".utf8), mode: 0o755)
  builder.addFile(Array("bin-x".utf8), contents: [])
  builder.addLink(Array("dev/null".utf8), to: Array("/scheme/null".utf8))
  builder.addDirectory(Array("tmp".utf8), mode: 0o1777)
  return try builder.build()
}

func stream() -> [UInt8] {
  var sink = Sink()
  sink.put(.ready)
  sink.put(.standardOutput(Array("hello\n".utf8)))
  sink.put(.fileStart(mode: 0o755, byteCount: 3, name: Array("tmp/x".utf8)))
  sink.put(.fileData([1, 2, 3]))
  sink.put(.fileEnd)
  sink.put(.exitStatus(1))
  return sink.bytes
}

/// A disk of 80 sectors with two partitions, as `FuzzPartitions` takes it: the count of sectors first.
func disk() throws(NewPartitionTable.Failure) -> [UInt8] {
  let parts = [(GUID.efiSystem, UInt64(34), UInt64(5)), (.redoxFileSystem, 40, 7)].map {
    NewPartition(
      type: $0.0, unique: $0.0, name: "part", sectors: SectorRange(first: $0.1, count: $0.2))
  }
  let table = try NewPartitionTable(
    sectorBytes: 512, sectorCount: 80, disk: .biosBoot, partitions: parts)
  return [80] + table.head.prefix(3 * 512)
}

/// One primary partition and an extended one with a chain of two.
func oldDisk() -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 1 + 6 * 512)
  bytes[0] = 90
  for (sector, line, type, first, count) in [
    (0, 0, 0x83, 1, 1), (0, 1, 0x05, 2, 60), (2, 0, 0x83, 1, 1), (2, 1, 0x05, 3, 9),
    (5, 0, 0x82, 2, 7),
  ] as [(Int, Int, UInt8, UInt8, UInt8)] {
    let place = 1 + sector * 512 + 446 + 16 * line
    bytes[place + 4] = type
    bytes[place + 8] = first
    bytes[place + 12] = count
    bytes[1 + sector * 512 + 510] = 0x55
    bytes[1 + sector * 512 + 511] = 0xAA
  }
  return bytes
}

/// A volume with a few files, a directory and a snapshot, made in three commits.
func usedVolume() throws -> [UInt8] {
  let store = MemoryStore(blockCount: 600)
  let (now, root) = (Timestamp(), NewNode(.directory, permissions: 0o755, user: 0, group: 0))
  let volume = try FileSystem.format(store, identifier: InlineBytes(), root: root, now: now)
  let file = NewNode(.file, permissions: 0o644, user: 0, group: 0)
  let folder = try volume.make(root, "folder", in: 1, now: now)
  for (number, name) in (["a", "b", "c"] as [Text]).enumerated() {
    let node = try volume.make(file, name, in: number == 1 ? folder : 1, now: now)
    let bytes = [UInt8](repeating: UInt8(number), count: number * 5000)
    try volume.write(bytes.span, to: node, at: UInt64(number) << 20, now: now)
  }
  try volume.makeSnapshot("kept", now: now)
  _ = try volume.unlink("c", from: 1, isOpen: { _ in true }, now: now)
  try volume.commit()
  return CompactVolume(image: store.bytes).bytes
}

/// A whole image, read piece by piece. Of its header ring, the newest is enough.
func compact(_ image: URL) throws -> [UInt8] {
  let file = try FileHandle(forReadingFrom: image)
  defer { try? file.close() }
  let byteCount = try file.seekToEnd()
  try file.seek(toOffset: 0)
  var headers: [[UInt8]] = []
  var compact = CompactVolume(blockCount: byteCount / 4096)
  for block in 0..<byteCount / 4096 {
    guard let data = try file.read(upToCount: 4096), data.count == 4096 else { break }
    if block < 256 {
      headers.append(Array(data))
      if block == 255, let newest = headers.max(by: { generation($0) < generation($1) }) {
        compact.add(generation(newest) % 256, newest[...])
      }
    } else {
      compact.add(block, Array(data)[...])
    }
  }
  return compact.bytes
}

func generation(_ header: [UInt8]) -> UInt64 {
  (0..<8).reduce(0) { $0 | UInt64(header[40 + $1]) << UInt64(8 * $1) }
}

let scripts = [
  "# base\nrm -rf /tmp\nnotify ipcd # x\nnowait sudo --daemon\n",
  "requires_weak 00_base 10_net\nA=1 B=$x notify C=3 $HOME -x a=b\n\n\t# y\nPATH=/bin $sh\n",
]
let shellScripts = [
  "let a:[int] = [1 2]; let a ++= 3; for x in @a[..2]; echo $x | cat ^| read y; end\n",
  "fn f n:int m -- x\nif test $n -gt 0 && not false\necho $(f $((n - 1)) \"$m\")\nend; end; f 2 b\n",
  "match x1; case 'x[0-9]+' if true; echo {a,b}{1...3} *.c ~ ${c::red}; case _; return; end\n",
  "let m:bmap[str] = [k=v]; cat << E > o\n$join(a ', ') @split(x \"1\")\nE\nalias a = b; a &\n",
  "echo $regex_replace(\"abc\" '(a|b)*' '$1') @m[k] $len(x); drop m; set -e; eval echo a\n",
]
let patterns = [
  "1^(a|b)+[[:alpha:]é-ü]*c{2,3}$\nabc\nbécc\n", "0\\(a*\\)\\{1,2\\}\\|b\\?\\<c\nac\n",
  "2a.b\na.b\n",
  "3(?:a|b)*?\\w\\bx\\d[^\\s]\nab x1y\n",
]
let documents = [
  "a.b = 1 # x\n[c]\n\"d e\" = [1.5e3, 'x', {y = true, z.a = -0x1F}]\n[[f.g]]\n[f.g.h]\n",
  "a = \"\"\"\n\\u00e9 \\\n  x\"\"\"\nb = '''y'''\nc = 1979-05-27 07:32:00.5+01:00\nd = [inf, 1_0, 07:32:00]",
]
let units = [
  "00_base.target\n[unit]\ndescription = \"a\"\nrequires_weak = [\"a@b.service\", \"c\"]\n"
    + "\u{0C}a@.service\n[unit]\ndefault_dependencies = false\n[service]\ncmd = \"x\"\n"
    + "args = [\"$INSTANCE\"]\ntype = { scheme = \"y\" }\n\u{0C}c\nnotify x a=b $c\n",
  "00_runtime.target\n[unit]\n\u{0C}d.service\n[unit]\ncondition_architecture = [\"x86_64\"]\n"
    + "[service]\ncmd = \"e\"\ntype = \"oneshot\"\nenvs = { A = \"1\" }\ninherit_envs = [\"B\"]\n",
]
let commands = [
  "grep -nE -C1 (a|b)+c a l\nabc\nx\n", "sort -t: -k2.1n,3r -u a\nb:2\na:1\n",
  "printf %5.2f|%-3s|%x\\n 3.14 a 255\n", "test ( -f a -o -d d ) -a ! 1 -gt 2\n",
  "find / ( -name *.c -o -size +1k ) -type f -exec echo {} ;\n", "tr -cs a-z\\n [:upper:]\nab C\n",
  "cut -d: -f1,3- --complement a\na:b:c\n", "xargs -n2 echo x\na 'b c' d\n", "seq -w 1 .5 3\n",
  "uniq -ci -f1 -s1 a\na b\nA b\n", "hexdump -C a\nabc\n", "tail -n +2 a\n1\n2\n",
  "head -c -3 a\nabcdef\n",
  "sha256sum -c a\n00  d/b\n", "wc -lwcmL a\na b\tc\n", "fold -sw3 a\nab cd\n",
  "echo -e \\u20ac\\x41\n",
]
let accounts = [
  "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
  "root;\nada;$argon2i$m=8,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89\nbob;!\nann;1;2;Ann;/home/ann;/bin/ion",
]
let arguments = [
  "-an5\n--width=3\n--color\n-7\nx\n--\n-l\n", "--width\n9\n-w\n1K\n--col=always\n--help\n",
]
let headers = [
  ELFExample.program.bytes, try archive(), stream(),
].map { Array($0.prefix(80)) }
let seeds: [(target: String, examples: [[UInt8]])] = [
  ("FuzzELF", [ELFExample.program.bytes, ELFExample.fixedProgram.bytes]),
  ("FuzzArchive", [try archive(), try archive() + archive()]),
  ("FuzzInitScript", scripts.map { Array($0.utf8) }),
  ("FuzzExecStream", [stream()]),
  ("FuzzUnits", units.map { Array($0.utf8) }),
  ("FuzzOptions", arguments.map { Array($0.utf8) }),
  // A terminal is set, written to, read from, sized and hung up.
  (
    "FuzzTerminal",
    [[0x2C, 0, 1, 0x30, 0x61, 0x62, 0x0A, 0x46, 0x78, 9, 0x1A, 0x4E, 0x1B, 0x5B, 0x9F]]
  ),
  // A line is typed with emacs's and with vi's keys: words, moves, history, completion.
  (
    "FuzzEditor",
    [
      [2, 80, 24] + Array("echo \u{1B}b\u{01}x\u{0B}\u{19}\u{12}ls\r\tab\u{1B}[A\r".utf8),
      [1, 20, 5] + Array("ab cd\u{1B}0wcwxy\u{1B}u\u{00}kJ/ec\rp\r".utf8),
    ]
  ),
  ("FuzzTOML", documents.map { Array($0.utf8) }),
  ("FuzzRegular", patterns.map { Array($0.utf8) }),
  ("FuzzUtilities", commands.map { Array($0.utf8) }),
  ("FuzzShell", shellScripts.map { Array($0.utf8) }),
  ("FuzzRedoxFS", [[2, 0, 41, 0, 3], [4, 1, 0, 0, 0xA4, 10, 1, 5, 0, 1]]),
  ("FuzzMount", [CompactVolume(image: VolumeExample.image()).bytes, try usedVolume()]),
  ("FuzzPartitions", [try disk(), oldDisk()]),
  ("FuzzUsers", accounts.map { Array($0.utf8) }),
  ("FuzzWireFormats", headers),
]

let words = CommandLine.arguments
guard words.count == 2 || words.count == 3 else {
  print("usage: Seeds FOLDER [IMAGES]")
  exit(2)
}
let folder = URL(fileURLWithPath: words[1])
for (target, examples) in seeds {
  let place = folder.appendingPathComponent(target)
  try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
  for (index, example) in examples.enumerated() {
    try Data(example).write(to: place.appendingPathComponent("seed-\(index)"))
  }
}
if words.count == 3 {
  for image in try FileManager.default.contentsOfDirectory(atPath: words[2]) {
    let compact = try compact(URL(fileURLWithPath: words[2]).appendingPathComponent(image))
    try Data(compact).write(to: folder.appendingPathComponent("FuzzMount/image-\(image)"))
  }
}
