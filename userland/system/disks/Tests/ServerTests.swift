// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
import Storage
import Testing

@testable import Disks

/// The program around the server: time is a number, memory is whatever the test brings.
final class ModelHost: DiskHost {
  var time: UInt64 = 0
  var areas: [UInt32: SharedBytes] = [:]
  var detached = 0
  var abandoned = 0

  func now() -> UInt64 { time }
  func attach(_ object: Handle, least: UInt64) throws(SystemError) -> ClientArea {
    guard let bytes = areas[object.rawValue], least <= UInt64(bytes.count) else {
      throw .invalidArgument
    }
    return ClientArea(
      bytes, pages: [UInt64](repeating: 0, count: bytes.count / 4096),
      name: UInt64(object.rawValue))
  }
  func detach(_ area: ClientArea) { detached += 1 }
  func watchInterrupts(_ session: SchemeSession) throws(SystemError) {}
  func takeInterrupt() {}
  func pause() { time += 1_000_000_000 }
  func abandon() { abandoned += 1 }
}

final class ModelSession: SchemeSession {
  /// The tags of the openings that were closed since: an opening's tag stands for the description.
  var closed: Set<UInt> = []
  var answers: [UInt: (result: UInt, bytes: [UInt8])] = [:]
  var inputs: [UInt: [UInt8]] = [:]
  var opened: [UInt: UInt64] = [:]
  var signals: [UInt64] = []
  var revoked: [UInt64] = []

  override func answer(_ tag: RequestTag, _ result: UInt, _ bytes: Span<UInt8>) -> Bool {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    answers[tag.rawValue] = (result, copy)
    return true
  }
  override func answer(_ tag: RequestTag, with bytes: SharedBytes) -> Bool {
    var copy = [UInt8](repeating: 0, count: bytes.count)
    var span = copy.mutableSpan
    bytes.copy(from: 0, to: &span)
    answers[tag.rawValue] = (UInt(bytes.count), copy)
    return true
  }
  override func answer(_ tag: RequestTag, opening word: UInt64, isStream: Bool) -> Bool {
    opened[tag.rawValue] = word
    return true
  }
  override func read(
    _ tag: RequestTag, at offset: Int, into bytes: SharedBytes
  ) throws(SystemError) -> Int {
    guard let input = inputs[tag.rawValue] else { throw .gone }
    let part = Array(input[offset..<min(input.count, offset + bytes.count)])
    bytes.copy(part.span, to: 0)
    return part.count
  }
  override func descriptions() throws(SystemError) -> [SchemeDescriptionRecord] {
    opened.keys.sorted().filter { !closed.contains($0) }.map { tag in
      var record = SchemeDescriptionRecord()
      record.description = UInt64(tag)
      record.word = opened[tag] ?? 0
      return record
    }
  }
  /// Who opened the file with this word last, and has it open.
  func description(_ word: UInt64) -> UInt? {
    opened.keys.filter { opened[$0] == word && !closed.contains($0) }.max()
  }
  override func signal(_ word: UInt64, _ events: EventSet) { signals.append(word) }
  override func revoke(_ word: UInt64) { revoked.append(word) }
}

func unit(
  _ number: Int, _ script: DiskScript, _ capsule: SharedBytes, pages: Int = 16
) throws -> DiskUnit<ScriptedDisk> {
  DiskUnit(
    number, ScriptedDisk(script: script),
    TransferMemory(
      hostMemory(pages * 4096), addresses: [UInt64](repeating: 0, count: pages)),
    try PartitionList(in: capsule))
}

/// Clients of a disk with one partition, blocks 100 to 199.
final class Desk {
  let script = DiskScript()
  let host = ModelHost()
  let session = ModelSession(name: "disk.test")
  var server: DiskServer<ScriptedDisk, ModelHost>
  let capsule = hostMemory(PartitionList.byteCount)
  private let requests = hostMemory(1 << 20)
  private let answers = hostMemory(1 << 18)
  private var nextTag: UInt = 1

  init(pages: Int = 64) throws {
    var table = [UInt8](repeating: 0, count: 512)
    table.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0])
    (table[510], table[511]) = (0x55, 0xAA)
    script.medium[0] = table
    script.geometry.hasCache = true
    server = DiskServer([try unit(0, script, capsule, pages: pages)], host, firstSerial: 5)
    server.start(session)
  }

  /// Sends a request and returns its tag.
  @discardableResult
  func ask(
    _ operation: SchemeOperation, _ word: UInt64, code: UInt32 = 0, first: UInt64 = 0,
    second: UInt64 = 0, _ input: [UInt8] = [], room: UInt64 = 0, passing: UInt32? = nil,
    user: UInt32 = 0
  ) -> UInt {
    var record = SchemeRequest()
    record.tag = nextTag
    nextTag += 1
    record.operation = operation.rawValue
    record.word = word
    record.code = code
    record.first = first
    record.second = second
    record.inputCount = UInt64(input.count)
    record.outputCount = room
    record.caller.user = user
    if let description = session.description(word) {
      record.description = UInt64(description)
      if operation == .close { session.closed.insert(description) }
    }
    if let passing {
      record.flags |= SchemeRequest.hasHandle
      record.third = UInt64(passing)
    }
    requests.store(record, at: 0)
    requests.copy(input.span, to: 128)
    session.inputs[record.tag] = input
    let area = unsafe MessageArea(requests: requests, answers: answers)
    let answer = server.dispatch(area, session)
    if answer.tag != 0 {
      var bytes: [UInt8] = []
      if answer.data.count > 0, answer.result <= UInt(answers.count) {
        bytes = [UInt8](repeating: 0, count: Int(answer.result))
        var span = bytes.mutableSpan
        answers.copy(from: 0, to: &span)
      }
      session.answers[record.tag] = (answer.result, bytes)
    }
    if answer.tag != 0, answer.flags == .opened {
      session.opened[record.tag] = UInt64(answer.result)
    }
    return record.tag
  }

  func error(_ tag: UInt) -> SystemError? {
    guard let answer = session.answers[tag] else { return nil }
    do throws(SystemError) {
      _ = try CallResult(rawValue: answer.result).get()
      return nil
    } catch { return error }
  }

  func open(_ name: Text, _ flags: OpenFlags = .readWrite) throws -> UInt64 {
    try #require(session.opened[ask(.open, 0, first: UInt64(flags.rawValue), name.bytes)])
  }

  func read(_ file: UInt64, _ offset: UInt64, _ count: UInt64) -> [UInt8]? {
    session.answers[ask(.read, file, first: offset, room: count)]?.bytes
  }
}

@Suite("The scheme of a disk")
struct ServerTests {
  @Test func partitionsLieWhereTheTableSays() throws {
    let desk = try Desk()
    let (disk, part) = (try desk.open("0", .read), try desk.open("0p0"))
    for name: Text in ["0p1", "1", "0p", "0p00", "0px", "0p300"] {
      let tag = desk.ask(.open, 0, first: UInt64(OpenFlags.read.rawValue), name.bytes)
      #expect(desk.error(tag) == .notFound)
    }
    let block = [UInt8](repeating: 7, count: 512)
    let tag = desk.ask(.write, part, first: 512, block)
    #expect(desk.session.answers[tag]?.result == 512)
    #expect(desk.script.cache[101]?[0] == 7)
    #expect(desk.read(disk, 101 * 512, 512) == block)
    // The end of the partition is not that of the disk.
    #expect(desk.read(part, 100 * 512, 512) == [])
    #expect(desk.read(part, 99 * 512 + 500, 512)?.count == 12)
    #expect(desk.error(desk.ask(.write, part, first: 100 * 512, block)) == .noSpace)
    #expect(
      desk.session.answers[desk.ask(.write, part, first: 99 * 512, block + block)]?.result == 512)
    #expect(desk.script.cache[200] == nil)
  }

  @Test func offsetsAndLengthsAreWholeBlocksForWrites() throws {
    let desk = try Desk()
    let disk = try desk.open("0")
    let bytes = (0..<2048).map { UInt8(truncatingIfNeeded: $0 / 7) }
    _ = desk.ask(.write, disk, first: 512 * 10, bytes)
    #expect(desk.read(disk, 512 * 10 + 3, 700) == Array(bytes[3..<703]))
    #expect(desk.read(disk, 512 * 10 + 8, 1200) == Array(bytes[8..<1208]))
    #expect(desk.error(desk.ask(.write, disk, first: 5, bytes)) == .invalidArgument)
    #expect(desk.error(desk.ask(.write, disk, first: 512, [1, 2])) == .invalidArgument)
    #expect(desk.session.answers[desk.ask(.write, disk, first: 0, bytes + [1])]?.result == 2048)
    #expect(desk.read(disk, .max - 5, 512) == [])
  }

  @Test func flushesAndForcedWritesReachTheMedium() throws {
    let desk = try Desk()
    let disk = try desk.open("0")
    let block = [UInt8](repeating: 3, count: 512)
    desk.ask(.write, disk, first: 512 * 20, block)
    #expect(desk.script.medium[20] == nil)
    desk.ask(.synchronise, disk)
    #expect(desk.script.medium[20] == block)
    desk.ask(
      .write, disk, first: 512 * 21, second: UInt64(OpenFlags.synchronous.rawValue), block)
    #expect(desk.script.medium[21] == block)
    let offset: [UInt8] = [0, 44, 0, 0, 0, 0, 0, 0]
    desk.ask(.call, disk, code: DiskRequest.writeForced.rawValue, offset + block)
    #expect(desk.script.medium[22] == block)
  }

  @Test func errorsOfTheMediumArriveAndOthersGoOn() throws {
    let desk = try Desk()
    desk.script.bad = [30]
    let disk = try desk.open("0")
    #expect(desk.error(desk.ask(.read, disk, first: 512 * 30, room: 512)) == .inputOutput)
    #expect(desk.read(disk, 512 * 31, 512)?.count == 512)
  }

  @Test func requestsWaitForPages() throws {
    let desk = try Desk(pages: 2)
    let disk = try desk.open("0")
    desk.script.holds = true
    let tags = (0..<5).map { desk.ask(.read, disk, first: UInt64($0) * 4096, room: 4096) }
    #expect(desk.script.held.count == 2)
    desk.script.holds = false
    while !desk.script.held.isEmpty { desk.script.end() }
    desk.server.handle(EventRecord())
    for tag in tags { #expect(desk.session.answers[tag]?.bytes.count == 4096) }
  }

  @Test func whoOpensSeesWhatWasAskedBefore() throws {
    let desk = try Desk()
    let disk = try desk.open("0")
    desk.script.holds = true
    desk.ask(.write, disk, first: 0, [UInt8](repeating: 9, count: 512))
    desk.ask(.close, disk)
    let tag = desk.ask(.open, 0, first: UInt64(OpenFlags.read.rawValue), Array("0".utf8))
    #expect(desk.session.opened[tag] == nil)
    desk.script.holds = false
    desk.script.end()
    desk.server.handle(EventRecord())
    #expect(desk.session.opened[tag] != nil && desk.script.content(0)[0] == 9)
  }

  @Test func partitionsStayWhereTheyWereOpened() throws {
    let desk = try Desk()
    let disk = try desk.open("0")
    desk.ask(.write, disk, first: 0, [UInt8](repeating: 0, count: 512))
    desk.server = DiskServer(
      [try unit(0, desk.script, desk.capsule)], desk.host, firstSerial: 50)
    desk.server.start(desk.session)
    let part = try desk.open("0p0", .read)
    #expect(desk.error(desk.ask(.call, disk, code: DiskRequest.rescan.rawValue)) == .busy)
    desk.ask(.close, part)
    let again = desk.ask(.call, disk, code: DiskRequest.rescan.rawValue)
    #expect(desk.session.answers[again]?.result == 0)
    let gone = desk.ask(.open, 0, first: UInt64(OpenFlags.read.rawValue), Array("0p0".utf8))
    #expect(desk.error(gone) == .notFound)
  }

  @Test func theDisksOfAControllerAreNumberedByTheirPlaces() throws {
    let desk = try Desk()
    let (second, third) = (DiskScript(), DiskScript())
    desk.server = DiskServer(
      [
        try unit(0, desk.script, desk.capsule),
        try unit(3, second, hostMemory(PartitionList.byteCount)),
        try unit(12, third, hostMemory(PartitionList.byteCount)),
      ], desk.host, firstSerial: 50)
    desk.server.start(desk.session)
    let names = ["0", "0p0", "3", "12"]
    let list = desk.session.answers[desk.ask(.readDirectory, 0, room: 4096)]?.bytes ?? []
    for name in names {
      #expect(list.firstRange(of: Array(name.utf8)) != nil, "\(name)")
    }
    let block = [UInt8](repeating: 5, count: 512)
    desk.ask(.write, try desk.open("3"), first: 512, block)
    #expect(second.cache[1] ?? second.medium[1] == block && desk.script.content(1) != block)
    for name: Text in ["1", "3p0", "03", "13", "256", "3p", "p0", "3p255"] {
      let tag = desk.ask(.open, 0, first: UInt64(OpenFlags.read.rawValue), name.bytes)
      #expect(desk.error(tag) == .notFound)
    }
  }

  @Test func aDiskThatIsGoneLeavesTheOthers() throws {
    let desk = try Desk()
    let other = DiskScript()
    let units = [
      try unit(0, desk.script, desk.capsule),
      try unit(1, other, hostMemory(PartitionList.byteCount)),
    ]
    desk.server = DiskServer(units, desk.host, firstSerial: 50)
    desk.server.start(desk.session)
    let (gone, there) = (try desk.open("0"), try desk.open("1"))
    desk.script.holds = true
    let held = desk.ask(.read, gone, room: 512)
    desk.script.resetFailure = .gone
    desk.script.breaks = 1
    desk.server.handle(EventRecord())
    #expect(desk.error(held) == .noDevice)
    #expect(desk.error(desk.ask(.read, gone, room: 512)) == .noDevice)
    #expect(desk.read(there, 512, 512)?.count == 512)
    #expect(desk.host.abandoned == 0)
    // A successor that does not find it has no other disk in its place.
    desk.server = DiskServer([units[1]], desk.host, firstSerial: 90)
    desk.server.start(desk.session)
    #expect(desk.error(desk.ask(.read, gone, room: 512)) == .noDevice)
    #expect(desk.error(desk.ask(.status, gone)) == .noDevice)
    #expect(desk.read(there, 512, 512)?.count == 512)
  }

  @Test func onlyRootHasDisks() throws {
    let desk = try Desk()
    let flags = UInt64(OpenFlags.read.rawValue)
    #expect(desk.error(desk.ask(.open, 0, first: flags, Array("0".utf8), user: 5)) == .accessDenied)
    desk.script.geometry.isReadOnly = true
    let tag = desk.ask(.open, 0, first: UInt64(OpenFlags.write.rawValue), Array("0".utf8))
    #expect(desk.error(tag) == .readOnlyFileSystem)
  }
}

// MARK: Rings

/// A client's side of rings with sixteen entries, and its data behind them.
final class RingDesk {
  let desk: Desk
  let file: UInt64
  let area = hostMemory(65_536)
  var rings: RingClientSide<DiskSubmission, DiskCompletion>
  static var ringBytes: Int { 4096 }

  init(_ name: Text = "0", _ flags: OpenFlags = .readWrite) throws {
    let desk = try Desk()
    self.desk = desk
    file = try desk.open(name, flags)
    let memory = area.extracting(0..<Self.ringBytes)
    try RingPair.prepare(memory, DiskSubmission.self, DiskCompletion.self, capacity: 16)
    rings = try RingClientSide(memory)
    desk.host.areas[77] = area
    let tag = desk.ask(
      .sendHandle, file, code: RingOperation.attach, first: UInt64(Self.ringBytes), passing: 77)
    try #require(desk.error(tag) == nil)
  }

  func submit(
    _ name: UInt64, _ operation: DiskOperation, _ block: UInt64, _ count: UInt32 = 1,
    at offset: UInt64 = 8192, forced: Bool = false, raw: UInt8? = nil
  ) throws {
    var entry = DiskSubmission()
    entry.identifier = name
    entry.operation = raw ?? operation.rawValue
    entry.block = block
    entry.blockCount = count
    entry.dataOffset = offset
    entry.flags = forced ? DiskSubmission.forced : 0
    #expect(try rings.submissions.push(entry))
    _ = rings.submissions.publish()
  }

  func ring() { desk.ask(.call, file, code: RingOperation.doorbell) }

  func take() throws -> [[Int64]] {
    var found: [[Int64]] = []
    while let completion = try rings.completions.pop() {
      found.append([Int64(completion.identifier), completion.result])
    }
    return found
  }
}

@Suite("Rings of a disk")
struct RingTests {
  @Test func manyRequestsAtATime() throws {
    let client = try RingDesk("0p0")
    for index in 0..<512 { client.area.store(UInt8(index & 0xFF), at: 8192 + index) }
    try client.submit(1, .write, 3, forced: true)
    try client.submit(2, .read, 3, at: 16_384)
    try client.submit(3, .flush, 0, 0)
    client.ring()
    #expect(try client.take() == [[1, 0], [2, 0], [3, 0]])
    #expect(client.desk.script.medium[103]?[5] == 5)
    #expect(client.area.load(at: 16_384 + 5, as: UInt8.self) == 5)
  }

  @Test func whatCannotBeIsRefused() throws {
    let client = try RingDesk("0p0")
    let range = -Int64(SystemError.invalidArgument.rawValue)
    let place = -Int64(SystemError.badAddress.rawValue)
    try client.submit(1, .read, 100)
    try client.submit(2, .read, .max, .max)
    try client.submit(3, .read, 0, 0)
    try client.submit(4, .read, 0, raw: 200)
    try client.submit(5, .read, 0, at: 0)
    try client.submit(6, .read, 0, at: 65_536)
    try client.submit(7, .read, 0, at: .max - 511)
    try client.submit(8, .write, 0, at: 8193)
    try client.submit(9, .read, 0, 2, at: 65_024)
    client.ring()
    #expect(
      try client.take() == [
        [1, range], [2, range], [3, range], [4, range], [5, place], [6, place], [7, place],
        [8, place], [9, place],
      ])
  }

  @Test func aBrokenRingHasNoDiskAnyMore() throws {
    let client = try RingDesk()
    client.area.storeReleasing32(9_999, at: 64)
    client.area.storeReleasing32(9_999, at: 128)
    for place in stride(from: 12, to: 200, by: 4) {
      client.area.storeReleasing32(0x5555_0000 + UInt32(place), at: place)
    }
    client.ring()
    #expect(client.desk.session.revoked == [client.file] && client.desk.host.detached == 1)
    try? client.submit(1, .read, 0)
  }

  @Test func memoryGoesBackWithTheLastRequest() throws {
    let client = try RingDesk()
    client.desk.script.holds = true
    try client.submit(1, .read, 0)
    client.ring()
    client.desk.ask(.close, client.file)
    #expect(client.desk.host.detached == 0)
    client.desk.script.end()
    client.desk.server.handle(EventRecord())
    #expect(client.desk.host.detached == 1)
    #expect(try client.take() == [])
  }
}
