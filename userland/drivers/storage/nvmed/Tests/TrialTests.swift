// SPDX-License-Identifier: MIT
import Disks
import DisksExample
import Storage
import Testing

@testable import NVMeDriver

@Suite("NVMe controllers, whatever they do")
struct NVMeTrialTests {
  private let script = ControllerScript()

  private func trial() throws -> DriverTrial<NVMeController<ScriptedBus>> {
    DriverTrial(
      try NVMeController.made(
        ScriptedBus(script: script), script.memory, at: UInt64(script.memory.address), pause: {}),
      script.memory, firstPage: 100)
  }

  @Test(arguments: DriverCheck.allCases) func asAllDisks(check: DriverCheck) throws {
    let script = script
    let acts = DeviceActs(
      medium: { script.disk }, flushes: { script.flushes },
      keepSilent: { script.keepsRequests = $0 }, takeAway: { script.isGone = true },
      refuseResets: { script.neverReady = true }, shrink: { script.blockCount = UInt64($0) })
    #expect(check.faults(of: try trial(), acts) == [])
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func requestsEndOnceAndBlocksKeepTheirContent(seed: UInt64) throws {
    let trial = try trial()
    trial.campaign(seed: seed, steps: 600) { number in
      switch number >> 8 % 24 {
      case 0: script.statuses = [[0x281, 0x80, 0x4, 0x7FF][Int(number & 3)]]
      case 1...4: script.keepsRequests = true
      case 5...8: script.keepsRequests = false
      // Answers to nothing, and again to what was answered.
      case 9: script.doubles = 1
      case 10: script.end(1, 0xFFFF, 0)
      default: break
      }
    } calm: {
      script.keepsRequests = false
    }
    #expect(trial.faults == [] && !trial.isDead)
    #expect(trial.ended.values.contains { $0 == nil })
  }
}
