// SPDX-License-Identifier: MIT
import FuzzInput
import PCI
import PCIExample
import Virtio

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// The registers of one function, from the first on, all of which can be written; those behind the input
/// are zeros. The first byte says whether the function has those of Express.
private func read(_ input: Span<UInt8>) {
  guard input.count > 1 else { return }
  let space = ScriptedSpace()
  space.byteCount = input[0] & 1 == 0 ? 256 : 4096
  let place = FunctionAddress(bus: 0, device: 3)
  let function = space.add(place)
  for index in 0..<space.byteCount {
    function.bytes[index] = index + 1 < input.count ? input[index + 1] : 0
    function.writable[index] = 0xFF
  }
  let found = BusScan.functions(in: BusRange(segment: 0, first: 0, last: 255), space)
  precondition(found.count <= BusScan.limit)
  guard let header = FunctionHeader(place, space) else { return }
  examine(place, header, space)
}

private func examine(_ place: FunctionAddress, _ header: FunctionHeader, _ space: ScriptedSpace) {
  let count = header.baseAddressCount
  precondition(count <= 6)
  let state = SizingState(place, space, count: count)
  let bases = BaseAddress.sizes(of: place, space, count: count, restoring: state)
  for index in 0..<6 where bases[index].isMemory && bases[index].isAssigned {
    let (end, isBeyond) = bases[index].address.addingReportingOverflow(bases[index].byteCount)
    precondition(!isBeyond && end <= 1 << 52, "base addresses lie where memory can be")
  }
  let list = CapabilityList.of(place, space)
  precondition(list.count <= 64 + 1024, "lists end")
  for capability in list {
    precondition(capability.offset >= 0x40 && capability.offset < space.byteCount)
    if let table = MessageTableCapability(capability, place, space, bases) {
      let end = table.tableOffset + UInt64(table.count) * MessageTableCapability.entryBytes
      precondition(end <= bases[table.baseAddress].byteCount, "tables lie where they say")
      table.setEnabled(true, place, space)
    }
    let message = MessageCapability(capability, place, space)
    _ = message?.enable(place, space, InterruptMessage(address: 0xFEE0_0000, data: 0x4041))
    message?.disable(place, space)
    if let reset = ResetCapability(capability, place, space) {
      _ = reset.isBusy(place, space)
      reset.begin(place, space)
    }
  }
  var description = FunctionDescription()
  description.key = place.key
  description.baseAddresses = bases
  guard let found = VirtioPlaces(description, space) else { return }
  for part in [found.common, found.notification, found.device] {
    precondition(
      UInt64(part.offset) + UInt64(part.byteCount) <= bases[part.baseAddress].byteCount,
      "structures lie within their base address")
  }
}
