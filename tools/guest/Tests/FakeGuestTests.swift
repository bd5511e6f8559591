// SPDX-License-Identifier: MIT
import Testing

@testable import Guest

/// The whole way from a guest's bytes to what the user gets, without QEMU.
@Suite("A fake guest")
struct FakeGuestTests {
  /// A frame as the format says: magic, kind, length, payload.
  private func frame(_ kind: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
    [0xA5, kind, UInt8(payload.count & 0xFF), UInt8(payload.count >> 8), 0, 0] + payload
  }

  /// Sends `wire` in portions and returns what would have been written.
  private func run(_ wire: [UInt8], portion: Int) -> (
    output: [UInt8], outcome: ExecSession.Outcome?
  ) {
    let now = ContinuousClock.now
    var session = ExecSession(limits: .init(timeout: .seconds(1)), at: now)
    var reader = MessageReader()
    var output: [UInt8] = []
    var outcome: ExecSession.Outcome?
    var events: [ExecSession.Event] = []
    for start in stride(from: 0, to: wire.count, by: portion) {
      let end = min(start + portion, wire.count)
      events += reader.append(Array(wire[start..<end])).map { .message($0) }
    }
    events.append(.ended(status: 0, errors: ""))
    for action in events.flatMap({ session.handle($0, at: now) }) {
      switch action {
      case .output(let more): output += more
      case .finish(let end): outcome = end
      case .error, .startFile, .writeFile, .endFile, .askRegisters, .endMachine: break
      }
    }
    return (output, outcome)
  }

  @Test(arguments: [1, 2, 7, 4096])
  func binaryOutputComesThroughUnchanged(portion: Int) {
    let everyByte = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let wire = frame(1) + frame(2, everyByte) + frame(4, [7, 0, 0, 0])
    let result = run([0x42, 0xA5, 0x00] + wire, portion: portion)
    #expect(result.output == everyByte)
    #expect(result.outcome == .exited(7))
  }

  @Test func aStreamThatBreaksOffIsNoSuccess() {
    let wire = frame(1) + frame(2, [1]) + frame(4, [0, 0, 0, 0]).dropLast()
    let result = run(wire, portion: 64)
    #expect(result.output == [1])
    #expect(result.outcome == .guestEnded(reason: "unknown", wasReady: true))
  }
}
