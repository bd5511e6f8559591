// SPDX-License-Identifier: MIT
import Base
import Mutation
import PCI
import PCIExample
import Testing

private let place = FunctionAddress(bus: 0, device: 4)

@Suite("PCI functions")
struct PCITests {
  let space = ScriptedSpace()

  @Test func namesGoBothWays() {
    let address = FunctionAddress(segment: 1, bus: 0xAB, device: 31, function: 7)
    #expect(address.name == "0001--ab--1f.7")
    #expect(address.shortName == "pci-0001-ab-1f.7")
    #expect(place.shortName == "pci-00-04.0")
    #expect(FunctionAddress(name: address.name.span) == address)
    #expect(FunctionAddress(key: address.key) == address)
    for name: Text in [
      "", "0000--00--04", "0000--00--04.8", "0000--00--20.0", "0000--0G--04.0", "0000:00:04.0 ",
      "0000--00--04.01", "0000--AB--04.0",
    ] { #expect(FunctionAddress(name: name.span) == nil) }
  }

  private func sizes(count: Int = 6) -> BaseAddresses {
    BaseAddress.sizes(
      of: place, space, count: count, restoring: SizingState(place, space, count: count))
  }

  @Test func baseAddressesAreSized() {
    let function = space.add(place)
    space.set(place, 4, 2, 0x0007)
    space.base(place, 0, 0xC001, mask: 0xFF80)
    space.base(place, 1, 0xFEB0_0000, mask: 0xFFFF_F000)
    space.base(place, 2, 0x0000_000C, mask: 0xFFFF_C000)
    space.base(place, 3, 0x8, mask: .max)
    let before = function.bytes
    let found = sizes()
    #expect(found[0] == BaseAddress(.ports, address: 0xC000, byteCount: 128))
    #expect(found[1] == BaseAddress(.memory, address: 0xFEB0_0000, byteCount: 4096))
    #expect(
      found[2]
        == BaseAddress(
          .wideMemory, address: 0x8_0000_0000, byteCount: 0x4000, isPrefetchable: true))
    #expect(found[3].kind == .absent && found[4].kind == .absent)
    #expect(function.bytes == before)
    // Nothing is decoded while the registers hold ones.
    #expect(space.writes.first?.0 == 4 && space.writes.first?.1 == 0)
  }

  @Test func baseAddressesThatMakeNoSenseAreRefused() {
    space.add(place)
    // Not a power of two; not aligned; a reserved type; a wide one without an upper half.
    space.base(place, 0, 0, mask: 0xF0F0_F000)
    space.base(place, 1, 0x1000, mask: 0xFFFF_0000)
    space.base(place, 2, 6, mask: 0xFFFF_F000)
    space.base(place, 5, 4, mask: 0xFFFF_F000)
    let found = sizes()
    for index in [0, 1, 2, 5] { #expect(found[index].kind == .malformed, "\(index)") }
    #expect(sizes(count: 0)[0].kind == .absent)
  }

  @Test func aDeathWhileSizingIsMended() {
    let function = space.add(place)
    space.set(place, 4, 2, 6)
    space.base(place, 1, 0xFEB0_0000, mask: 0xFFFF_F000)
    let before = function.bytes
    let state = SizingState(place, space, count: 6)
    space.write(place, 4, width: 2, 0)
    space.write(place, 0x14, width: 4, .max)
    state.restore(place, space, count: 6)
    #expect(function.bytes == before)
  }

  @Test func capabilityListsEnd() {
    space.add(place)
    space.set(place, 6, 2, 0x10)
    space.set(place, 0x34, 1, 0x40)
    space.set(place, 0x40, 2, 0x5009)
    space.set(place, 0x50, 2, 0x4011)
    #expect(CapabilityList.of(place, space).map(\.offset) == [0x40, 0x50])
    space.set(place, 0x100, 4, 0x1400_0001)
    space.set(place, 0x140, 4, 0x1000_0003)
    #expect(CapabilityList.of(place, space).count == 4)
    space.set(place, 0x34, 1, 0x20)
    #expect(CapabilityList.of(place, space).count == 2)
    space.byteCount = 256
    #expect(CapabilityList.of(place, space).isEmpty)
  }

  @Test func messagesAreProgrammed() throws {
    space.add(place)
    space.set(place, 0x50, 4, 0x0080_0005)
    space.permit(place, 0x52, 2, 0x71)
    for offset in [0x54, 0x58, 0x5C] { space.permit(place, offset, 4, .max) }
    let capability = Capability(identifier: 5, offset: 0x50, isExtended: false)
    let message = try #require(MessageCapability(capability, place, space))
    #expect(message.isWide)
    #expect(message.enable(place, space, InterruptMessage(address: 0x1_FEE0_0000, data: 0x4031)))
    #expect(space.read(place, 0x54, width: 4) == 0xFEE0_0000)
    #expect(space.read(place, 0x58, width: 4) == 1)
    #expect(space.read(place, 0x5C, width: 2) == 0x4031)
    #expect(space.read(place, 0x52, width: 2) == 0x81)
    #expect(!message.enable(place, space, InterruptMessage(address: 0, data: 0x1_0000)))
    message.disable(place, space)
    #expect(space.read(place, 0x52, width: 2) == 0x80)
  }

  @Test func messageTablesLieWithinTheirMemory() {
    space.add(place)
    let capability = Capability(identifier: 0x11, offset: 0x50, isExtended: false)
    var bases = BaseAddresses(repeating: BaseAddress())
    bases[1] = BaseAddress(.memory, address: 0xFEB0_0000, byteCount: 4096)
    for (count, place4, isFine) in [
      (3, UInt32(1), true), (256, 1, true), (257, 1, false), (2, 0xFE9, false), (1, 0xFF1, true),
      (1, 0, false), (1, 6, false), (1, 7, false), (1, 0xFFFF_FFF9, false),
    ] {
      space.set(place, 0x52, 2, UInt32(count - 1))
      space.set(place, 0x54, 4, place4)
      let table = MessageTableCapability(capability, place, space, bases)
      #expect((table != nil) == isFine, "\(count) at \(place4)")
    }
    let late = Capability(identifier: 0x11, offset: 0xFC, isExtended: false)
    #expect(MessageTableCapability(late, place, space, bases) == nil)
  }

  @Test func bridgesAreFollowedOnce() {
    space.add(place)
    for (bus, device, secondary) in [(0, 1, 2), (2, 0, 3), (3, 1, 2), (3, 2, 0), (0, 2, 200)] {
      let bridge = FunctionAddress(bus: UInt8(bus), device: UInt8(device))
      space.add(bridge)
      space.set(bridge, 0x0E, 1, 1)
      space.set(bridge, 0x19, 1, UInt32(secondary))
    }
    space.add(FunctionAddress(bus: 3, device: 9, function: 0))
    space.set(FunctionAddress(bus: 3, device: 9, function: 0), 0x0E, 1, 0x80)
    space.add(FunctionAddress(bus: 3, device: 9, function: 5))
    space.add(FunctionAddress(bus: 3, device: 10, function: 0))
    space.add(FunctionAddress(bus: 3, device: 10, function: 1))
    let found = BusScan.functions(in: BusRange(segment: 0, first: 0, last: 100), space)
    #expect(found.count == 9)
    #expect(Set(found.map(\.address.key)).count == 9)
  }

  @Test func anyRegistersAreTaken() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      let function = space.add(place)
      function.bytes = random.bytes(4096)
      function.writable = random.bytes(4096)
      function.bytes[6] |= 0x10
      guard let header = FunctionHeader(place, space) else { continue }
      let bases = sizes(count: header.baseAddressCount)
      for capability in CapabilityList.of(place, space) where !capability.isExtended {
        _ = MessageTableCapability(capability, place, space, bases)?.count
        _ = MessageCapability(capability, place, space)?.isWide
        _ = ResetCapability(capability, place, space)?.offset
      }
      _ = BusScan.functions(in: BusRange(segment: 0, first: 0, last: 255), space)
    }
  }
}
