// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The volume that `VolumeClient` uses: a unit's, in an image file; or one on the disk whose path is the
/// fourth argument, which redoxfs uses through its rings.
enum TestVolume {
  private static var disk: Text? { Arguments.count > 4 ? Arguments.text(at: 4) : nil }
  static var isOnDisk: Bool { disk != nil }
  static var scheme: Text { isOnDisk ? "killed" : "volume" }
  static var service: Text { isOnDisk ? "redoxfs@killed" : "redoxfs" }
  /// The disk's driver, if it is to be killed as well.
  static var driver: Text? { Arguments.count > 5 ? Arguments.text(at: 5) : nil }

  /// Waits for the unit's, which is made while the system starts; makes and mounts one on the disk.
  static func prepare() throws(TestFailure) {
    if let disk {
      try awaitPath(disk)
      try format(disk)
      try control("mount " + scheme + " " + disk + "\n")
    }
    try awaitPath("/scheme/" + scheme)
  }

  static func end() throws(TestFailure) {
    if isOnDisk { try control("unmount " + scheme + "\n") }
  }

  private static func awaitPath(_ path: Text) throws(TestFailure) {
    let deadline = Deadline.after(.seconds(60))
    while true {
      do throws(SystemError) {
        _ = try FileSystem.status(path)
        return
      } catch {
        if deadline.hasPassed { throw TestFailure(reason("no volume, or no disk for one", error)) }
      }
      Clock.sleep(.milliseconds(20))
    }
  }

  private static func format(_ disk: Text) throws(TestFailure) {
    let program = Program("/scheme/initfs/bin/redoxfs", ["redoxfs-mkfs", "-f", disk])
    let number: UInt32
    do throws(ExecutableError) { number = try Process.spawn(program).number } catch {
      throw TestFailure("redoxfs-mkfs cannot be started")
    }
    let status = try succeed("redoxfs-mkfs") { () throws(SystemError) in
      try Process.wait(.process(number)).status
    }
    try expect(status == .exited(0), "redoxfs-mkfs makes a volume")
  }

  private static func control(_ command: Text) throws(TestFailure) {
    try succeed("having init mount") { () throws(SystemError) in
      let file = try File("/scheme/service/control", .write)
      _ = try file.write(command.span)
    }
  }
}
