// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Device memory") struct DeviceMemoryTests {
    let bench: Bench
    let device: Handle

    init() throws {
      bench = try Bench()
      let region = MemoryRegion(start: PhysicalAddress(0xF000_0000), byteCount: 8192)
      let object = try MemoryObject.create(over: region, .uncached, account: Fixture.rootAccount)
      let description = try newDescription(.memory(object), Fixture.rootAccount)
      device = try insertHandle(bench.process, description, .everything, OpenFlags())
    }

    private func map(_ flags: MapFlags) throws -> UInt {
      var call = Map()
      call.object = device
      call.length = 8192
      call.flags = flags
      return try bench.call(call)
    }

    /// A private mapping is copied when it is written, and the kernel sees no device's memory.
    @Test func aPrivateMappingIsOnlyRead() throws {
      #expect(throws: SystemError.accessDenied) { try map(.read | .write | .populate) }
      let address = try map(.read)
      var protect = Protect()
      protect.space = .none
      protect.address = address
      protect.length = 8192
      protect.flags = .read | .write
      #expect(throws: SystemError.accessDenied) { try bench.call(protect) }
      _ = try map(.read | .write | .shared)
    }

    @Test func debuggersDoNotReachIt() throws {
      let address = try map(.read | .write | .shared | .populate)
      for operation: DebugOperation in [.read, .write] {
        var access = AccessMemory()
        access.process = .none
        access.address = address
        access.buffer = UserSpan(address: bench.memory, count: 64)
        access.operation = operation
        #expect(throws: SystemError.badAddress) { try bench.call(access) }
      }
    }

    @Test func addressesTakeAuthority() throws {
      var create = CreateMemory()
      create.length = 8192
      create.flags = .wired
      var call = MapForDevice()
      call.object = try Handle(word: bench.call(create))
      call.buffer = UserSpan(address: bench.memory, count: 64)
      let pipe = try bench.open(try bench.root(.pipe), "", .read)
      let memory = try bench.root(.memory)
      for handle in [call.object, device, try bench.open(pipe, "write", .write), memory] {
        call.authority = handle
        #expect(throws: SystemError.accessDenied) { try bench.call(call) }
      }
      for (name, needed) in [("translation", Rights.map), ("physical", .manage)] {
        call.authority = try bench.open(memory, name, .readWrite)
        #expect(try bench.call(call) == 2)
        #expect(word(of: bench.load(8, at: bench.memory)) & 4095 == 0)
        var duplicate = Duplicate()
        duplicate.handle = call.authority
        duplicate.rights = Rights.everything.subtracting(needed)
        call.authority = try Handle(word: bench.call(duplicate))
        #expect(throws: SystemError.accessDenied) { try bench.call(call) }
      }
    }

    @Test func itIsNoMessageArea() throws {
      var attach = AttachScheme()
      attach.scheme = try Handle(word: bench.call(CreateScheme()))
      attach.area = device
      #expect(throws: SystemError.invalidArgument) { try bench.call(attach) }
    }
  }
}
