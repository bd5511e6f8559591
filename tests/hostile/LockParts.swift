// SPDX-License-Identifier: MIT
import System
import TestRuntime

extension Stage {
  /// Where locks are fought over.
  static var lockedFile: Text { "/scheme/tmp/fought" }

  func wrongCalls() throws(TestFailure) {
    try WrongCalls().locks()
    try WrongCalls().space()
    try WrongCalls().groups()
    try WrongPaths().run()
  }

  /// Processes that wait for a lock are killed, while they wait and as they get it.
  func killedWaiters(_ bystander: borrowing Bystander, _ random: inout Random) throws(TestFailure) {
    let file = try succeed("the file") { () throws(SystemError) in
      try File(Self.lockedFile, .readWrite | .create)
    }
    for _ in 0..<5 {
      culprit.board.clear()
      try succeed("the lock") { () throws(SystemError) in try file.handle.lock(.exclusive) }
      var sandbox = try Sandbox()
      var waiting: [UInt32] = []
      for index in 0..<20 { waiting.append(try sandbox.start(.lockWaiter, culprit, UInt64(index))) }
      try wait(for: "all wait") { () throws(TestFailure) in
        (0..<20).allSatisfy { culprit.board[.first, $0] > 0 }
      }
      Clock.sleep(.milliseconds(5))
      try expect(
        (0..<20).allSatisfy { culprit.board[.first, $0] == 1 }, "nobody has it meanwhile")
      for number in waiting[0..<10] { try kill(number) }
      try succeed("giving it up") { () throws(SystemError) in try file.handle.unlock() }
      // Some are killed as they get it; who is left gets it.
      for number in waiting[10..<15] {
        Clock.sleep(.microseconds(Int64(random.next(below: 500))))
        try kill(number)
      }
      for number in waiting[0..<15] {
        _ = try awaitEnd(of: number, "waiting for one that was killed")
      }
      for number in waiting[15...] {
        let status = try awaitEnd(of: number, within: 30, "waiting for one that gets it")
        try expect(status == .exited(0), "who waits gets the lock when its turn comes")
      }
      try expect(culprit.board[.failure] == 0, "one has it at a time")
      let isFree = try succeed("trying") { () throws(SystemError) in
        try file.handle.tryLock(.exclusive)
      }
      try expect(isFree, "none of the dead has it")
      try succeed("giving it up") { () throws(SystemError) in try file.handle.unlock() }
      try bystander.expectProgress()
      try sandbox.end()
    }
    try succeed("removing") { () throws(SystemError) in try FileSystem.remove(Self.lockedFile) }
  }

  /// A process takes locks without end: its account has its share of them, and others have theirs.
  func lockBomb(_ bystander: borrowing Bystander) throws(TestFailure) {
    var sandbox = try Sandbox()
    _ = try sandbox.start(.lockBomb, culprit)
    try wait(60, for: "the culprit is refused locks") { () throws(TestFailure) in
      culprit.board[.ready] == 1
    }
    try expect(culprit.board[.count] >= 500, "it gets some")
    try expectRefusal(culprit.board[.failure], [.noLocks])
    try bystander.expectProgress()
    try succeed("a lock of somebody else") { () throws(SystemError) in
      let file = try File(Self.lockedFile, .readWrite | .create)
      for place: UInt64 in 0..<100 {
        guard try file.handle.tryLock(.exclusive, start: 1_000_000 + 2 * place, length: 1) else {
          throw .protocolError
        }
      }
    }
    try sandbox.end()
    let isFree = try succeed("all that it had") { () throws(SystemError) in
      let file = try File(Self.lockedFile, .readWrite)
      return try file.handle.tryLock(.exclusive)
    }
    try expect(isFree, "its locks end with it")
    try succeed("removing") { () throws(SystemError) in try FileSystem.remove(Self.lockedFile) }
  }

  /// A server answers to locks and space what makes no sense.
  func lyingServer(_ bystander: borrowing Bystander) throws(TestFailure) {
    var servers = try Sandbox()
    let scheme = try succeed("making a scheme") { () throws(SystemError) in
      try ManagedScheme(isPersistent: false)
    }
    let root = try succeed("making a root") { () throws(SystemError) in try scheme.makeRoot() }
    servers.scheme = scheme.handle
    let server = try servers.start(.lyingServer, culprit)
    let file = try succeed("opening its file") { () throws(SystemError) in
      File(try root.handle.open("file", .readWrite))
    }
    for lie in 0..<LyingServer.lies {
      var bytes = [UInt8](repeating: 0x5A, count: 256)
      var result: UInt = 0
      do throws(SystemError) {
        var span = bytes.mutableSpan
        result = try span.withClaim { (claim) throws(SystemError) in
          try perform(
            LockFile {
              $0.handle = file.handle
              $0.operation = .findExclusive
              $0.start = UInt64(lie)
              $0.record = UserSpan(address: claim.address, count: 32)
            })
        }
      } catch {
        try expect(error != .restart, "an error that programs may see")
      }
      try expect(result <= 32, "no more than was asked for")
      try expect(bytes[32...].allSatisfy { $0 == 0x5A }, "nothing is written behind the record")
      // Whatever it says of these is a number.
      do throws(SystemError) {
        _ = try file.handle.tryLock(.shared, start: UInt64(lie))
        try file.handle.unlock(start: UInt64(lie))
        try file.handle.allocate(from: UInt64(lie), byteCount: 1)
      } catch { try expect(error != .restart, "an error that programs may see") }
    }
    try lies(about: root.handle)
    try bystander.expectProgress()
    try kill(server)
    _ = try awaitEnd(of: server, "waiting for the server")
    try fail(with: .inputOutput, "a server that is gone") { () throws(SystemError) in
      try file.handle.lock(.exclusive)
    }
    try servers.end()
  }
}

extension Stage {
  /// Lies about paths, told at once and later.
  private func lies(about root: Handle) throws(TestFailure) {
    for lie in 0..<2 * LyingServer.lies {
      var path: Text = ""
      path.put(decimal: UInt64(lie))
      for room: UInt in [96, 93, 0] {
        var bytes = [UInt8](repeating: 0x5A, count: 256)
        do throws(SystemError) {
          var span = bytes.mutableSpan
          _ = try span.withClaim { (claim) throws(SystemError) in
            try path.span.withClaim { (path) throws(SystemError) in
              try perform(
                StatusAt {
                  $0.parent = root
                  $0.path = path
                  $0.buffer = UserSpan(address: claim.address, count: room)
                })
            }
          }
        } catch { try expect(error != .restart, "an error that programs may see") }
        try expect(
          bytes[Int(room)...].allSatisfy { $0 == 0x5A }, "nothing is written behind the record")
      }
    }
  }
}

/// Programs that want locks.
enum LockRole {
  /// Waits for the lock, has it for a moment alone, and ends.
  static func waitForOne() -> Never {
    let board = Board.own
    let index = Int(Role.number(0))
    do throws(SystemError) {
      let file = try File(Stage.lockedFile, .readWrite)
      board[.first, index] = 1
      try file.handle.lock(.exclusive)
      board[.first, index] = 2
      // Those that nobody kills see whether they are alone.
      if index >= 15 {
        if board[.answered] != 0 { board[.failure] = 1 }
        board[.answered] = 1
      }
      Clock.sleep(.microseconds(200))
      if index >= 15 { board[.answered] = 0 }
      try file.handle.unlock()
      exit(0)
    } catch { exit(1) }
  }

  /// Ten thousand locks, each apart from the others.
  static func takeMany() -> Never {
    let board = Board.own
    do throws(SystemError) {
      let file = try File(Stage.lockedFile, .readWrite | .create)
      for place: UInt64 in 0..<10_000 {
        guard try file.handle.tryLock(.exclusive, start: 2 * place, length: 1) else { break }
        board[.count] = place + 1
      }
    } catch { board[.failure] = UInt64(error.rawValue) }
    board[.ready] = 1
    while board[.stop] == 0 { Clock.sleep(.milliseconds(5)) }
    exit(0)
  }
}

/// Answers requests for locks, space and paths with all kinds of nonsense.
struct LyingServer: SchemeServer {
  typealias File = UInt64
  static var lies: Int { 12 }
  private var session: SchemeSession?

  static func run() -> Never { Daemon.serve(LyingServer(), as: "lying") }

  mutating func start(_ session: SchemeSession) { self.session = session }

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout System.Request
  ) throws(SystemError) -> UInt64 { 1 }

  mutating func lock(
    _ file: UInt64, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout System.Request
  ) throws(SystemError) -> FileLockRecord? {
    lie(start, request.postpone())
    return nil
  }

  mutating func allocate(
    _ file: UInt64, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags,
    for request: inout System.Request
  ) throws(SystemError) { lie(offset, request.postpone()) }

  mutating func status(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout System.Request
  ) throws(SystemError) -> FileStatus {
    var number: UInt64 = 0
    do throws(NumberError) { number = try UInt64(decimal: path.bytes) } catch { throw .notFound }
    if number < UInt64(Self.lies) {
      lie(number, request.postpone())
      return FileStatus()
    }
    if number & 1 == 0 { throw .restart }
    var status = FileStatus()
    status.size = UInt64.max
    status.mode = UInt32.max
    return status
  }

  private func lie(_ number: UInt64, _ tag: RequestTag) {
    let noise = [UInt8](repeating: 0xFF, count: 4096)
    let results: [UInt] = [
      0, 1, 31, 32, 33, 4096, UInt.max >> 1, UInt.max, UInt.max - 1, UInt.max - 511,
      UInt.max - 4094, UInt.max - 4095,
    ]
    let index = Int(number) % results.count
    session?.answer(tag, results[index], noise.span)
    // And once more, for a request that has been answered.
    session?.answer(tag, results[(index + 1) % results.count], noise.span)
    // Should the kernel have refused both, its client must not wait for ever.
    session?.answer(tag, .inputOutput)
  }
}
