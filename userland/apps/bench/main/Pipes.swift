// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// A byte to another process and one back.
func pipeRoundTrip(_ turns: Int) throws(BenchError) -> UInt64 {
  let (thereReading, thereWriting) = try doing("making a pipe", makePipe)
  let (backReading, backWriting) = try doing("making a pipe", makePipe)
  let child = try doing("forking") { () throws(SystemError) in try Process.fork() }
  guard child != nil else {
    performIgnoringErrors(Close { $0.handle = thereWriting })
    performIgnoringErrors(Close { $0.handle = backReading })
    echo(from: thereReading, to: backWriting)
  }
  func run(_ turns: Int) throws(SystemError) {
    var byte: [UInt8] = [0]
    for turn in 0..<turns {
      let sent = UInt8(truncatingIfNeeded: turn)
      byte[0] = sent
      guard try thereWriting.write(byte.span) == 1 else { throw .inputOutput }
      guard try backReading.read(into: byte.mutableSpan) == 1, byte[0] == sent ^ 0xFF else {
        throw .protocolError
      }
    }
  }
  try doing("a warm-up") { () throws(SystemError) in try run(turns / 10) }
  var failure: SystemError?
  let ticks = Measurement.timed {
    do throws(SystemError) { try run(turns) } catch { failure = error }
  }
  for handle in [thereWriting, thereReading, backWriting, backReading] {
    performIgnoringErrors(Close { $0.handle = handle })
  }
  _ = try doing("waiting") { () throws(SystemError) in try Process.wait(.any) }
  if let failure { throw .system("a round trip", failure) }
  return ticks
}

/// The other process: sends each byte back, inverted, until there are no more.
func echo(from input: Handle, to output: Handle) -> Never {
  var byte: [UInt8] = [0]
  while true {
    do throws(SystemError) {
      guard try input.read(into: byte.mutableSpan) == 1 else { exit(0) }
      byte[0] ^= 0xFF
      _ = try output.write(byte.span)
    } catch {
      exit(1)
    }
  }
}

/// The ends of a new pipe, the caller's to close.
private func makePipe() throws(SystemError) -> (reading: Handle, writing: Handle) {
  var pipe = try Pipe()
  guard let reading = pipe.reading.take(), let writing = pipe.writing.take() else {
    throw .badHandle
  }
  return (reading.release(), writing.release())
}
