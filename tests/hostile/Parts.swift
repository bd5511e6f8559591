// SPDX-License-Identifier: MIT
import System
import TestRuntime

extension Stage {
  func parts(_ run: inout TestRun) {
    play("a fork bomb hurts only itself", "fork", &run) {
      (bystander, _) throws(TestFailure) in
      try bomb(.forkBomb, [.quotaExceeded, .outOfMemory], bystander)
    }
    play("threads without end hurt only their process", "threads", &run) {
      (bystander, _) throws(TestFailure) in
      try bomb(.threadBomb, [.quotaExceeded, .outOfMemory], bystander, number: 0)
      culprit.board.clear()
      try bomb(.threadBomb, [.quotaExceeded, .outOfMemory], bystander, number: 1)
    }
    play("crowds that wait for one thing are let go", "crowds", &run) {
      (bystander, _) throws(TestFailure) in try crowds(bystander)
    }
    play("handles without end hurt only their process", "handles", &run) {
      (bystander, _) throws(TestFailure) in try handleBomb(bystander)
    }
    play("whoever takes all memory ends", "memory", &run) {
      (bystander, _) throws(TestFailure) in try memoryHog(bystander)
    }
    play("a machine without memory refuses more, and goes on", "exhaustion", &run) {
      (bystander, _) throws(TestFailure) in try exhaustion(bystander)
    }
    play("mapping without end is refused", "mapping", &run) {
      (bystander, _) throws(TestFailure) in
      try bomb(.mapper, [.outOfMemory], bystander)
    }
    play("a server that never answers holds up its clients alone", "silence", &run) {
      (bystander, _) throws(TestFailure) in try silence(bystander)
    }
    play("clients that end in the middle of a call leave nothing", "victims", &run) {
      (bystander, random) throws(TestFailure) in try victims(bystander, &random)
    }
    play("a hundred clients of one scheme are all answered", "flood", &run) {
      (bystander, _) throws(TestFailure) in try flood(bystander)
    }
    play("two schemes that call each other hold up themselves alone", "circle", &run) {
      (bystander, _) throws(TestFailure) in try circle(bystander)
    }
    play("files that are no programs are refused or hurt only themselves", "programs", &run) {
      (bystander, random) throws(TestFailure) in
      try ExecutableCampaign().run(1_000, &random)
    }
    play("scripts that lead nowhere are refused", "scripts", &run) {
      (bystander, _) throws(TestFailure) in try scripts()
    }
    play("calls about locks, space and groups that make no sense are refused", "wrong", &run) {
      (_, _) throws(TestFailure) in try wrongCalls()
    }
    play("who is killed while it waits for a lock gets none", "waiters", &run) {
      (bystander, random) throws(TestFailure) in try killedWaiters(bystander, &random)
    }
    play("locks without end are refused, and others have theirs", "locks", &run) {
      (bystander, _) throws(TestFailure) in try lockBomb(bystander)
    }
    play("a server that lies about locks hurts nobody", "lies", &run) {
      (bystander, _) throws(TestFailure) in try lyingServer(bystander)
    }
    play("init refuses what it does not understand", "service", &run) {
      (bystander, random) throws(TestFailure) in try service(&random)
    }
  }

  /// Starts a program that goes on until it is refused, and lets it try on for a while.
  func bomb(
    _ role: Role, _ refusals: [SystemError], _ bystander: borrowing Bystander, number: UInt64 = 0
  ) throws(TestFailure) {
    var sandbox = try Sandbox()
    _ = try sandbox.start(role, culprit, number)
    try wait(for: "the culprit is refused more") { () throws(TestFailure) in
      culprit.board[.ready] == 1
    }
    try bystander.expectProgress()
    Clock.sleep(.milliseconds(200))
    try bystander.expectProgress()
    try expectRefusal(culprit.board[.failure], refusals)
    try sandbox.end()
  }

  func expectRefusal(
    _ number: UInt64, _ allowed: [SystemError]
  ) throws(TestFailure) {
    for error in allowed where UInt64(error.rawValue) == number { return }
    throw TestFailure(
      Text { text in
        text.put("the culprit met error ")
        text.put(decimal: number)
      })
  }

  private func handleBomb(_ bystander: borrowing Bystander) throws(TestFailure) {
    // Once the account is the limit, once the table is.
    for handles: UInt64? in [1_500, nil] {
      culprit.board.clear()
      var limits = Limits()
      limits.handles = handles
      limits.frames = 20_000
      var sandbox = try Sandbox(limits)
      _ = try sandbox.start(.handleBomb, culprit)
      try wait(60, for: "the culprit is refused handles") { () throws(TestFailure) in
        culprit.board[.ready] == 1
      }
      try bystander.expectProgress()
      for kind in 0..<Bomb.handleKinds {
        try expect(culprit.board[.first, kind * 2] > 20, "some handles of each kind")
        try expectRefusal(
          culprit.board[.first, kind * 2 + 1], [.tooManyHandles, .quotaExceeded, .outOfMemory])
      }
      try sandbox.end()
    }
  }

  private func memoryHog(_ bystander: borrowing Bystander) throws(TestFailure) {
    // By a touch, which ends the program; by a system call, which fails.
    var sandbox = try Sandbox()
    let toucher = try sandbox.start(.touchingHog, culprit, 0)
    let status = try awaitEnd(of: toucher, within: 60, "waiting for the hog")
    if case .exited = status { try expect(false, "a touch beyond the limit ends the program") }
    try expect(culprit.board[.count] > 4_000, "the hog got what is its own")
    try bystander.expectProgress()
    try sandbox.end()
    for role in [Role.touchingHog, .askingHog] {
      culprit.board.clear()
      var sandbox = try Sandbox()
      _ = try sandbox.start(role, culprit, 1)
      try wait(60, for: "the culprit is refused memory") { () throws(TestFailure) in
        culprit.board[.ready] == 1
      }
      try bystander.expectProgress()
      if role == .touchingHog {
        try expectRefusal(culprit.board[.failure], [.outOfMemory])
      } else {
        for way in 0..<Hog.ways {
          try expect(culprit.board[.first, way * 2] > 5, "some memory in each way")
          try expectRefusal(culprit.board[.first, way * 2 + 1], [.outOfMemory])
        }
      }
      try sandbox.end()
    }
  }
}
