// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Fallocate: UtilityProgram {
  static var manual: Manual {
    Manual(
      "fallocate", "see to space for a file, or give it back",
      synopsis: ["[-npvz] [-o OFFSET] -l LENGTH FILE"],
      description: """
        Sees to space for a range of a file. Without -n the file grows to the end of the range. A file \
        that is not there is made. Numbers count bytes; KiB, MiB, GiB, TiB, or K, M, G, T, behind them \
        count by 1024, KB and so on by 1000. In tmpfs what is written there later does not fail for want \
        of space. A RedoxFS volume writes everything to new places and can keep none for a file: there is \
        enough for all of the range when the command ends, and other files, or a snapshot, may take it. \
        Without enough space nothing changes.
        """,
      options: [
        .init("-l, --length=LENGTH", "how long the range is"),
        .init("-o, --offset=OFFSET", "where it begins; at the beginning of the file"),
        .init("-n, --keep-size", "the file keeps its length"),
        .init("-p, --punch-hole", "give the space back: the range reads as zeros"),
        .init("-z, --zero-range", "make the range zeros, with space for what comes to be there"),
        .init("-v, --verbose", "say what was done"),
      ],
      seeAlso: ["df", "flock", "stat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.count == 1 else { throw .usage("which file?") }
    let path = options.operands[0]
    guard let text = options.value("-l") else { throw .usage("how long is the range?") }
    let length = try ByteCount.read(text)
    guard length > 0 else { throw .usage("an empty range") }
    let offset =
      try options.value("-o").map { (text) throws(UtilityStop) in try ByteCount.read(text) } ?? 0
    if options.has("-p"), options.has("-z") {
      throw .usage("-p and -z contradict each other")
    }
    var flags = AllocationFlags()
    if options.has("-n") { flags = flags | .keepSize }
    if options.has("-p") { flags = flags | .punchHole }
    if options.has("-z") { flags = flags | .zeroRange }
    let system = invocation.system
    do throws(SystemError) {
      let makes: OpenFlags = options.has("-p") ? .readWrite : .readWrite | .create
      let handle = try system.openFile(path, makes, mode: 0o666)
      defer { system.close(handle) }
      try system.allocate(handle, from: offset, byteCount: length, flags)
    } catch {
      invocation.complain(path, error)
      return 1
    }
    if options.has("-v") {
      invocation.output.put(
        Text { line in
          line.put(path.shownSafely)
          line.put(options.has("-p") ? ": gave back " : ": has ")
          line.put(decimal: length)
          line.put(" bytes from ")
          line.put(decimal: offset)
          line.put(" on\n")
        })
    }
    return 0
  }
}
