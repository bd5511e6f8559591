// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What a culprit may use.
struct Limits {
  var frames: UInt64? = 6_000
  var processes: UInt64? = 150
  var threads: UInt64? = 400
  var handles: UInt64? = 2_000
}

/// An account with limits, and the programs that it pays for: all of one process group.
struct Sandbox: ~Copyable {
  let account: Account
  /// What the programs get beside their board.
  var root = Handle.none
  var scheme = Handle.none
  private var group: UInt32 = 0

  init(_ limits: Limits = Limits()) throws(TestFailure) {
    let account = try succeed("making an account") { () throws(SystemError) in
      try Account(below: Given.accounts)
    }
    try succeed("setting limits") { () throws(SystemError) in
      if let maximum = limits.frames { try account.setLimit(.frames, maximum: maximum) }
      if let maximum = limits.processes { try account.setLimit(.processes, maximum: maximum) }
      if let maximum = limits.threads { try account.setLimit(.threads, maximum: maximum) }
      if let maximum = limits.handles { try account.setLimit(.handles, maximum: maximum) }
    }
    self.account = account
  }

  /// Starts this program in a role.
  /// - Returns: the process's number.
  mutating func start(
    _ role: Role, _ shared: SharedBoard, _ numbers: UInt64...
  ) throws(TestFailure) -> UInt32 {
    var program = Program(Arguments.executablePath, [Arguments.text(at: 0), role.argument])
    for number in numbers { program.arguments.append(Text { $0.put(decimal: number) }) }
    program.handles.append((Given.board, shared.memory.handle))
    if root != .none { program.handles.append((Given.root, root)) }
    if scheme != .none { program.handles.append((Given.scheme, scheme)) }
    program.scheme = scheme
    program.account = account.handle
    program.group = group
    let number: UInt32
    do throws(ExecutableError) { number = try Process.spawn(program).number } catch {
      throw TestFailure(error.explanation)
    }
    if group == 0 { group = number }
    return number
  }

  deinit {
    kill()
    reap()
  }

  /// Ends whatever is left, and waits until the account has everything back.
  consuming func end() throws(TestFailure) {
    kill()
    reap()
    try expectEmpty()
  }

  /// One signal for all: those that are being forked meanwhile must hear it too.
  borrowing func kill() {
    guard group != 0 else { return }
    do throws(SystemError) { try Process.signal(-Int(group), .kill) } catch { return }
  }

  /// Waits for those that this process started itself.
  borrowing func reap() {
    guard group != 0 else { return }
    while true {
      do throws(SystemError) {
        _ = try Process.wait(.group(group), until: .after(.seconds(20)))
      } catch {
        guard error == .interrupted else { return }
      }
    }
  }

  borrowing func expectEmpty() throws(TestFailure) { try expectUnused(account) }
}

/// Waits until nothing is charged to an account any more.
func expectUnused(_ account: borrowing Account) throws(TestFailure) {
  let deadline = Deadline.after(.seconds(20))
  while true {
    let status: AccountStatusRecord
    do throws(SystemError) { status = try account.status() } catch {
      throw TestFailure(reason("the account's status", error))
    }
    var used: UInt64 = 0
    for index in 0..<4 { used |= status.used[index] }
    if used == 0 { return }
    if deadline.hasPassed {
      throw TestFailure(
        Text { text in
          text.put("the account still uses frames, processes, threads, handles")
          for index in 0..<4 {
            text.put(" ")
            text.put(decimal: status.used[index])
          }
        })
    }
    Clock.sleep(.microseconds(300))
  }
}

/// Ends a process.
func kill(_ number: UInt32) throws(TestFailure) {
  try send(.kill, number)
}

func send(_ signal: SignalNumber, _ number: UInt32) throws(TestFailure) {
  try succeed("sending a signal") { () throws(SystemError) in
    try Process.signal(Int(number), signal)
  }
}

/// Waits for the end of a process that this one started.
func awaitEnd(
  of number: UInt32, within seconds: Int64 = 10, _ who: StaticString
) throws(TestFailure) -> ExitStatus {
  try succeed(who) { () throws(SystemError) in
    try Process.wait(.process(number), until: .after(.seconds(seconds))).status
  }
}

/// Waits until `condition` holds.
func wait(
  _ seconds: Int64 = 30, for what: StaticString, _ condition: () throws(TestFailure) -> Bool
) throws(TestFailure) {
  let deadline = Deadline.after(.seconds(seconds))
  while try !condition() {
    if deadline.hasPassed { throw TestFailure(what) }
    Clock.sleep(.milliseconds(2))
  }
}
