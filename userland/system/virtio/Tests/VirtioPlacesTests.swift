// SPDX-License-Identifier: MIT
import PCI
import PCIExample
import Testing
import Virtio

@Suite("Structures of virtio functions")
struct VirtioPlacesTests {
  @Test func structuresLieWithinTheirMemory() {
    let space = ScriptedSpace()
    let place = FunctionAddress(bus: 0, device: 4)
    var function = FunctionDescription()
    function.key = place.key
    function.baseAddresses[4] = BaseAddress(.wideMemory, address: 0x8000_0000, byteCount: 0x4000)
    func fill(offset: UInt32 = 0x3000, bar: UInt32 = 4) {
      space.add(place)
      space.set(place, 6, 2, 0x10)
      space.set(place, 0x34, 1, 0x40)
      for (index, kind) in [UInt32(1), 2, 4, 5].enumerated() {
        let at = 0x40 + 0x18 * index
        let next = index == 3 ? 0 : at + 0x18
        space.set(place, at, 4, kind << 24 | 20 << 16 | UInt32(next) << 8 | 9)
        space.set(place, at + 4, 4, bar)
        space.set(place, at + 8, 4, index == 1 ? offset : UInt32(index) * 0x1000)
        space.set(place, at + 12, 4, 0x1000)
        space.set(place, at + 16, 4, 4)
      }
    }
    fill()
    let found = VirtioPlaces(function, space)
    #expect(found?.notification.offset == 0x3000 && found?.notificationStep == 4)
    for (offset, bar) in [(0x3004, 4), (0x3001, 4), (.max, 4), (0x3000, 3), (0x3000, 9)]
      as [(UInt32, UInt32)]
    {
      fill(offset: offset, bar: bar)
      #expect(VirtioPlaces(function, space) == nil, "\(offset) in \(bar)")
    }
  }
}
