// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Very many threads that wait for the same thing, which then ends, or comes for all at once.
enum Crowd {
  static let kinds: UInt64 = 5
  private static let size = 1_200

  static func gather() -> Never {
    let board = Board.own
    do throws(SystemError) {
      try gather(Role.number(0), board)
    } catch {
      board[.failure] = UInt64(error.rawValue)
    }
    board[.ready] = 1
    while true { Clock.sleep(.seconds(100)) }
  }

  private static func gather(_ kind: UInt64, _ board: Board) throws(SystemError) {
    var pipe = try Pipe()
    let place: Handle
    switch kind {
    case 1: place = try File("/scheme/event", .readWrite).release()
    case 2: place = try File("/scheme/time/4/timer", .readWrite).release()
    default:
      guard let reading = pipe.reading.take()?.release() else { return }
      place = reading
    }
    // All that sleep do so until the same moment.
    let deadline = Deadline.after(.seconds(3))
    for _ in 0..<size {
      _ = try Thread(stackBytes: 8192) {
        if kind == 3 {
          ignoringErrors { () throws(SystemError) in try Clock.sleep(until: deadline) }
        } else {
          var bytes = InlineArray<64, UInt8>(repeating: 0)
          ignoringErrors { () throws(SystemError) in
            _ = try place.read(into: bytes.mutableSpan)
          }
        }
      }
      board[.count] += 1
    }
    Clock.sleep(.milliseconds(200))
    // The last kind ends while all wait.
    if kind == 4 { return }
    _ = try perform(Close { $0.handle = place })
    while try perform(
      GetProcess {
        $0.process = .none; $0.property = .threadCount
      }) > 1
    {
      Clock.sleep(.milliseconds(5))
    }
  }

  private static func ignoringErrors(_ body: () throws(SystemError) -> Void) {
    do throws(SystemError) { try body() } catch { return }
  }
}

extension Stage {
  /// More threads than an entry could wake wait for one thing; nobody else is held up by them.
  func crowds(_ bystander: borrowing Bystander) throws(TestFailure) {
    for kind in 0..<Crowd.kinds {
      culprit.board.clear()
      var sandbox = try Sandbox(Limits(frames: 30_000, threads: 2_000, handles: 4_000))
      _ = try sandbox.start(.crowd, culprit, kind)
      try wait(60, for: "the crowd is let go") { () throws(TestFailure) in
        culprit.board[.ready] == 1
      }
      if culprit.board[.failure] != 0 { try expectRefusal(culprit.board[.failure], []) }
      TestRun.remark("gathered", culprit.board[.count])
      try bystander.expectProgress()
      try sandbox.end()
    }
  }
}
