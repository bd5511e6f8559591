// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A scheme of the test's own: its servers get the right to serve it, its clients a root.
private struct TestScheme: ~Copyable {
  let managed: ManagedScheme
  let root: OwnedHandle

  init() throws(TestFailure) {
    let managed = try succeed("making a scheme") { () throws(SystemError) in
      try ManagedScheme(isPersistent: false)
    }
    let made = try succeed("making a root") { [handle = managed.handle] () throws(SystemError) in
      try perform(CreateRoot { $0.scheme = handle })
    }
    root = OwnedHandle(made)
    self.managed = managed
  }
}

extension Stage {
  /// Clients of a server that takes and never answers wait, and end when somebody ends them; the
  /// rest hears of it when the server is gone.
  func silence(_ bystander: borrowing Bystander) throws(TestFailure) {
    let scheme = try TestScheme()
    var servers = try Sandbox()
    servers.scheme = scheme.managed.handle
    let server = try servers.start(.silentServer, culprit)
    var clients = try Sandbox()
    clients.root = scheme.root.handle
    var waiting: [UInt32] = []
    for index in 0..<20 {
      waiting.append(try clients.start(.caller, culprit, 1, UInt64(index)))
    }
    try wait(for: "the server has taken all calls") { () throws(TestFailure) in
      culprit.board[.taken] == 20
    }
    try bystander.expectProgress()
    // Half of the clients are killed while they wait.
    for number in waiting[0..<10] {
      try kill(number)
      let status = try awaitEnd(of: number, "waiting for a killed client")
      try expect(status == .signalled(.kill), "a client that waits can be killed")
    }
    try wait(for: "the server hears of closed files") { () throws(TestFailure) in
      culprit.board[.closed] == 10
    }
    // The others hear it when the server ends.
    try kill(server)
    for (index, number) in waiting.enumerated() where index >= 10 {
      let status = try awaitEnd(of: number, "waiting for a client")
      try expect(status == .exited(0), "a client goes on when its server is gone")
      try expectRefusal(culprit.board[.first, index], [.inputOutput])
    }
    try clients.end()
    try servers.end()
  }

  /// Kills clients at random moments while they call: waiting in the queue, while the server copies
  /// what they send, while it answers.
  func victims(_ bystander: borrowing Bystander, _ random: inout Random) throws(TestFailure) {
    let scheme = try TestScheme()
    var servers = try Sandbox()
    servers.scheme = scheme.managed.handle
    _ = try servers.start(.countingServer, culprit)
    var clients = try Sandbox(Limits(frames: 10_000))
    clients.root = scheme.root.handle
    let board = culprit.board
    var kills: UInt64 = 0
    var living: [UInt32] = []
    let deadline = Deadline.after(.seconds(60))
    while board[.goneWhileCopied] < 20 || board[.goneWhileAnswered] < 1 || kills < 200 {
      try expect(!deadline.hasPassed || kills < 200, "kills in the middle of a call")
      while living.count < 8 {
        living.append(try clients.start(.victim, culprit))
      }
      Clock.sleep(.microseconds(Int64(random.next(below: 2_000))))
      let index = Int(random.next(below: UInt64(living.count)))
      let number = living.remove(at: index)
      try kill(number)
      _ = try awaitEnd(of: number, "waiting for a killed client")
      try expect(board[.failure] == 0, "right answers until then")
      kills += 1
    }
    TestRun.remark("clients killed", kills)
    TestRun.remark("of them while copied", board[.goneWhileCopied])
    TestRun.remark("of them while answered", board[.goneWhileAnswered])
    TestRun.remark("calls answered", board[.answered])
    try bystander.expectProgress()
    try clients.end()
    try servers.end()
  }

  func flood(_ bystander: borrowing Bystander) throws(TestFailure) {
    let scheme = try TestScheme()
    var servers = try Sandbox()
    servers.scheme = scheme.managed.handle
    let server = try servers.start(.countingServer, culprit)
    try wait(for: "the server") { () throws(TestFailure) in culprit.board[.ready] == 1 }
    // All are queued before the first is taken.
    try send(.stop, server)
    var clients = try Sandbox(Limits(frames: 20_000))
    clients.root = scheme.root.handle
    var numbers: [UInt32] = []
    for index in 0..<100 {
      numbers.append(try clients.start(.flooder, culprit, UInt64(index), 50))
    }
    Clock.sleep(.milliseconds(50))
    try bystander.expectProgress()
    try send(.continue, server)
    for (index, number) in numbers.enumerated() {
      let status = try awaitEnd(of: number, within: 60, "waiting for a client")
      try expect(status == .exited(0), "each client gets its answers")
      try expect(culprit.board[.first, index] == 50, "as many as it asked for")
    }
    try bystander.expectProgress()
    try clients.end()
    try servers.end()
  }

  /// Each server waits for the other. Their clients wait with them, until one of the two is ended.
  func circle(_ bystander: borrowing Bystander) throws(TestFailure) {
    let first = try TestScheme()
    let second = try TestScheme()
    var servers = try Sandbox()
    servers.scheme = first.managed.handle
    servers.root = second.root.handle
    let one = try servers.start(.callingServer, culprit, 0)
    servers.scheme = second.managed.handle
    servers.root = first.root.handle
    _ = try servers.start(.callingServer, culprit, 1)
    var clients = try Sandbox()
    clients.root = first.root.handle
    let stuck = try clients.start(.caller, culprit, 1, 10)
    try wait(for: "each server has asked the other") { () throws(TestFailure) in
      culprit.board[.first, 0] == 1 && culprit.board[.first, 1] == 1
    }
    try bystander.expectProgress()
    try kill(stuck)
    let status = try awaitEnd(of: stuck, "waiting for the client")
    try expect(status == .signalled(.kill), "a client in the circle can be killed")
    // With one of them gone, the other gets an error and serves on.
    try kill(one)
    var others = try Sandbox()
    others.root = second.root.handle
    let next = try others.start(.caller, culprit, 2, 11)
    let end = try awaitEnd(of: next, "waiting for the next client")
    try expect(end == .exited(0) && culprit.board[.first, 11] == 0x5AFE, "the other serves on")
    try others.end()
    try clients.end()
    try servers.end()
  }
}
