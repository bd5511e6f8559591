// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// How many calls, and which.
struct Campaign {
  let count: UInt64
  let seed: UInt64
  /// Only this round, all calls in it.
  let onlyRound: UInt64?

  /// Calls of one worker. Then its account must come back to nothing, and the next one begins.
  static let roundCalls: UInt64 = 20_000
}

/// Starts one worker after the other, each with an account, a namespace and a user of its own, ends
/// those that do not go on, and looks at what they leave.
struct Supervisor {
  private let campaign: Campaign
  private let surroundings: Surroundings
  private let board: Board
  private(set) var report: Report
  private var tables: Tables
  private let start = Clock.now()

  init(_ campaign: Campaign) throws(TestFailure) {
    self.campaign = campaign
    let given = try succeed("what workers are given") { () throws(SystemError) in
      try Surroundings()
    }
    board = try succeed("the board") { () throws(SystemError) in
      let flags: MapFlags = .read | .write | .shared
      return Board(try Mapping(given.board, byteCount: Board.byteCount, flags).shared())
    }
    surroundings = given
    tables = try Self.settledTables()
    report = Report(board)
  }

  /// The kernel's tables once nothing has changed in them for a while: services may still be starting.
  private static func settledTables() throws(TestFailure) -> Tables {
    var tables = try Tables.read()
    var unchanged = 0
    for _ in 0..<100 where unchanged < 10 {
      Clock.sleep(.milliseconds(100))
      let now = try Tables.read()
      unchanged = now == tables ? unchanged + 1 : 0
      tables = now
    }
    return tables
  }

  mutating func run() throws(TestFailure) {
    if let round = campaign.onlyRound {
      try runRound(round, campaign.count)
      return
    }
    var round: UInt64 = 0
    // Twenty times on the way.
    let step = max(campaign.count / 20, Campaign.roundCalls)
    var nextReport = step
    while board.begun < campaign.count {
      let left = campaign.count &- board.begun
      try runRound(round, min(left &+ 100, Campaign.roundCalls))
      round &+= 1
      if board.begun >= nextReport {
        report.printProgress(campaign.count, since: start)
        nextReport = board.begun &+ step
      }
    }
  }

  private mutating func runRound(_ round: UInt64, _ calls: UInt64) throws(TestFailure) {
    board.beginRound()
    report.rounds &+= 1
    do throws(TestFailure) {
      let account = try succeed("the account") { () throws(SystemError) in
        try surroundings.makeAccount()
      }
      let status = try runWorker(round, calls, account)
      try drain(account, status)
      _ = consume account
      try compareTables(round)
    } catch {
      throw TestFailure(
        Text { (text: inout Text) in
          text.put("round ")
          text.put(decimal: round)
          text.put(": ")
          text.put(error.reason)
        })
    }
  }

  // MARK: The worker

  private mutating func runWorker(
    _ round: UInt64, _ calls: UInt64, _ account: borrowing Account
  ) throws(TestFailure) -> ExitStatus {
    var program = surroundings.program(account.handle)
    program.arguments = [
      program.path, "worker", Self.text(campaign.seed), Self.text(round), Self.text(calls),
    ]
    let started: Process
    do throws(ExecutableError) {
      started = try Process.spawn(program)
    } catch {
      throw TestFailure(reason("the worker's start", error.reason))
    }
    return try watch(started, round)
  }

  private mutating func watch(
    _ worker: borrowing Process, _ round: UInt64
  ) throws(TestFailure) -> ExitStatus {
    var seen: UInt64 = 0
    var still = 0
    while true {
      do throws(SystemError) {
        let status = try worker.wait(until: .after(.milliseconds(50)))
        count(status, round)
        return status
      } catch {
        guard error == .timedOut || error == .interrupted else {
          throw TestFailure(reason("waiting for the worker", error))
        }
      }
      let begun = board.begun
      still = begun == seen ? still + 1 : 0
      seen = begun
      try wake(worker, still)
    }
  }

  private static func text(_ number: UInt64) -> Text {
    var text = Text()
    text.put(decimal: number)
    return text
  }

  /// Lets a stopped worker go on; ends one that does nothing.
  private mutating func wake(
    _ worker: borrowing Process, _ still: Int
  ) throws(TestFailure) {
    if still == 0 { return }
    if still > 600 {
      Tables.show("/scheme/sys/context")
      Tables.show("/scheme/sys/block")
      Tables.show("/scheme/sys/schemes")
      throw TestFailure("a killed worker does not end" as StaticString)
    }
    do throws(SystemError) {
      if still == 40 { report.killed &+= 1 }
      try worker.signal(still < 40 ? .continue : .kill)
    } catch {
      guard error == .noProcess else { throw TestFailure(reason("ending the worker", error)) }
    }
  }

  private mutating func count(_ status: ExitStatus, _ round: UInt64) {
    switch status {
    case .exited(0): report.finished &+= 1
    case .exited(3):
      report.stuck &+= 1
      describe("stuck", round, UInt64(board.get(.stuckLane)))
    case .exited(let value):
      report.died &+= 1
      describe("ended with status", round, UInt64(value))
    case .signalled(let number):
      report.died &+= 1
      describe("ended by signal", round, UInt64(number.rawValue))
    case .stopped, .continued: break
    }
  }

  /// Shows how a worker ended early, and the calls that its threads made last.
  private func describe(_ what: StaticString, _ round: UInt64, _ value: UInt64) {
    var output = Output()
    output.put("round ")
    output.put(decimal: round)
    output.put(" ")
    output.put(what)
    output.put(" ")
    output.put(decimal: value)
    for lane in 0...Board.serverLane {
      let (number, words) = board.last(lane)
      output.put(lane == 0 ? ": " : "; ")
      output.put(Report.name(number))
      for index in 0..<6 {
        output.put(" ")
        output.put(hexadecimal: UInt64(words[index]))
      }
    }
    output.put("\n")
  }

  // MARK: What is left

  /// Waits until the account pays for nothing any more. Processes that the worker left are ended.
  private mutating func drain(
    _ account: borrowing Account, _ status: ExitStatus
  ) throws(TestFailure) {
    if status == .exited(4) {
      throw TestFailure("a worker could not prepare itself" as StaticString)
    }
    var used = InlineArray<6, UInt64>(repeating: 0)
    for turn in 0..<2000 {
      used = try succeed("the account's status") { () throws(SystemError) in
        try account.status().used
      }
      if used[0] | used[1] | used[2] | used[3] == 0 { return }
      if used[1] != 0, turn >= 20, turn % 20 == 0 {
        if turn == 20 { report.reaped &+= 1 }
        try surroundings.reap()
      }
      Clock.sleep(.milliseconds(2))
    }
    Tables.show("/scheme/sys/context")
    Tables.show("/scheme/sys/block")
    Tables.show("/scheme/sys/memory")
    Tables.show("/scheme/sys/schemes")
    let excess = try Tables.read().excess(over: tables)
    throw TestFailure(
      Text { (text: inout Text) in
        text.put("the account still pays: frames, processes, threads, handles")
        for index in 0..<4 {
          text.put(" ")
          text.put(decimal: used[index])
        }
        if let excess {
          text.put("; ")
          text.put(excess)
        }
      })
  }

  /// The kernel's tables hold no more than they did before the first worker. A service may have let
  /// go of something meanwhile, as a file system does of files that nobody maps any more: then that
  /// is the measure from now on.
  private mutating func compareTables(_ round: UInt64) throws(TestFailure) {
    var now = try Tables.read()
    // What init has to tidy up takes a moment.
    for _ in 0..<200 where now.excess(over: tables) != nil {
      Clock.sleep(.milliseconds(2))
      now = try Tables.read()
    }
    if let excess = now.excess(over: tables) { throw TestFailure(excess) }
    tables.lower(to: now)
  }
}
