// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Schemes
import Storage
import Testing

@testable import Disks

@Suite("Who has a disk open")
struct SharingTests {
  private static let keep: OpenFlags = .read | .exclusive

  private static let names: [(Text, Text)] = [
    ("0", "0"), ("0", "0p0"), ("0p0", "0"), ("0p0", "0p0"),
  ]

  /// Each pair of ways to have a disk open, and whether they go together.
  @Test(arguments: [
    (OpenFlags.read, OpenFlags.read, true), (.read, keep, true), (.read, .readWrite, true),
    (keep, keep, true), (keep, .write, false), (.write, .write, false),
    (.readWrite, .write, false),
  ])
  func pairs(_ one: OpenFlags, _ other: OpenFlags, _ fit: Bool) throws {
    for (first, second) in [(one, other), (other, one)] {
      for (name, otherName) in Self.names {
        let desk = try Desk()
        let file = try desk.open(name, first)
        #expect(tries(desk, otherName, second) == (fit ? nil : .busy), "\(first), \(second)")
        // What is closed is in nobody's way.
        desk.ask(.close, file)
        if !fit { _ = try desk.open(otherName, second) }
      }
    }
  }

  private func tries(
    _ desk: Desk, _ name: Text, _ flags: OpenFlags, below word: UInt64 = 0
  ) -> SystemError? {
    desk.error(desk.ask(.open, word, first: UInt64(flags.rawValue), name.bytes))
  }

  @Test func partitionsAndDisksApartAreApart() throws {
    let desk = try Desk()
    let other = DiskScript()
    var table = [UInt8](repeating: 0, count: 512)
    for (index, first) in [100, 200].enumerated() {
      let place = 446 + 16 * index
      table[place + 4] = 0x83
      table[place + 8] = UInt8(first)
      table[place + 12] = 60
    }
    (table[510], table[511]) = (0x55, 0xAA)
    other.medium[0] = table
    desk.server = DiskServer(
      [
        try unit(0, desk.script, desk.capsule),
        try unit(1, other, hostMemory(PartitionList.byteCount)),
      ],
      desk.host, firstSerial: 50)
    desk.server.start(desk.session)
    _ = try desk.open("0")
    _ = try desk.open("1p0")
    _ = try desk.open("1p1")
    #expect(tries(desk, "1", .write) == .busy)
    #expect(tries(desk, "1p1", Self.keep) == .busy)
  }

  @Test func aSuccessorOfTheDriverKnowsWhoWrites() throws {
    let desk = try Desk()
    let file = try desk.open("0p0")
    desk.server = DiskServer(
      [try unit(0, desk.script, desk.capsule)], desk.host, firstSerial: 50)
    desk.server.start(desk.session)
    #expect(tries(desk, "0", .write) == .busy)
    desk.ask(.close, file)
    _ = try desk.open("0", .write)
  }

  @Test func belowAnOpenFileItIsTheSame() throws {
    let desk = try Desk()
    let file = try desk.open("0p0")
    let both: OpenFlags = .readWrite | .synchronous
    let flags = UInt64(both.rawValue)
    let below = try #require(desk.session.opened[desk.ask(.open, file, first: flags)])
    #expect(tries(desk, "0", .write) == .busy)
    // As long as either is open.
    desk.ask(.close, file)
    #expect(tries(desk, "0", .write) == .busy)
    let block = [UInt8](repeating: 4, count: 512)
    #expect(desk.session.answers[desk.ask(.write, below, block)]?.result == 512)
    desk.ask(.close, below)
    _ = try desk.open("0", .write)
  }

  @Test func belowWhatIsReadOthersAreLookedAt() throws {
    let desk = try Desk()
    let (file, writer) = (try desk.open("0", .read), try desk.open("0p0"))
    #expect(tries(desk, "", .write, below: file) == .busy)
    desk.ask(.close, writer)
    #expect(tries(desk, "", .write, below: file) == nil)
  }

  @Test func whoHasEndedIsInNobodysWay() throws {
    let desk = try Desk()
    let disk = try desk.open("0")
    desk.script.holds = true
    desk.ask(.write, disk, first: 0, [UInt8](repeating: 9, count: 512))
    let flags = UInt64(OpenFlags.write.rawValue)
    // Both wait for the write; who wrote is gone when it is done, and one of them has the disk then.
    let tags = [desk.ask(.open, 0, first: flags, [0x30]), desk.ask(.open, 0, first: flags, [0x30])]
    desk.ask(.close, disk)
    desk.script.holds = false
    desk.script.end()
    desk.server.handle(EventRecord())
    #expect(desk.session.opened[tags[0]] != nil)
    #expect(desk.session.opened[tags[1]] == nil && desk.error(tags[1]) == .busy)
  }

  @Test func whoReadsCannotWriteByOtherWays() throws {
    let desk = try Desk()
    for flags in [OpenFlags.read, Self.keep] {
      let disk = try desk.open("0", flags)
      let block = [UInt8](repeating: 3, count: 512)
      let range: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
      let forced = desk.ask(
        .call, disk, code: DiskRequest.writeForced.rawValue, [UInt8](repeating: 0, count: 8) + block
      )
      #expect(desk.error(forced) == .accessDenied)
      let discard = desk.ask(.call, disk, code: DiskRequest.discard.rawValue, range)
      #expect(desk.error(discard) == .accessDenied)
    }
    let client = try RingDesk("0", .read)
    try client.submit(1, .write, 0)
    try client.submit(2, .discard, 0)
    try client.submit(3, .read, 0)
    client.ring()
    let denied = -Int64(SystemError.accessDenied.rawValue)
    #expect(try client.take() == [[1, denied], [2, denied], [3, 0]])
  }

  @Test func aRingEndsWithTheFileThatBroughtIt() throws {
    let client = try RingDesk()
    let flags = UInt64(OpenFlags.readWrite.rawValue)
    let desk = client.desk
    let below = try #require(desk.session.opened[desk.ask(.open, client.file, first: flags)])
    // Both have the same word; the one that was opened last is closed first.
    #expect(below == client.file)
    desk.ask(.close, below)
    #expect(desk.host.detached == 0)
    try client.submit(1, .read, 0)
    client.ring()
    #expect(try client.take() == [[1, 0]])
    desk.ask(.close, client.file)
    #expect(desk.host.detached == 1)
  }
}
