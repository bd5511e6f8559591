// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A terminal and who sits at it: types, and reads what is shown until something appears.
struct Screen: ~Copyable {
  let terminal: PseudoTerminal
  private let queue: EventQueue
  private var seen = Text()

  init() throws(TestFailure) {
    let terminal = try succeed("a terminal") { () throws(SystemError) in
      try PseudoTerminal(.nonBlocking)
    }
    let queue = try succeed("a queue") { () throws(SystemError) in try EventQueue() }
    let master = terminal.handle
    do throws(SystemError) { try queue.watch(master, .readable, data: 0) } catch {
      throw TestFailure(reason("watching", error))
    }
    self.terminal = consume terminal
    self.queue = consume queue
  }

  var handle: Handle { terminal.handle }

  /// Opens the other side.
  func open() throws(TestFailure) -> OwnedHandle {
    do throws(SystemError) { return try terminal.open() } catch {
      throw TestFailure(reason("opening the terminal", error))
    }
  }

  func type(_ text: Text) throws(TestFailure) {
    do throws(SystemError) { try terminal.handle.writeAll(text.span) } catch {
      throw TestFailure(reason("typing", error))
    }
  }

  /// Waits until `text` has been shown, and forgets what came up to its end.
  /// - Returns: what came up to its end.
  @discardableResult
  mutating func await(_ text: Text) throws(TestFailure) -> Text {
    let deadline = Deadline.after(.seconds(30))
    while true {
      if let end = seen.end(of: text) {
        let before = seen[0..<end]
        seen = seen[end...]
        return before
      }
      var events = EventBatch()
      do throws(SystemError) {
        try queue.wait(for: &events, until: deadline)
        try take()
      } catch {
        if error == .interrupted || error == .wouldBlock { continue }
        throw TestFailure("waiting for '" + text + "', seen '" + seen + "'")
      }
    }
  }

  private mutating func take() throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = try terminal.handle.read(into: buffer.mutableSpan)
    seen.put(buffer.span.extracting(first: count))
  }

  /// Hangs up.
  consuming func close() {}
}

extension Text {
  /// Where the first `part` ends.
  fileprivate func end(of part: Text) -> Int? {
    guard part.count <= count else { return nil }
    for start in 0...(count - part.count)
    where span.extracting(start..<(start + part.count)).equals(part.span) {
      return start + part.count
    }
    return nil
  }
}
