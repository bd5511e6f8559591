// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

/// What we write is judged by the format's rules, coded a second time.
@Suite("RedoxFS format") struct FormatTests {
  @Test func theJudgeKnowsAVolumeThatIsRight() {
    let judge = FormatJudge(VolumeExample.image(), isOurs: true)
    #expect(judge.faults == [])
    #expect(judge.files == 7 && judge.packed == 1 && judge.deepest == 1)
  }

  /// Each edit breaks one rule; the hashes are right all the same.
  @Test(
    arguments: [
      (257, 10, 3), (257, 70, 2), (264, 22, 7), (267, 3, 0), (271, 4, 200), (272, 14, 1),
      (273, 4064, 0x7F), (277, 16, 6), (278, 24, 0), (2, 48, 2),
    ] as [(UInt64, Int, UInt8)])
  func theJudgeKnowsVolumesThatAreWrong(block: UInt64, place: Int, value: UInt8) {
    let image = VolumeExample.image { at, bytes in
      if at == block { bytes[place] = value }
    }
    #expect(!FormatJudge(image, isOurs: true).faults.isEmpty)
  }

  @Test func aNewVolumeFollowsTheRules() throws {
    let (store, _) = try makeVolume()
    #expect(FormatJudge(store.bytes, isOurs: true).faults == [])
  }

  /// The ring wraps twice, the log begins anew many times.
  @Test(arguments: [3, 11] as [UInt64])
  func agedVolumesFollowTheRules(seed: UInt64) throws {
    let campaign = try AgingCampaign(seed: seed, blocks: 3000)
    #expect(try campaign.run(commits: 530, judgedEvery: 40) == [], "seed \(seed)")
    #expect(campaign.mounted.generation > 512 && campaign.deepest > 0)
    #expect(campaign.longestLog > 20 && campaign.done > 400)
    #expect(try findings(campaign.store) == [])
  }
}
