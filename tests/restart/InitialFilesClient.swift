// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Files of the scheme `initfs`, which nobody can change: what the handles of files that are held open
/// give must be what it was at first, and programs start.
struct InitialFilesClient: CampaignClient, ~Copyable {
  private var random: Random
  private var files: [InitialFile]
  private let names: [Text]

  private static let folder: Text = "/scheme/initfs/bin"

  init(number: Int, seed: UInt64) throws(TestFailure) {
    let names = try Self.list()
    var files: [InitialFile] = []
    for path in [
      "/scheme/initfs/lib/init.d/00_runtime.target", "/scheme/initfs/bin/coreutils",
      "/scheme/initfs/bin/tmpfs",
    ] as [Text] { files.append(try InitialFile(path)) }
    random = Random(seed: seed &+ UInt64(number) &+ 1)
    self.names = names
    self.files = files
  }

  private static func list() throws(TestFailure) -> [Text] {
    try succeed("listing the programs") { () throws(SystemError) in
      try Directory(folder).entries().map { $0.name }
    }
  }

  mutating func step() throws(TestFailure) {
    let index = random.below(files.count)
    switch random.below(40) {
    case 0: try expect(try Self.list() == names, "the same names")
    case 1: try files[index].expectStatus()
    case 2: try files[index].expectSame()
    case 3: try startProgram()
    case 4: try expectAbsence()
    case 5...20: try files[index].readOn(&random)
    default: try files[index].read(&random)
    }
  }

  private func startProgram() throws(TestFailure) {
    let number: UInt32
    do throws(ExecutableError) {
      number = try Process.spawn(Program("/scheme/initfs/bin/false", ["false"])).number
    } catch { throw TestFailure(error.explanation) }
    let status = try succeed("waiting for it") { () throws(SystemError) in
      try Process.wait(.process(number), until: .after(.seconds(30))).status
    }
    try expect(status == .exited(1), "the program's status")
  }

  private func expectAbsence() throws(TestFailure) {
    try fail(with: .notFound, "opening what is not there") { () throws(SystemError) in
      try File(Self.folder + "/nothing").release()
    }
  }

  mutating func check() throws(TestFailure) {
    for index in files.indices { try files[index].read(&random) }
  }

  mutating func end() throws(TestFailure) {
    for file in files {
      try file.expectStatus()
      file.close()
    }
  }
}

/// A file that is held open, and what was in it at first.
private struct InitialFile {
  private let path: Text
  private let handle: Handle
  private let content: [UInt8]
  /// The description's own offset.
  private var offset = 0

  init(_ path: Text) throws(TestFailure) {
    self.path = path
    handle = try succeed("opening an initial file") { () throws(SystemError) in
      try File(path, .read | .runtimeHandle).release()
    }
    content = try succeed("reading it") { () throws(SystemError) in try FileSystem.read(path) }
    try expect(!content.isEmpty, "something in the file")
  }

  func close() { performIgnoringErrors(Close { $0.handle = handle }) }

  func read(_ random: inout Random) throws(TestFailure) {
    let place = random.below(content.count + 100)
    var buffer = [UInt8](repeating: 0, count: 1 + random.below(30_000))
    let count = try succeed("reading") { () throws(SystemError) in
      try handle.read(into: buffer.mutableSpan, at: UInt64(place))
    }
    try compare(buffer, count, at: place)
  }

  /// Reads on from the description's own offset.
  mutating func readOn(_ random: inout Random) throws(TestFailure) {
    if offset >= content.count {
      _ = try succeed("seeking") { () throws(SystemError) in
        try perform(Seek { $0.handle = handle })
      }
      offset = 0
    }
    var buffer = [UInt8](repeating: 0, count: 1 + random.below(20_000))
    let count = try succeed("reading on") { () throws(SystemError) in
      try handle.read(into: buffer.mutableSpan)
    }
    try compare(buffer, count, at: offset)
    offset += count
  }

  private func compare(
    _ buffer: [UInt8], _ count: Int, at place: Int
  ) throws(TestFailure) {
    try expect(count == max(0, min(buffer.count, content.count - place)), "as many bytes as there")
    for index in 0..<count where buffer[index] != content[place + index] {
      throw TestFailure("a byte of an initial file is another")
    }
  }

  func expectStatus() throws(TestFailure) {
    let status = try succeed("asking the status") { () throws(SystemError) in
      try handle.status()
    }
    try expect(status.size == UInt64(content.count), "the size")
  }

  /// Opened again it is the same.
  func expectSame() throws(TestFailure) {
    let now = try succeed("reading it again") { () throws(SystemError) in
      try FileSystem.read(path)
    }
    try expect(now == content, "the same file")
  }
}
