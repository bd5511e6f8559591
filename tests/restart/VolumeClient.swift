// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What `FileClient` does, on the volume that redoxfs serves; and now and then all is to be on its
/// disk.
struct VolumeClient: CampaignClient, ~Copyable {
  private var files: FileClient
  private var random: Random

  init(number: Int, seed: UInt64) throws(TestFailure) {
    files = try FileClient(in: "volume", number, seed, canMap: true)
    random = Random(seed: seed &+ UInt64(number) &+ 77)
  }

  /// A unit makes the volume while the system starts.
  static func waitForVolume() throws(TestFailure) {
    let deadline = Deadline.after(.seconds(60))
    while true {
      do throws(SystemError) {
        _ = try FileSystem.status("/scheme/volume")
        return
      } catch {
        if deadline.hasPassed { throw TestFailure(reason("no volume", error)) }
      }
      Clock.sleep(.milliseconds(20))
    }
  }

  mutating func step() throws(TestFailure) {
    if random.oneIn(60) {
      let path = files.path
      try succeed("synchronising") { () throws(SystemError) in try File(path).synchronise() }
    }
    try files.step()
  }

  mutating func check() throws(TestFailure) { try files.check() }
  mutating func end() throws(TestFailure) { try files.end() }
}
