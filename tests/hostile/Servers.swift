// SPDX-License-Identifier: MIT
import System

/// Takes every request and answers none.
func serveSilently() -> Never {
  Daemon.serve(SilentServer(board: Board.own), as: "silent")
}

private struct SilentServer: SchemeServer {
  typealias File = UInt64
  let board: Board

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout System.Request
  ) throws(SystemError) -> UInt64 {
    // A file named so is opened; all others are still being opened when the server ends.
    if path == "file" { return 1 }
    board[.taken] += 1
    _ = request.postpone()
    return 0
  }

  mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout System.Request
  ) throws(SystemError) -> UInt {
    board[.taken] += 1
    _ = request.postpone()
    return 0
  }

  mutating func close(_ file: UInt64, for request: inout System.Request) { board[.closed] += 1 }
}

/// Answers calls by asking the scheme whose root it was given; in turn, that one asks this one.
func serveByCalling() -> Never {
  Daemon.serve(CallingServer(board: Board.own, index: Int(Role.number(0))), as: "calling")
}

private struct CallingServer: SchemeServer {
  typealias File = UInt64
  let board: Board
  let index: Int

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout System.Request
  ) throws(SystemError) -> UInt64 { 1 }

  /// Code 1 asks the other scheme; code 2 is answered here.
  mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout System.Request
  ) throws(SystemError) -> UInt {
    if code == 2 { return 0x5AFE }
    board[.first, index] += 1
    let file = try Given.root.open("file", .readWrite)
    return try file.handle.call(1)
  }
}
