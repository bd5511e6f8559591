// SPDX-License-Identifier: MIT
import Synchronization
import System
import TestRuntime

/// A program's part in a campaign: it opens what it needs before the first kill, and what every
/// answer must be follows from what it did before.
protocol CampaignClient: ~Copyable, SendableMetatype {
  init(number: Int, seed: UInt64) throws(TestFailure)
  /// Does something at random and checks the outcome.
  mutating func step() throws(TestFailure)
  /// Checks everything.
  mutating func check() throws(TestFailure)
  /// Leaves the service as it was found.
  mutating func end() throws(TestFailure)
}

/// What the threads of one campaign share.
private enum Board {
  static let isOver = Atomic<Bool>(false)
  /// Clients that have opened what they need; clients that have not ended.
  static let ready = Atomic<Int>(0)
  static let running = Atomic<Int>(0)
  static let failures = Atomic<Int>(0)
  static let steps = Atomic<UInt64>(0)

  static func clear() {
    isOver.store(false, ordering: .sequentiallyConsistent)
    ready.store(0, ordering: .sequentiallyConsistent)
    running.store(0, ordering: .sequentiallyConsistent)
    failures.store(0, ordering: .sequentiallyConsistent)
    steps.store(0, ordering: .sequentiallyConsistent)
  }
}

/// Kills a service at random moments while clients use it.
struct Campaign {
  var service: Text
  var kills: Int
  var seed: UInt64
  var clients = 4
  /// At least so many of 100 kills are to find a request that was taken and not answered.
  var percentServing: UInt64 = 34

  /// Runs it with clients of one kind; `Witness` checks after each kill, too.
  func run<Client: CampaignClient & ~Copyable, Witness: CampaignClient & ~Copyable>(
    _: Client.Type, _: Witness.Type
  ) throws(TestFailure) {
    Board.clear()
    var victim = try Victim(service)
    let start = Clock.now()
    var failure: TestFailure?
    do throws(TestFailure) {
      for number in 0..<clients { try begin(Client.self, number) }
      while Board.ready.load(ordering: .acquiring) < clients { Clock.sleep(.milliseconds(1)) }
      try attack(&victim, Witness.self)
    } catch { failure = error }
    Board.isOver.store(true, ordering: .sequentiallyConsistent)
    while Board.running.load(ordering: .acquiring) > 0 { Clock.sleep(.milliseconds(1)) }
    if let failure { throw failure }
    try judge(victim, Clock.now().since(start))
  }

  /// Starts a client's thread.
  private func begin<Client: CampaignClient & ~Copyable>(
    _: Client.Type, _ number: Int
  ) throws(TestFailure) {
    let seed = seed
    Board.running.add(1, ordering: .sequentiallyConsistent)
    do throws(SystemError) {
      _ = try Thread { work(Client.self, number, seed) }
    } catch {
      Board.running.subtract(1, ordering: .sequentiallyConsistent)
      throw TestFailure(reason("a thread", error))
    }
  }

  private func attack<Witness: CampaignClient & ~Copyable>(
    _ victim: inout Victim, _: Witness.Type
  ) throws(TestFailure) {
    var random = Random(seed: seed)
    var witness = try Witness(number: clients, seed: seed)
    while victim.kills < UInt64(kills) {
      if Board.failures.load(ordering: .relaxed) > 0 { return }
      if victim.kills > 0, random.oneIn(16) {
        Clock.sleep(.microseconds(random.below(3000)))
        try victim.killSuccessor()
        continue
      }
      try witness.step()
      Clock.sleep(.microseconds(random.below(random.oneIn(8) ? 10_000 : 1500)))
      try victim.kill()
      try witness.check()
      if victim.kills % 1000 == 0 { TestRun.remark("kills so far", victim.kills) }
    }
    try witness.end()
  }

  private func judge(_ victim: Victim, _ time: Duration) throws(TestFailure) {
    let count = try victim.count()
    var output = Output()
    output.put(service)
    for (name, number) in [
      (": kills ", victim.kills), (", servers that died ", count.died),
      (", between taken and answered ", count.serving), (", requests returned ", count.returned),
      (", operations ", Board.steps.load(ordering: .relaxed)),
      (", milliseconds ", UInt64(time.wholeNanoseconds) / 1_000_000),
    ] as [(StaticString, UInt64)] {
      output.put(name)
      output.put(decimal: number)
    }
    output.put("\n")
    try succeed("output") { () throws(SystemError) in try output.flush() }
    try expect(Board.failures.load(ordering: .relaxed) == 0, "no client sees a difference")
    try expect(victim.kills == UInt64(kills), "all kills")
    try expect(count.restarts == victim.kills, "a restart for each kill, and no other")
    try expect(count.died <= victim.kills, "no death but by a kill")
    try expect(count.droppedCapsules == 0, "the capsule is kept")
    try expect(
      count.serving * 100 >= victim.kills * percentServing,
      "enough kills between taken and answered")
  }
}

/// What a client's thread does until the campaign is over.
private func work<Client: CampaignClient & ~Copyable>(
  _: Client.Type, _ number: Int, _ seed: UInt64
) {
  var isReady = false
  do throws(TestFailure) {
    var client = try Client(number: number, seed: seed)
    isReady = true
    Board.ready.add(1, ordering: .sequentiallyConsistent)
    while !Board.isOver.load(ordering: .relaxed) {
      try client.step()
      Board.steps.add(1, ordering: .relaxed)
    }
    try client.check()
    try client.end()
  } catch {
    if !isReady { Board.ready.add(1, ordering: .sequentiallyConsistent) }
    Board.failures.add(1, ordering: .sequentiallyConsistent)
    TestRun.remark("client", UInt64(number), error.reason)
  }
  Board.running.subtract(1, ordering: .sequentiallyConsistent)
}
