// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What the kernel says of a scheme: a row of `/scheme/sys/schemes`.
struct SchemeRow {
  /// The process that serves; `nil` while there is none.
  var process: Int?
  /// Requests that dying servers had taken and not answered.
  var returned: UInt64 = 0
  /// Servers that died, and how many of them had such a request.
  var ended: UInt64 = 0
  var serving: UInt64 = 0
}

/// What init says of a service.
struct ServiceState {
  var process: Int?
  var restarts: UInt64 = 0
  var droppedCapsules: UInt64 = 0
}

/// A service that is killed.
struct Victim {
  private let name: Text
  /// The first word of its scheme's row.
  private let row: Text
  private var lastKilled = 0
  private(set) var kills: UInt64 = 0
  private let firstRow: SchemeRow
  private let firstState: ServiceState

  init(_ name: Text) throws(TestFailure) {
    self.name = name
    var found: Text?
    var before = SchemeRow()
    var state = ServiceState()
    for _ in 0..<1000 where found == nil {
      // A driver is a service once its function has been found.
      guard (try? FileSystem.status("/scheme/service/" + name + "/status")) != nil else {
        Clock.sleep(.milliseconds(5))
        continue
      }
      state = try Self.state(of: name)
      for line in try Self.rows() {
        let row = Self.row(line)
        if let process = row.process, process == state.process { (found, before) = (line[0], row) }
      }
      if found == nil { Clock.sleep(.milliseconds(5)) }
    }
    guard let found else { throw TestFailure("the service does not run") }
    row = found
    firstRow = before
    firstState = state
  }

  // MARK: Looking

  private static func rows() throws(TestFailure) -> [[Text]] {
    let text = try succeed("reading the schemes") { () throws(SystemError) in
      Text(try FileSystem.read("/scheme/sys/schemes"))
    }
    return text.lines().map { $0.words() }.filter { $0.count > 2 }
  }

  /// `user-N process P queued N taken N open N returned N ended N serving N`
  private static func row(_ words: [Text]) -> SchemeRow {
    var row = SchemeRow()
    var index = 1
    while index + 1 < words.count {
      let value = number(words[index + 1])
      switch words[index] {
      case "process": row.process = value.map { Int($0) }
      case "returned": row.returned = value ?? 0
      case "ended": row.ended = value ?? 0
      case "serving": row.serving = value ?? 0
      default: break
      }
      index += 2
    }
    return row
  }

  private static func number(_ text: Text) -> UInt64? {
    do throws(NumberError) { return try UInt64(decimal: text.span) } catch { return nil }
  }

  private static func state(of name: Text) throws(TestFailure) -> ServiceState {
    let text = try succeed("reading the service's state") { () throws(SystemError) in
      Text(try FileSystem.read("/scheme/service/" + name + "/status"))
    }
    var state = ServiceState()
    for line in text.lines() {
      guard let last = line.words().last, let value = number(last) else { continue }
      if line.hasPrefix("process: ") { state.process = Int(value) }
      if line.hasPrefix("restarts: ") { state.restarts = value }
      if line.hasPrefix("capsules dropped: ") { state.droppedCapsules = value }
    }
    return state
  }

  private func now() throws(TestFailure) -> SchemeRow {
    for line in try Self.rows() where line[0] == row { return Self.row(line) }
    throw TestFailure("the scheme has gone")
  }

  // MARK: Killing

  /// Kills the process that serves.
  mutating func kill() throws(TestFailure) {
    try kill { victim throws(TestFailure) in try victim.now().process }
  }

  /// Kills the successor as soon as init has started it: perhaps before it serves.
  mutating func killSuccessor() throws(TestFailure) {
    try kill { victim throws(TestFailure) in try Self.state(of: victim.name).process }
  }

  private mutating func kill(
    _ find: (Self) throws(TestFailure) -> Int?
  ) throws(TestFailure) {
    let deadline = Deadline.after(.seconds(20))
    while !deadline.hasPassed {
      if let process = try find(self), process != lastKilled {
        do throws(SystemError) {
          try Process.signal(process, .kill)
          lastKilled = process
          kills += 1
          return
        } catch {
          guard error == .noProcess else { throw TestFailure(reason("kill", error)) }
        }
      }
      Clock.sleep(.microseconds(200))
    }
    throw TestFailure("no successor within 20 seconds")
  }

  // MARK: At the end

  /// What the kernel and init counted since the beginning.
  struct Count {
    var died: UInt64 = 0
    var serving: UInt64 = 0
    var returned: UInt64 = 0
    var restarts: UInt64 = 0
    var droppedCapsules: UInt64 = 0
  }

  func count() throws(TestFailure) -> Count {
    let row = try now()
    let state = try Self.state(of: name)
    var count = Count()
    count.died = row.ended - firstRow.ended
    count.serving = row.serving - firstRow.serving
    count.returned = row.returned - firstRow.returned
    count.restarts = state.restarts - firstState.restarts
    count.droppedCapsules = state.droppedCapsules - firstState.droppedCapsules
    return count
  }
}
