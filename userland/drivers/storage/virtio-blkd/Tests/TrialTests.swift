// SPDX-License-Identifier: MIT
import Disks
import DisksExample
import Storage
import Testing

@testable import VirtioDriver

@Suite("Virtio devices, whatever they do")
struct VirtioTrialTests {
  private let script = DeviceScript()

  private func trial() throws -> DriverTrial<VirtioBlock<ScriptedBus>> {
    DriverTrial(try makeDevice(script), script.memory, firstPage: 100)
  }

  @Test(arguments: DriverCheck.allCases, [true, false])
  func asAllDisks(check: DriverCheck, isIndirect: Bool) throws {
    let script = script
    if !isIndirect { script.features &= ~(1 << 28) }
    let acts = DeviceActs(
      medium: { script.disk }, flushes: { script.flushes },
      keepSilent: { script.keepsRequests = $0 }, takeAway: { script.isGone = true },
      refuseResets: { script.staysBusy = true }, shrink: { script.setOwn(sectors: UInt64($0)) })
    #expect(check.faults(of: try trial(), acts) == [])
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func requestsEndOnceAndBlocksKeepTheirContent(seed: UInt64) throws {
    let trial = try trial()
    trial.campaign(seed: seed, steps: 600) { number in
      switch number >> 8 % 24 {
      case 0: script.statuses = [[1, 3, 0xFF][Int(number & 0xFF) % 3]]
      case 1...4: script.keepsRequests = true
      case 5...8: script.keepsRequests = false
      // Answers to nothing, and again to what was answered.
      case 9: script.doubles = 1
      case 10 where script.isRunning && script.size > 0: script.end(70_000)
      default: break
      }
    } calm: {
      script.keepsRequests = false
    }
    #expect(trial.faults == [] && !trial.isDead)
    #expect(trial.ended.values.contains { $0 == nil })
  }
}
