// SPDX-License-Identifier: MIT
import Disks
import DisksExample
import Storage
import Testing

@testable import VirtioDriver

@Suite("Virtio devices that do what they should not")
struct VirtioTrialTests {
  private let script = DeviceScript()

  private func trial() throws -> DriverTrial<VirtioBlock<ScriptedBus>> {
    DriverTrial(try makeDevice(script), script.memory, firstPage: 100)
  }

  @Test func aDeviceThatNeverAnswersIsReset() throws {
    let trial = try trial()
    script.keepsRequests = true
    for name: UInt64 in 1...3 { trial.submit(name, .read, name, place: Int(name)) }
    trial.advance()
    let resets = script.resets
    trial.expire(after: 9)
    #expect(trial.ended.isEmpty && script.resets == resets)
    script.keepsRequests = false
    trial.expire(after: 2)
    #expect(trial.ended.count == 3 && trial.ended.values.allSatisfy { $0 == nil })
    #expect(trial.statistics.timeouts == 1 && script.resets == resets + 1)
    script.keepsRequests = true
    trial.submit(4, .read, 1)
    for _ in 0..<6 { trial.expire(after: 11) }
    #expect(trial.ended[4] == .some(.inputOutput) && !trial.isDead)
  }

  @Test func aDeviceThatIsGoneEndsItsRequests() throws {
    let trial = try trial()
    script.keepsRequests = true
    trial.submit(1, .write, 1)
    trial.advance()
    script.isGone = true
    trial.expire(after: 11)
    #expect(trial.ended[1] == .some(.noDevice) && !trial.isDead)
  }

  @Test func aDeviceThatDoesNotResetEndsItsDriver() throws {
    let trial = try trial()
    script.keepsRequests = true
    trial.submit(1, .write, 1)
    trial.advance()
    script.staysBusy = true
    trial.expire(after: 11)
    #expect(trial.ended.isEmpty && trial.isDead)
  }

  @Test func aDiskThatShrinksRefusesWhatLiesBehindItsEnd() throws {
    let trial = try trial()
    script.setOwn(sectors: 5)
    script.keepsRequests = true
    trial.submit(1, .read, 7)
    trial.submit(2, .read, 4, place: 1)
    trial.advance()
    script.keepsRequests = false
    trial.expire(after: 11)
    #expect(trial.ended[1] == .some(.inputOutput) && trial.ended[2] == .some(nil))
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func whateverItDoesRequestsEndOnceAndBlocksKeepTheirContent(seed: UInt64) throws {
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
    #expect(trial.faults == [])
    #expect(trial.ended.values.contains { $0 == nil })
    #expect(!trial.isDead)
  }
}
