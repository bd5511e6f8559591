// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

extension Shell {
  func write(_ text: Text) { write(text.bytes, to: streams.output) }
  func writeError(_ text: Text) { write(text.bytes, to: streams.error) }

  func write(_ bytes: [UInt8], to stream: OutputStream) {
    switch stream {
    case .several(let streams): for stream in streams { write(bytes, to: stream) }
    case .buffer(let buffer):
      if buffer.bytes.count <= ShellLimits.captureBytes { buffer.bytes += bytes }
    case .handle(let handle): writeAll(bytes, to: handle)
    case .feed(let feed):
      guard !feed.isBroken else { return }
      feed.waiting.bytes += bytes
      if feed.isUnbounded {
        if feed.waiting.count > ShellLimits.captureBytes { feed.isBroken = true }
        return
      }
      while feed.waiting.count > ShellLimits.feedBytes, pump.isActive(feed) { pump.turn() }
    }
  }

  private func writeAll(_ bytes: [UInt8], to handle: Int) {
    var rest = bytes[...]
    while !rest.isEmpty {
      do throws(SystemFailure) {
        rest = rest.dropFirst(max(1, try system.write(handle, rest)))
      } catch {
        if error.kind == .brokenPipe {
          if handle == 1 { isOutputClosed = true }
        } else {
          writeFailure = error.reason
        }
        return
      }
    }
  }

  /// Whether nobody reads what is written at present, so that going on is of no use.
  var isOutputBroken: Bool { isBroken(streams.output) }

  private func isBroken(_ stream: OutputStream) -> Bool {
    switch stream {
    case .feed(let feed): feed.isBroken
    case .handle(let handle): handle == 1 && isOutputClosed
    case .buffer: false
    case .several(let streams): !streams.contains { !isBroken($0) }
    }
  }

  /// Reads up to and with the next `delimiter`; `nil` at the end. Of a handle nothing more is
  /// taken, since the next command goes on reading it.
  func readLine(delimiter: UInt8 = 0x0A) -> Text? {
    var line: [UInt8] = []
    while line.count < ShellLimits.captureBytes {
      let next = readBytes(1)
      guard let byte = next.first else { return line.isEmpty ? nil : Text(line) }
      line.append(byte)
      if byte == delimiter { break }
    }
    return Text(line)
  }

  func readAll() -> Text {
    var bytes: [UInt8] = []
    while bytes.count < ShellLimits.captureBytes {
      let more = readBytes(65_536)
      if more.isEmpty { break }
      bytes += more
    }
    return Text(bytes)
  }

  private func readBytes(_ limit: Int) -> [UInt8] { readBytes(limit, from: streams.input) }

  private func readBytes(_ limit: Int, from input: InputStream) -> [UInt8] {
    switch input {
    case .buffer(let buffer): return buffer.take(limit)
    case .several(let sequence):
      while let first = sequence.parts.first {
        let bytes = readBytes(limit, from: first)
        if !bytes.isEmpty { return bytes }
        sequence.parts.removeFirst()
      }
      return []
    case .handle(let handle):
      // Whoever writes to it may be waiting for what the shell moves.
      while !pump.isIdle {
        if pump.turn(watching: handle) { break }
      }
      return (try? system.read(handle, limit: limit)) ?? []
    }
  }

  /// Runs `body` with other streams.
  func with<Result>(
    _ other: Streams, _ body: () throws(ShellError) -> Result
  ) throws(ShellError) -> Result {
    let saved = streams
    streams = other
    defer { streams = saved }
    return try body()
  }

  /// Runs `body` as a subshell: what it changes of the shell is undone.
  func isolated<Result>(_ body: () throws(ShellError) -> Result) throws(ShellError) -> Result {
    let saved = state
    defer {
      if state.directory != saved.directory { try? system.changeDirectory(saved.directory) }
      state = saved
    }
    return try body()
  }
}
