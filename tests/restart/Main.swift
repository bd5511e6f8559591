// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// `restart [KILLS [SEED [PART [DISK [SERVICE]]]]]`: kills servers with state while clients use them, and
/// verifies that no byte and no operation is lost or repeated.
@main struct RestartTest {
  static func main() {
    let kills = Int(number(1) ?? 300)
    let seed = number(2) ?? UInt64.random(in: 1...UInt64.max)
    var run = TestRun("restart")
    TestRun.remark("seed", seed)
    if isWanted("ledger") {
      run.test("the ledger loses and repeats nothing when it is killed") {
        () throws(TestFailure) in
        try campaign(kills, seed, LedgerClient.self)
      }
    }
    if isWanted("late") {
      run.test("answers that come late come once") { () throws(TestFailure) in
        try campaign(max(kills / 10, 1), seed, WaitClient.self)
      }
    }
    if isWanted("tmpfs") {
      run.test("tmpfs loses and repeats nothing when it is killed") { () throws(TestFailure) in
        try Campaign(service: "tmpfs", kills: kills, seed: seed).run(
          FileClient.self, FileClient.self)
      }
    }
    if isWanted("redoxfs") { volume(&run, kills, seed) }
    locks(&run, max(kills / 6, 1), seed)
    if isWanted("initfs") {
      run.test("initfs goes on where it was when it is killed") { () throws(TestFailure) in
        try Campaign(service: "initfs", kills: max(kills / 3, 1), seed: seed, percentServing: 10)
          .run(InitialFilesClient.self, InitialFilesClient.self)
      }
    }
    if isWanted("pty") {
      run.test("terminals lose and repeat nothing when ptyd is killed") {
        () throws(TestFailure) in
        try Campaign(service: "ptyd", kills: max(kills / 3, 1), seed: seed).run(
          TerminalClient.self, TerminalClient.self)
      }
    }
    if isWanted("getty") {
      run.test("the console's session goes on when getty is killed") {
        () throws(TestFailure) in
        try SessionKeeperTest.run(max(kills / 6, 1), seed)
      }
    }
    daemons(&run, max(kills / 6, 1), seed)
    if isWanted("ipc") {
      run.test("ipcd loses and repeats nothing when it is killed") { () throws(TestFailure) in
        try Campaign(service: "ipcd", kills: max(kills / 6, 1), seed: seed).run(
          SocketClient.self, SocketClient.self)
      }
    }
    if isWanted("disk") {
      run.test("a disk loses no write when its driver is killed") { () throws(TestFailure) in
        // With a path and a service: a disk that the machine was given, and whoever serves it.
        let service = Arguments.count > 5 ? Arguments.text(at: 5) : "lived"
        try Campaign(service: service, kills: max(kills / 3, 1), seed: seed, percentServing: 0)
          .run(DiskClient.self, DiskClient.self)
      }
    }
    exit(run.end())
  }

  /// redoxfs, and then the driver of its disk, if there is one.
  private static func volume(_ run: inout TestRun, _ kills: Int, _ seed: UInt64) {
    run.test("redoxfs loses and repeats nothing when it is killed") { () throws(TestFailure) in
      try TestVolume.prepare()
      let kills = TestVolume.isOnDisk ? kills / 3 : min(kills / 6, 200)
      try Campaign(service: TestVolume.service, kills: max(kills, 1), seed: seed).run(
        VolumeClient.self, VolumeClient.self)
    }
    if let driver = TestVolume.driver {
      run.test("nor does it when the driver of its disk is killed") { () throws(TestFailure) in
        try Campaign(service: driver, kills: max(kills / 3, 1), seed: seed, percentServing: 0).run(
          VolumeClient.self, VolumeClient.self)
      }
    }
    run.test("the volume can be given back") { () throws(TestFailure) in try TestVolume.end() }
  }

  /// Locks on files of tmpfs and of redoxfs.
  private static func locks(_ run: inout TestRun, _ kills: Int, _ seed: UInt64) {
    if isWanted("locks") {
      run.test("no lock is lost or granted twice when tmpfs is killed") {
        () throws(TestFailure) in
        try Campaign(service: "tmpfs", kills: kills, seed: seed).run(
          LockClient<LockedTemporaryFile>.self, LockClient<LockedTemporaryFile>.self)
      }
    }
    if isWanted("volumelocks") {
      run.test("no lock is lost or granted twice when redoxfs is killed") {
        () throws(TestFailure) in
        try TestVolume.prepare()
        try Campaign(service: TestVolume.service, kills: min(kills, 200), seed: seed).run(
          LockClient<LockedVolumeFile>.self, LockClient<LockedVolumeFile>.self)
        try TestVolume.end()
      }
    }
  }

  /// The base daemons.
  private static func daemons(_ run: inout TestRun, _ kills: Int, _ seed: UInt64) {
    if isWanted("null") {
      run.test("null goes on when it is killed") { () throws(TestFailure) in
        try daemon("nulld", kills, seed, NullClient.self)
      }
    }
    if isWanted("zero") {
      run.test("zero goes on when it is killed") { () throws(TestFailure) in
        try daemon("zerod", kills, seed, ZeroClient.self)
      }
    }
    if isWanted("rand") {
      run.test("random bytes never come twice, whoever is killed") { () throws(TestFailure) in
        try daemon("randd", kills, seed, RandomClient.self)
      }
    }
    guard isWanted("log") else { return }
    run.test("the log loses and repeats no line when it is killed") { () throws(TestFailure) in
      try LogCopy.begin()
      try daemon("logd", kills, seed, LogClient.self)
      try LogCopy.end()
    }
    run.test("who waits at the end of the log waits on when it is killed") {
      () throws(TestFailure) in
      try WaitingReader.run(max(kills / 10, 1))
    }
  }

  private static func daemon<Client: CampaignClient & ~Copyable>(
    _ name: Text, _ kills: Int, _ seed: UInt64, _ client: Client.Type
  ) throws(TestFailure) {
    // Their requests are short: how many are met in the middle is chance.
    try Campaign(service: name, kills: kills, seed: seed, percentServing: 0).run(client, client)
  }

  private static func isWanted(_ part: StaticString) -> Bool {
    Arguments.count <= 3 || Arguments.bytes(at: 3).equals(part)
  }

  private static func number(_ index: Int) -> UInt64? {
    guard index < Arguments.count else { return nil }
    do throws(NumberError) { return try UInt64(decimal: Arguments.bytes(at: index)) } catch {
      return nil
    }
  }

  private static func campaign<Client: CampaignClient & ~Copyable>(
    _ kills: Int, _ seed: UInt64, _ client: Client.Type
  ) throws(TestFailure) {
    Tickets.clear()
    let first = try lastTicket()
    try Campaign(service: "ledger", kills: kills, seed: seed).run(client, client)
    try expect(Tickets.are(first, try lastTicket()), "every ticket once")
  }

  private static func lastTicket() throws(TestFailure) -> UInt64 {
    let file = try succeed("opening an account") { () throws(SystemError) in
      try File("/scheme/ledger/account", .readWrite | .create)
    }
    return try LedgerClient.report(of: file).lastTicket
  }
}
