// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Groups and locks") struct GroupTests {
    private let schemes: SchemeBench
    private var bench: Bench { schemes.bench }
    private let authority: Handle

    init() throws {
      schemes = try SchemeBench()
      let description = try newDescription(.kernel(.authority), Fixture.rootAccount)
      authority = try insertHandle(
        schemes.bench.process, description, .everything, OpenFlags())
    }

    private func set(_ groups: [UInt32], _ authority: Handle) throws {
      let bytes = groups.flatMap { word in (0..<4).map { UInt8(word >> ($0 * 8) & 0xFF) } }
      bench.store(bytes, at: bench.memory)
      try bench.call(
        SetGroups {
          $0.process = .none
          $0.groups = UserSpan(address: bench.memory, count: UInt(bytes.count))
          $0.authority = authority
        })
    }

    private func numbers(_ count: Int, on thread: Ref<Thread>? = nil) -> [UInt32] {
      let bytes = bench.load(count * 4, at: bench.memory + 0x800, on: thread)
      return (0..<count).map { index in
        (0..<4).reduce(0) { $0 | UInt32(bytes[index * 4 + $1]) << ($1 * 8) }
      }
    }

    private func get(_ room: Int) throws -> (count: UInt, numbers: [UInt32]) {
      bench.store([UInt8](repeating: 0xEE, count: 132), at: bench.memory + 0x800)
      let count = try bench.call(
        GetGroups {
          $0.process = .none
          $0.buffer = UserSpan(address: bench.memory + 0x800, count: UInt(room))
        })
      return (count, numbers(33))
    }

    @Test func groupsAreSetWithAuthorityAndReadByAnybody() throws {
      #expect(try get(128).count == 0)
      // What stays as it is takes no authority.
      try set([], .none)
      #expect(throws: SystemError.notPermitted) { try set([5], .none) }
      #expect(throws: SystemError.notPermitted) { try set([5], schemes.root) }
      try set([5, 0, 0xFFFF_FFFE], authority)
      try set([5, 0, 0xFFFF_FFFE], .none)
      let all = try get(128)
      #expect(all.count == 3)
      #expect(Array(all.numbers.prefix(4)) == [5, 0, 0xFFFF_FFFE, 0xEEEE_EEEE])
      // As many as there is room for.
      let some = try get(11)
      #expect(some.count == 3)
      #expect(Array(some.numbers.prefix(3)) == [5, 0, 0xEEEE_EEEE])
      #expect(try get(0).count == 3)
      try set((0..<32).map { $0 }, authority)
      #expect(try get(200).numbers.prefix(32) == (0..<32).map { $0 }[...])
      #expect(throws: SystemError.invalidArgument) {
        try set((0..<33).map { $0 }, authority)
      }
      #expect(throws: SystemError.invalidArgument) {
        try bench.call(
          SetGroups {
            $0.process = .none
            $0.groups = UserSpan(address: bench.memory, count: 3)
            $0.authority = authority
          })
      }
      #expect(throws: SystemError.badAddress) {
        try bench.call(
          SetGroups {
            $0.process = .none
            $0.groups = UserSpan(address: UInt.max - 64, count: 4)
            $0.authority = authority
          })
      }
    }

    @Test func childrenInheritGroups() throws {
      try set([7, 8], authority)
      let embryo = try Handle(word: bench.call(CreateProcess { $0.account = .none }))
      #expect(
        try bench.call(
          GetGroups {
            $0.process = embryo
            $0.buffer = UserSpan(address: bench.memory + 0x800, count: 128)
          }) == 2)
      #expect(numbers(2) == [7, 8])
      try set([], authority)
      #expect(try bench.call(GetGroups { $0.process = embryo }) == 2)
    }

    @Test func aServerAsksForItsClientsGroups() throws {
      try set([70, 71], authority)
      let client = try bench.makeThread()
      var call = Truncate()
      call.handle = schemes.root
      #expect(bench.begin(call, on: client) == nil)
      let record = try #require(try schemes.take())
      let memory = bench.memory + 0x800
      func ask(_ tag: UInt) throws -> UInt {
        try bench.call(
          CallerGroups {
            $0.server = schemes.session
            $0.tag = tag
            $0.buffer = UserSpan(address: memory, count: 128)
          }, on: schemes.server)
      }
      #expect(try ask(record.tag) == 2)
      #expect(bench.load(8, at: memory, on: schemes.server) == [70, 0, 0, 0, 71, 0, 0, 0])
      #expect(throws: SystemError.gone) { try ask(record.tag + 1) }
      try schemes.answer(record.tag)
      #expect(throws: SystemError.gone) { try ask(record.tag) }
      #expect(throws: SystemError.gone) { try ask(0) }
    }

    @Test func locksAndSpaceAreTheServersAffair() throws {
      let client = try bench.makeThread()
      var lock = LockFile()
      lock.handle = schemes.root
      lock.operation = .exclusive
      lock.start = 100
      lock.length = 0
      #expect(bench.begin(lock, on: client) == nil)
      let record = try #require(try schemes.take())
      #expect(record.operation == SchemeOperation.lock.rawValue)
      #expect(record.code == LockOperation.exclusive.rawValue)
      #expect(record.first == 100 && record.second == 0 && record.outputCount == 0)
      // It waits for as long as nobody answers.
      #expect(bench.settle(client) == nil)
      try schemes.answer(record.tag)
      #expect(bench.settle(client) == 0)

      var allocate = AllocateFile()
      allocate.handle = schemes.root
      allocate.offset = 5
      allocate.length = 6
      allocate.flags = .keepSize | .zeroRange
      #expect(bench.begin(allocate, on: client) == nil)
      let other = try #require(try schemes.take())
      #expect(other.operation == SchemeOperation.allocate.rawValue)
      #expect(other.code == 5 && other.first == 5 && other.second == 6)
      try schemes.answer(other.tag, CallResult(.noSpace).rawValue)
      #expect(bench.settle(client) == CallResult(.noSpace).rawValue)
    }

    @Test func rightsAreLookedAt() throws {
      let bare = try Handle(
        word: bench.call(
          Duplicate {
            $0.handle = schemes.root
            $0.rights = .transfer
          }))
      #expect(throws: SystemError.accessDenied) {
        try bench.call(LockFile { $0.handle = bare })
      }
      let reader = try Handle(
        word: bench.call(
          Duplicate {
            $0.handle = schemes.root
            $0.rights = .read
          }))
      #expect(throws: SystemError.accessDenied) {
        try bench.call(AllocateFile { $0.handle = reader })
      }
      #expect(throws: SystemError.notSupported) {
        try bench.call(LockFile { $0.handle = authority })
      }
      var call = LockFile()
      call.handle = schemes.root
      var words = call.words
      words.b = 7
      #expect(throws: SystemError.invalidArgument) { try LockFile(words) }
    }
  }
}
