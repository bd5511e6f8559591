// SPDX-License-Identifier: MIT
import CommandExecution
import ExecStream
import System

/// One command with pipes around it.
///
/// A thread waits for its end, so that a process it leaves behind with its output open does not keep
/// the rest waiting.
final class CommandRun {
  private var output: Pipe
  private var error: Pipe
  private var end: Pipe
  private let queue: EventQueue

  private enum Source {
    static var output: UInt64 { 1 }
    static var error: UInt64 { 2 }
    static var end: UInt64 { 3 }
  }

  init() throws(SystemError) {
    output = try Pipe(.runtimeHandle)
    error = try Pipe(.runtimeHandle)
    end = try Pipe(.runtimeHandle)
    queue = try EventQueue()
  }

  /// Runs `task` and sends what it writes as it comes.
  /// - Returns: its status, as a shell tells it.
  func run(
    _ task: ShellTask, _ channel: borrowing Channel
  ) throws(SystemError) -> UInt32 {
    var input = try Pipe(.runtimeHandle)
    // Nobody writes: the command reads an empty input.
    input.writing = nil
    guard let inputHandle = input.reading?.handle, let outputHandle = output.writing?.handle,
      let errorHandle = error.writing?.handle
    else { throw .badHandle }
    let process: Process
    do throws(ProgramStart.Failure) {
      process = try ProgramStart.start(
        task, input: inputHandle, output: outputHandle, error: errorHandle)
    } catch {
      let line = error.message + "\n"
      channel.send(.standardError, line.span)
      return error.status
    }
    output.writing = nil
    error.writing = nil
    return try follow(process, channel)
  }

  private func follow(
    _ process: consuming Process, _ channel: borrowing Channel
  ) throws(SystemError) -> UInt32 {
    guard let outputEnd = output.reading?.handle, let errorEnd = error.reading?.handle,
      let endEnd = end.reading?.handle, let notice = end.writing.take()?.release()
    else { throw .badHandle }
    try outputEnd.setOpenFlags(.nonBlocking)
    try errorEnd.setOpenFlags(.nonBlocking)
    try queue.watch(outputEnd, .readable, data: Source.output)
    try queue.watch(errorEnd, .readable, data: Source.error)
    try queue.watch(endEnd, .readable, data: Source.end)
    let number = process.number
    _ = try Thread(stackBytes: 32_768) { tellEnd(of: number, into: notice) }
    var events = EventBatch()
    while true {
      do throws(SystemError) { try queue.wait(for: &events) } catch {
        if error == .interrupted { continue }
        throw error
      }
      var status: UInt32?
      for index in 0..<events.count {
        switch events[index].data {
        case Source.output: try forward(outputEnd, .standardOutput, channel)
        case Source.error: try forward(errorEnd, .standardError, channel)
        default: status = try readStatus(endEnd)
        }
      }
      guard let status else { continue }
      try forward(outputEnd, .standardOutput, channel)
      try forward(errorEnd, .standardError, channel)
      return status
    }
  }

  /// Sends all that can be read now.
  private func forward(
    _ handle: Handle, _ kind: FrameKind, _ channel: borrowing Channel
  ) throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count: Int
      do throws(SystemError) {
        count = try handle.read(into: buffer.mutableSpan)
      } catch {
        if error == .wouldBlock { return }
        if error == .interrupted { continue }
        throw error
      }
      if count == 0 {
        // Everybody has closed it: it would be reported for ever.
        unwatch(handle)
        return
      }
      channel.send(kind, buffer.span.extracting(first: count))
    }
  }

  private func unwatch(_ handle: Handle) {
    do throws(SystemError) { try queue.unwatch(handle) } catch { return }
  }

  private func readStatus(_ handle: Handle) throws(SystemError) -> UInt32 {
    var bytes = [UInt8](repeating: 0, count: 4)
    guard try handle.read(into: bytes.mutableSpan) == 4 else { return StatusCode.notExecutable }
    do throws(WireError) { return try bytes.span.little(at: 0, as: UInt32.self) } catch {
      return StatusCode.notExecutable
    }
  }
}

/// Waits for a process and writes its status to `notice`.
private func tellEnd(of number: UInt32, into notice: Handle) {
  var status = StatusCode.notExecutable
  while true {
    do throws(SystemError) {
      status = try Process.wait(.process(number)).status.code
      break
    } catch {
      guard error == .interrupted else { break }
    }
  }
  var bytes = Text()
  for index in 0..<4 { bytes.put(UInt8(truncatingIfNeeded: status >> UInt32(8 * index))) }
  notice.writeIgnoringErrors(bytes)
  _ = OwnedHandle(notice)
}
