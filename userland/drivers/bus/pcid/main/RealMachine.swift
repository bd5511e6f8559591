// SPDX-License-Identifier: MIT
import FunctionKeeping
import PCI
import System

/// The kernel's part of pcid's work.
struct RealMachine: FunctionMachine {
  /// The right to make memory of any device's.
  let physical: Handle

  init() throws(SystemError) {
    physical = try File("/scheme/memory/physical", .readWrite | .runtimeHandle).release()
  }

  func deviceMemory(at address: UInt64, byteCount: UInt64) throws(SystemError) -> Handle {
    try MemoryObject(device: address, byteCount: byteCount, authority: physical).release()
  }

  func ports(_ ports: ClosedRange<UInt16>) throws(SystemError) -> Handle {
    let path = Text { text in
      text.put("/scheme/irq/ports/")
      text.put(decimal: UInt64(ports.lowerBound))
      text.put("-")
      text.put(decimal: UInt64(ports.upperBound))
    }
    return try File(path, .readWrite | .runtimeHandle).release()
  }

  func addresses(of object: Handle, from offset: UInt64) throws(SystemError) -> [UInt64] {
    try object.deviceAddresses(authority: physical, from: offset)
  }

  func makeInterrupt() throws(SystemError) -> (handle: Handle, message: InterruptMessage) {
    let file = try File(
      "/scheme/irq/cpu-00/message", .readWrite | .create | .runtimeHandle)
    var bytes = [UInt8](repeating: 0, count: 16)
    _ = try file.handle.call(0, into: bytes.mutableSpan)
    let message = InterruptMessage(
      address: bytes.span.littleWord(at: 0),
      data: UInt32(truncatingIfNeeded: bytes.span.littleWord(at: 8)))
    return (file.release(), message)
  }

  func store(_ message: InterruptMessage, at address: UInt64) throws(SystemError) {
    let page = address & ~4095
    let object = try MemoryObject(device: page, byteCount: 4096, authority: physical)
    let mapping = try object.map(byteCount: 4096)
    mapping.withRegisters { registers in
      let place = Int(address - page)
      // Masked while it changes.
      registers.store(1 as UInt32, at: place + 12)
      registers.store(UInt32(truncatingIfNeeded: message.address), at: place)
      registers.store(UInt32(truncatingIfNeeded: message.address >> 32), at: place + 4)
      registers.store(message.data, at: place + 8)
      registers.store(0 as UInt32, at: place + 12)
    }
  }

  func pause(milliseconds: UInt64) { Clock.sleep(.milliseconds(Int64(milliseconds))) }

  func close(_ handle: Handle) { _ = OwnedHandle(handle) }
}
