// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What `FileClient` does, on the volume that redoxfs serves; and now and then all is to be on its
/// disk.
struct VolumeClient: CampaignClient, ~Copyable {
  private var files: FileClient
  private var random: Random

  init(number: Int, seed: UInt64) throws(TestFailure) {
    files = try FileClient(in: TestVolume.scheme, number, seed, canMap: true)
    random = Random(seed: seed &+ UInt64(number) &+ 77)
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
