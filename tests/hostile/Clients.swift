// SPDX-License-Identifier: MIT
import System

/// Programs that call the scheme under test.
enum Client {
  /// Opens the file and calls it; the numbers are the call's code and the client's index.
  static func callOnce() -> Never {
    let board = Board.own
    let index = Int(Role.number(1))
    do throws(SystemError) {
      let file = try Given.root.open("file", .readWrite)
      let result = try file.handle.call(UInt32(Role.number(0)))
      board[.first, index] = UInt64(result)
    } catch { board[.first, index] = UInt64(error.rawValue) }
    exit(0)
  }

  /// Many calls, each checked.
  static func flood() -> Never {
    let board = Board.own
    let index = Int(Role.number(0))
    do throws(SystemError) {
      let file = try Given.root.open("file", .readWrite)
      for turn in 0..<Int(Role.number(1)) {
        try exchange(file.handle, byteCount: 64 + (turn * 977 + index * 131) % 9_000, index + turn)
        board[.first, index] += 1
      }
    } catch {
      board[.failure] = UInt64(error.rawValue)
      exit(1)
    }
    exit(0)
  }

  /// Large calls until somebody ends it.
  static func callForEver() -> Never {
    do throws(SystemError) {
      let file = try Given.root.open("file", .readWrite)
      var turn = 0
      while true {
        try exchange(file.handle, byteCount: 31 * 4096 - turn % 5_000, turn)
        turn += 1
      }
    } catch {
      Board.own[.failure] = UInt64(error.rawValue)
      exit(1)
    }
  }

  /// Sends bytes and expects them back, changed as the server does it.
  private static func exchange(
    _ file: Handle, byteCount: Int, _ stamp: Int
  ) throws(SystemError) {
    var input = [UInt8](repeating: 0, count: byteCount)
    for index in stride(from: 0, to: byteCount, by: 64) {
      input[index] = UInt8(truncatingIfNeeded: stamp &+ index >> 6)
    }
    var output = [UInt8](repeating: 0, count: byteCount)
    let count = try file.call(7, input.span, into: output.mutableSpan)
    guard count == UInt(byteCount) else { throw .protocolError }
    for index in stride(from: 0, to: byteCount, by: 64)
    where output[index] != input[index] ^ CountingServer.key { throw .protocolError }
  }
}
