// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// A RedoxFS volume on the machine's disk, made when the first metric needs it.
struct BenchVolume {
  /// Where its files are.
  static var path: Text { "/scheme/bench" }
  private let disk: Text

  /// - Throws: `notAsAgreed` if the machine has no disk.
  init() throws(BenchError) {
    disk = try Self.disk()
    do throws(SystemError) {
      _ = try FileSystem.status(Self.path)
      return
    } catch {
      guard error == .notFound else { throw .system("the volume", error) }
    }
    try Self.format(disk)
    try mount()
  }

  /// Lets the next who reads find nothing in memory.
  func mountAnew() throws(BenchError) {
    try Self.control("unmount bench\n")
    try mount()
  }

  private func mount() throws(BenchError) { try Self.control("mount bench " + disk + "\n") }

  /// The whole disk, whose driver may take a moment.
  private static func disk() throws(BenchError) -> Text {
    for _ in 0..<200 {
      let names = try doing("listing schemes") { () throws(SystemError) in
        try Directory("/scheme").entries()
      }
      for entry in names where entry.name.hasPrefix("disk.pci-") {
        let disk = "/scheme/" + entry.name + "/0"
        // A controller may have none.
        if (try? FileSystem.status(disk)) != nil { return disk }
      }
      Clock.sleep(.milliseconds(10))
    }
    throw .notAsAgreed("the machine has no disk")
  }

  private static func format(_ disk: Text) throws(BenchError) {
    let program = Program(
      "/scheme/initfs/bin/redoxfs", ["redoxfs-mkfs", "--force", disk])
    do throws(ExecutableError) { _ = try Process.spawn(program) } catch {
      throw .executable(error)
    }
    let end = try doing("waiting") { () throws(SystemError) in try Process.wait(.any) }
    guard end.status == .exited(0) else { throw .notAsAgreed("no volume can be made") }
  }

  /// Tells init what to do with a service.
  private static func control(_ command: Text) throws(BenchError) {
    try doing("mounting the volume") { () throws(SystemError) in
      try File("/scheme/service/control", .write).writeAll(command)
    }
  }
}
