// SPDX-License-Identifier: MIT
import System

/// A server that fetches all that its clients send, piece by piece, answers with it changed, and
/// counts in which of these steps clients went away.
///
/// Written on the calls themselves: the runtime's loop does not tell who is gone.
enum CountingServer {
  static let areaBytes = 4096
  static let key: UInt8 = 0x5A

  static func run() -> Never {
    do throws(SystemError) { try serve(Board.own) } catch {
      Board.own[.failure] = UInt64(error.rawValue)
      exit(1)
    }
  }

  private static func serve(_ board: Board) throws(SystemError) -> Never {
    let memory = try MemoryObject(byteCount: areaBytes, .wired)
    let area = try memory.map(byteCount: areaBytes).shared()
    let server = try perform(
      AttachScheme {
        $0.scheme = Given.scheme
        $0.area = memory.handle
      })
    board[.ready] = 1
    var buffer = [UInt8](repeating: 0, count: 31 * 4096)
    var answer = NextRequest { $0.server = server }
    while true {
      var isAnswer = answer.tag != 0
      do throws(SystemError) {
        let tag = try perform(answer)
        if isAnswer { board[.answered] += 1 }
        isAnswer = false
        answer = NextRequest {
          $0.server = server
          $0.tag = tag
        }
        let record = area.load(at: 0, as: SchemeRequest.self)
        board[.taken] += 1
        try handle(record, &buffer, &answer, board)
      } catch {
        if isAnswer, error == .gone { board[.goneWhileAnswered] += 1 }
        answer = NextRequest { $0.server = server }
        guard error == .gone || error == .interrupted else { throw error }
      }
    }
  }

  private static func handle(
    _ request: SchemeRequest, _ buffer: inout [UInt8], _ answer: inout NextRequest, _ board: Board
  ) throws(SystemError) {
    switch SchemeOperation(rawValue: request.operation) {
    case .open:
      answer.result = 1
      answer.flags = .opened
    case .call:
      let count = Int(request.inputCount)
      try fetch(request.tag, count, server: answer.server, &buffer, board)
      for index in stride(from: 0, to: count, by: 64) { buffer[index] ^= key }
      answer.result = UInt(count)
      Thread.yield()
      var bytes = buffer.mutableSpan
      answer.data = try bytes.withClaim { (claim) throws(SystemError) in
        UserSpan(address: claim.address, count: UInt(count))
      }
    default:
      break
    }
  }

  /// A page at a time, with others running in between.
  private static func fetch(
    _ tag: UInt, _ count: Int, server: Handle, _ buffer: inout [UInt8], _ board: Board
  ) throws(SystemError) {
    var done = 0
    while done < count {
      let piece = min(4096, count - done)
      var bytes = buffer.mutableSpan
      do throws(SystemError) {
        try bytes.withClaim { (claim) throws(SystemError) in
          _ = try perform(
            TransferData {
              $0.server = server
              $0.tag = tag
              $0.offset = UInt(done)
              $0.data = UserSpan(address: claim.address + UInt(done), count: UInt(piece))
              $0.direction = .read
            })
        }
      } catch {
        if error == .gone { board[.goneWhileCopied] += 1 }
        throw error
      }
      done += piece
      if done & 0x7FFF == 0 { Thread.yield() }
    }
  }
}
