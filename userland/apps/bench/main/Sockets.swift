// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// A byte to another process and one back, through a stream socket.
func socketRoundTrip(_ turns: Int) throws(BenchError) -> UInt64 {
  let pair = try doing("a pair of sockets") { () throws(SystemError) in try Socket.pair(.stream) }
  let (here, there) = (pair.one.handle, pair.other.handle)
  let child = try doing("forking") { () throws(SystemError) in try Process.fork() }
  guard child != nil else {
    performIgnoringErrors(Close { $0.handle = here })
    echo(from: there, to: there)
  }
  func run(_ turns: Int) throws(SystemError) {
    var byte: [UInt8] = [0]
    for turn in 0..<turns {
      let sent = UInt8(truncatingIfNeeded: turn)
      byte[0] = sent
      guard try here.write(byte.span) == 1 else { throw .inputOutput }
      guard try here.read(into: byte.mutableSpan) == 1, byte[0] == sent ^ 0xFF else {
        throw .protocolError
      }
    }
  }
  try doing("a warm-up") { () throws(SystemError) in try run(turns / 10) }
  var failure: SystemError?
  let ticks = Measurement.timed {
    do throws(SystemError) { try run(turns) } catch { failure = error }
  }
  _ = try doing("ending") { () throws(SystemError) in
    _ = try here.call(SocketOperation.shutDown.rawValue, [1, 0, 0, 0].span)
    return try Process.wait(.any)
  }
  if let failure { throw .system("a round trip", failure) }
  return ticks
}

/// A datagram, sent and received by one process.
func socketMessage(_ turns: Int, byteCount: Int) throws(BenchError) -> UInt64 {
  let pair = try doing("a pair of sockets") { () throws(SystemError) in try Socket.pair(.datagram) }
  let (here, there) = (pair.one.handle, pair.other.handle)
  let bytes = [UInt8](repeating: 7, count: byteCount)
  var buffer = [UInt8](repeating: 0, count: byteCount)
  func run(_ turns: Int) throws(SystemError) {
    for _ in 0..<turns {
      guard try here.write(bytes.span) == byteCount,
        try there.read(into: buffer.mutableSpan) == byteCount
      else { throw .protocolError }
    }
  }
  try doing("a warm-up") { () throws(SystemError) in try run(turns / 10) }
  var failure: SystemError?
  let ticks = Measurement.timed {
    do throws(SystemError) { try run(turns) } catch { failure = error }
  }
  if let failure { throw .system("a message", failure) }
  guard buffer == bytes else { throw .wrongContents }
  return ticks
}
