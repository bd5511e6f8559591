// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import PCI
import PCIExample
import Schemes
import Testing

@testable import FunctionKeeping

func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// A kernel whose handles are numbers of things that somebody holds or nobody.
final class ModelKernel: FunctionMachine {
  /// How many handles there are of each thing.
  var references: [UInt32: Int] = [:]
  private var nextThing: UInt32 = 100
  var stored: [UInt64: InterruptMessage] = [:]
  var devices: [Range<UInt64>] = []
  var paused: UInt64 = 0
  /// Looks at the machine whenever memory is given back.
  var whenFreed: ((UInt32) -> Void)?

  func make() -> Handle {
    nextThing += 1
    references[nextThing] = 1
    return Handle(rawValue: nextThing)
  }

  func copy(_ handle: Handle) -> Handle {
    references[handle.rawValue, default: 0] += 1
    return handle
  }

  func close(_ handle: Handle) {
    references[handle.rawValue, default: 0] -= 1
    if references[handle.rawValue] == 0 { whenFreed?(handle.rawValue) }
  }

  func isThere(_ handle: Handle) -> Bool { references[handle.rawValue, default: 0] > 0 }

  func deviceMemory(at address: UInt64, byteCount: UInt64) throws(SystemError) -> Handle {
    devices.append(address..<address + byteCount)
    return make()
  }
  func ports(_ ports: ClosedRange<UInt16>) throws(SystemError) -> Handle { make() }
  func addresses(of object: Handle, from offset: UInt64) throws(SystemError) -> [UInt64] {
    guard isThere(object) else { throw .badHandle }
    return [UInt64(object.rawValue) << 12, UInt64(object.rawValue) << 12 | 0x100_0000]
  }
  func makeInterrupt() throws(SystemError) -> (handle: Handle, message: InterruptMessage) {
    let handle = make()
    return (handle, InterruptMessage(address: 0xFEE0_0000, data: handle.rawValue))
  }
  func store(_ message: InterruptMessage, at address: UInt64) throws(SystemError) {
    stored[address] = message
  }
  func pause(milliseconds: UInt64) { paused += milliseconds }
}

/// The scheme's side of the kernel: what it keeps, and who has what open.
final class ModelSession: SchemeSession {
  let kernel: ModelKernel
  var kept: [Int: Handle] = [:]
  var open: [UInt64: UInt64] = [:]

  init(_ kernel: ModelKernel) {
    self.kernel = kernel
    super.init(name: "pci")
  }

  override func keep(_ handle: Handle, at place: Int) throws(SystemError) {
    dropKept(place)
    kept[place] = handle
  }
  override func copyKept(_ place: Int) throws(SystemError) -> Handle {
    guard let handle = kept[place] else { throw .notFound }
    return kernel.copy(handle)
  }
  override func dropKept(_ place: Int) {
    if let handle = kept.removeValue(forKey: place) { kernel.close(handle) }
  }
  override func descriptions() throws(SystemError) -> [SchemeDescriptionRecord] {
    open.map { description, word in
      var record = SchemeDescriptionRecord()
      record.description = description
      record.word = word
      return record
    }
  }
}

private let disk = FunctionAddress(bus: 0, device: 4)

/// A machine with one function, served by one pcid after another.
private struct Desk: ~Copyable {
  let space = ScriptedSpace()
  let kernel = ModelKernel()
  let session: ModelSession
  let capsule = hostMemory(FunctionTable.byteCount)
  let requests = hostMemory(4096)
  let answers = hostMemory(65_536)
  var server: FunctionServer<ScriptedSpace, ModelKernel>

  init(canBeReset: Bool = true) throws {
    session = ModelSession(kernel)
    space.add(disk)
    space.base(disk, 1, 0xFEB0_0000, mask: 0xFFFF_F000)
    space.set(disk, 6, 2, 0x10)
    space.set(disk, 0x34, 1, 0x40)
    space.set(disk, 0x40, 4, 0x0003_5011)
    space.permit(disk, 0x42, 2, 0xC000)
    space.set(disk, 0x44, 4, 1)
    space.set(disk, 0x50, 2, 0x6009)
    space.set(disk, 0x60, 2, 0x0010)
    if canBeReset { space.set(disk, 0x64, 4, 1 << 28) }
    server = try Desk.server(capsule, space, kernel)
    server.start(session)
  }

  private static func server(
    _ capsule: SharedBytes, _ space: ScriptedSpace, _ kernel: ModelKernel
  ) throws -> FunctionServer<ScriptedSpace, ModelKernel> {
    let table = try FunctionTable(in: capsule)
    table.update([BusRange(segment: 0, first: 0, last: 3)], space)
    return FunctionServer(table, space, kernel)
  }

  /// pcid dies, and its successor begins.
  mutating func replace() throws {
    server = try Desk.server(capsule, space, kernel)
    server.start(session)
  }

  mutating func ask(
    _ operation: SchemeOperation, _ word: UInt64, code: UInt32 = 0, first: UInt64 = 0,
    _ input: [UInt8] = [], passing: Handle? = nil, description: UInt64 = 1, sequence: UInt64 = 1,
    again: Bool = false, user: UInt32 = 0, room: UInt64 = 4096
  ) -> Answer {
    var record = SchemeRequest()
    record.tag = 9
    record.operation = operation.rawValue
    record.word = word
    record.code = code
    record.first = first
    record.inputCount = UInt64(input.count)
    record.outputCount = room
    record.description = description
    record.sequence = sequence
    record.caller.user = user
    if again { record.flags |= SchemeRequest.again }
    if let passing {
      record.flags |= SchemeRequest.hasHandle
      record.third = UInt64(passing.rawValue)
    }
    requests.store(record, at: 0)
    requests.copy(input.span, to: 128)
    let area = unsafe MessageArea(requests: requests, answers: answers)
    return server.dispatch(area, session)
  }

  func error(_ answer: Answer) -> SystemError? {
    do throws(SystemError) {
      _ = try CallResult(rawValue: answer.result).get()
      return nil
    } catch { return error }
  }

  mutating func open(_ path: Text, user: UInt32 = 0) -> Answer {
    ask(
      .open, 0, first: UInt64(OpenFlags.readWrite.rawValue), path.bytes, user: user)
  }

  /// Takes the function.
  mutating func take(description: UInt64) throws -> UInt64 {
    let answer = open("0000--00--04.0/channel")
    try #require(error(answer) == nil)
    session.open[description] = UInt64(answer.result)
    return UInt64(answer.result)
  }

  /// The holder dies.
  mutating func leave(_ word: UInt64) {
    for (description, known) in session.open where known == word { session.open[description] = nil }
    _ = ask(.close, word)
  }

  mutating func share(_ channel: UInt64, sequence: UInt64 = 5, again: Bool = false) -> (
    Handle, Answer
  ) {
    let object = kernel.make()
    let answer = ask(
      .sendHandle, channel, code: FunctionRequest.share.rawValue, passing: object,
      sequence: sequence, again: again)
    return (object, answer)
  }

  mutating func call(_ channel: UInt64, _ request: FunctionRequest, _ input: [UInt8] = []) -> Answer
  {
    ask(.call, channel, code: request.rawValue, input)
  }

  var command: FunctionCommand { space.command(disk) }
}

@Suite("Who has a function")
struct FunctionServerTests {
  @Test func oneAtATime() throws {
    var desk = try Desk()
    let first = try desk.take(description: 1)
    #expect(desk.error(desk.open("0000--00--04.0/channel")) == .noLocks)
    #expect(desk.error(desk.open("0000--00--04.0/channel", user: 7)) == .accessDenied)
    #expect(desk.error(desk.open("0000--00--05.0/channel")) == .notFound)
    desk.leave(first)
    let second = try desk.take(description: 2)
    #expect(second != first)
    // The first one's file means nothing any more, and its close ends nobody's turn.
    #expect(desk.error(desk.call(first, .start)) == .gone)
    _ = desk.ask(.close, first)
    #expect(desk.error(desk.call(second, .start)) == nil)
    #expect(desk.command.isBusMaster && desk.command.decodesMemory)
  }

  @Test func memoryGoesBackWhenTheFunctionCannotReachIt() throws {
    var desk = try Desk()
    let channel = try desk.take(description: 1)
    let (object, answer) = desk.share(channel)
    #expect(desk.error(answer) == nil)
    _ = desk.call(channel, .start)
    let space = desk.space
    var states: [Bool] = []
    desk.kernel.whenFreed = { _ in states.append(space.command(disk).isBusMaster) }
    desk.leave(channel)
    #expect(!desk.kernel.isThere(object) && states == [false])
    #expect(desk.kernel.paused >= ResetCapability.recovery)
    #expect(space.writes.contains { $0.0 == 0x68 && $0.1 & 0x8000 != 0 })
  }

  @Test func memoryOfAFunctionThatCannotBeResetWaitsForItsDriver() throws {
    var desk = try Desk(canBeReset: false)
    let channel = try desk.take(description: 1)
    let (object, _) = desk.share(channel)
    desk.leave(channel)
    #expect(desk.kernel.isThere(object) && !desk.command.isBusMaster)
    try desk.replace()
    #expect(desk.kernel.isThere(object))
    let second = try desk.take(description: 2)
    _ = desk.call(second, .settled)
    #expect(!desk.kernel.isThere(object))
  }

  @Test func aHolderThatDiesWhileNobodyServesIsNoticed() throws {
    var desk = try Desk()
    let channel = try desk.take(description: 1)
    let (object, _) = desk.share(channel)
    _ = desk.call(channel, .start)
    desk.session.open = [:]
    try desk.replace()
    #expect(!desk.kernel.isThere(object) && !desk.command.isBusMaster)
    _ = try desk.take(description: 2)
  }

  @Test func holdersGoOnWithASuccessor() throws {
    var desk = try Desk()
    let channel = try desk.take(description: 1)
    let (object, answer) = desk.share(channel)
    _ = desk.call(channel, .start)
    let writes = desk.space.writes.count
    try desk.replace()
    // Nothing was sized, and nothing written, under the holder's feet.
    #expect(desk.space.writes.count == writes && desk.command.isBusMaster)
    #expect(desk.kernel.isThere(object))
    #expect(desk.error(desk.open("0000--00--04.0/channel")) == .noLocks)
    // The share that was answered to nobody is answered again, and not done again.
    let again = desk.ask(
      .sendHandle, channel, code: FunctionRequest.share.rawValue, passing: desk.kernel.make(),
      sequence: 5, again: true)
    #expect(again.result == answer.result && desk.session.kept.count == 1)
  }

  @Test func addressesAreThoseOfOwnMemory() throws {
    var desk = try Desk()
    let channel = try desk.take(description: 1)
    let (object, answer) = desk.share(channel)
    let name = words([UInt64(answer.result), 0])
    let found = desk.call(channel, .addresses, name)
    #expect(found.result == 16)
    #expect(desk.answers.load(at: 0, as: UInt64.self) == UInt64(object.rawValue) << 12)
    #expect(desk.error(desk.call(channel, .addresses, words([77, 0]))) == .notFound)
    #expect(desk.error(desk.call(channel, .addresses, words([0, 5]))) == .invalidArgument)
    #expect(desk.error(desk.call(channel, .addresses, [1])) == .invalidArgument)
    #expect(desk.error(desk.call(channel, .unshare, name)) == nil)
    #expect(desk.error(desk.call(channel, .unshare, name)) == .notFound)
    #expect(desk.kernel.references[object.rawValue] == 0)
  }

  @Test func interruptsAreProgrammedOnce() throws {
    var desk = try Desk()
    let channel = try desk.take(description: 1)
    func ask(_ desk: inout Desk, _ number: UInt64) -> Answer {
      desk.ask(
        .receiveHandle, channel, code: FunctionRequest.interrupt.rawValue, first: number)
    }
    let first = ask(&desk, 2)
    #expect(desk.error(first) == nil)
    #expect(desk.kernel.stored[0xFEB0_0020]?.data == UInt32(first.result))
    #expect(desk.space.read(disk, 0x42, width: 2) & 0xC000 == 0x8000)
    try desk.replace()
    #expect(ask(&desk, 2).result == first.result)
    #expect(desk.error(ask(&desk, 4)) == .notSupported)
    desk.leave(channel)
    #expect(desk.space.read(disk, 0x42, width: 2) & 0x8000 == 0)
    #expect(desk.session.kept.isEmpty)
  }

  @Test func holdersGetTheirOwnAddressesOnly() throws {
    var desk = try Desk()
    let channel = try desk.take(description: 1)
    for (number, error) in [(1, nil), (0, .notFound), (6, .notFound)] as [(UInt64, SystemError?)] {
      let answer = desk.ask(
        .receiveHandle, channel, code: FunctionRequest.baseAddress.rawValue, first: number)
      #expect(desk.error(answer) == error, "\(number)")
    }
    #expect(desk.kernel.devices == [0xFEB0_0000..<0xFEB0_1000])
    let folder = FunctionFile(.directory, key: disk.key).word
    #expect(desk.error(desk.call(folder, .start)) == .notSupported)
  }

  @Test func registersThatPlaceAFunctionAreNotItsDrivers() throws {
    var desk = try Desk()
    desk.space.permit(disk, 0x54, 4, .max)
    let channel = try desk.take(description: 1)
    func write(_ desk: inout Desk, _ place: UInt64, _ bytes: [UInt8]) -> SystemError? {
      desk.error(desk.ask(.write, channel, first: place, bytes))
    }
    for place: UInt64 in [0x04, 0x10, 0x3C, 0x40, 0x42, 0x44, 0x60, 0x68, 0x100] {
      #expect(write(&desk, place, [0xFF, 0xFF]) == .notPermitted, "\(place)")
    }
    #expect(write(&desk, 0x54, [1, 2, 3, 4]) == nil)
    #expect(desk.space.read(disk, 0x54, width: 4) == 0x0403_0201)
    for (place, bytes) in [(0x55, [1, 2]), (0x54, [1, 2, 3]), (5000, [1])] as [(UInt64, [UInt8])] {
      #expect(write(&desk, place, bytes) == .invalidArgument)
    }
  }

  @Test func registersAreReadAsBytes() throws {
    var desk = try Desk()
    let file = desk.open("0000--00--04.0/config")
    #expect(desk.error(file) == .accessDenied)
    let opened = desk.ask(
      .open, 0, first: UInt64(OpenFlags.read.rawValue), Array("0000--00--04.0/config".utf8))
    let word = UInt64(opened.result)
    let all = desk.ask(.read, word, room: 8192)
    #expect(all.result == 4096)
    #expect(desk.answers.load(at: 0, as: UInt32.self) == 0x1001_1AF4)
    #expect(desk.ask(.read, word, first: 1, room: 7).result == 7)
    #expect(desk.answers.load(at: 0, as: UInt8.self) == 0x1A)
    #expect(desk.ask(.read, word, user: 5, room: 8192).result == 64)
    #expect(desk.ask(.read, word, first: 5000).result == 0)
  }
}

private func words(_ words: [UInt64]) -> [UInt8] {
  words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
}
