// SPDX-License-Identifier: MIT
import PCI
import System

/// The registers of one segment, mapped.
final class SegmentWindow {
  let buses: BusRange
  private let memory: DeviceMemory

  init(_ segment: ConfigurationSegment, _ authority: Handle) throws(SystemError) {
    let object = try MemoryObject(
      device: segment.start, byteCount: segment.byteCount, authority: authority)
    let memory = try object.map(byteCount: Int(segment.byteCount)).registers()
    self.memory = memory
    buses = segment.buses
  }

  func place(_ function: FunctionAddress, _ offset: Int) -> Int {
    Int(function.bus - buses.first) << 20 | Int(function.device) << 15
      | Int(function.function) << 12 | offset & 4095
  }

  func read(at place: Int, width: Int) -> UInt32 {
    switch width {
    case 1: UInt32(memory.load(at: place) as UInt8)
    case 2: UInt32(memory.load(at: place) as UInt16)
    default: memory.load(at: place)
    }
  }

  func write(_ value: UInt32, at place: Int, width: Int) {
    switch width {
    case 1: memory.store(UInt8(truncatingIfNeeded: value), at: place)
    case 2: memory.store(UInt16(truncatingIfNeeded: value), at: place)
    default: memory.store(value, at: place)
    }
  }
}

/// Configuration registers by the two ports that all PCs have, for machines whose firmware names no
/// memory for them: the first 256 bytes of each function, segment zero.
final class PortWindow {
  private let ports: PortRange

  init() throws(SystemError) {
    let ports = PortRange(
      OwnedHandle(
        try File("/scheme/irq/ports/3320-3327", .readWrite | .runtimeHandle).release()))
    self.ports = ports
  }

  private func choose(_ function: FunctionAddress, _ offset: Int) throws(SystemError) {
    let address =
      0x8000_0000 | UInt32(function.bus) << 16 | UInt32(function.device) << 11
      | UInt32(function.function) << 8 | UInt32(offset & 0xFC)
    try ports.write(0xCF8, address, width: 4)
  }

  func read(_ function: FunctionAddress, _ offset: Int, width: Int) -> UInt32 {
    do throws(SystemError) {
      try choose(function, offset)
      return try ports.read(0xCFC + UInt16(offset & 3), width: UInt32(width))
    } catch { return .max >> UInt32(32 - 8 * width) }
  }

  func write(_ function: FunctionAddress, _ offset: Int, width: Int, _ value: UInt32) {
    do throws(SystemError) {
      try choose(function, offset)
      try ports.write(0xCFC + UInt16(offset & 3), value, width: UInt32(width))
    } catch { return }
  }
}

/// All configuration registers of the machine.
struct RealAccess: ConfigurationAccess {
  private var windows: [SegmentWindow] = []
  private var ports: PortWindow?

  init(_ physical: Handle) throws(SystemError) {
    for segment in FirmwareTables.segments() {
      windows.append(try SegmentWindow(segment, physical))
    }
    if windows.isEmpty { ports = try PortWindow() }
  }

  var ranges: [BusRange] {
    ports == nil ? windows.map { $0.buses } : [BusRange(segment: 0, first: 0, last: 255)]
  }

  private func window(_ function: FunctionAddress) -> SegmentWindow? {
    for window in windows where window.buses.segment == function.segment {
      return (window.buses.first...window.buses.last).contains(function.bus) ? window : nil
    }
    return nil
  }

  func byteCount(of function: FunctionAddress) -> Int { ports == nil ? 4096 : 256 }

  func read(_ function: FunctionAddress, _ offset: Int, width: Int) -> UInt32 {
    if let window = window(function) {
      return window.read(at: window.place(function, offset), width: width)
    }
    guard let ports, function.segment == 0, offset < 256 else {
      return .max >> UInt32(32 - 8 * width)
    }
    return ports.read(function, offset, width: width)
  }

  func write(_ function: FunctionAddress, _ offset: Int, width: Int, _ value: UInt32) {
    if let window = window(function) {
      return window.write(value, at: window.place(function, offset), width: width)
    }
    guard let ports, function.segment == 0, offset < 256 else { return }
    ports.write(function, offset, width: width, value)
  }
}

/// The firmware's tables, read where they lie.
private enum FirmwareTables {
  struct Reader: FirmwareMemory {
    let authority: Handle

    func bytes(at address: UInt64, count: Int) -> [UInt8]? {
      guard count > 0, count <= 1 << 20, address < 1 << 52 else { return nil }
      let start = address & ~4095
      let offset = Int(address - start)
      let length = (offset + count + 4095) & ~4095
      do throws(SystemError) {
        let object = try MemoryObject(
          device: start, byteCount: UInt64(length), kind: 0, authority: authority)
        let mapping = try object.map(byteCount: length, .read | .shared)
        var bytes: [UInt8] = []
        let span = mapping.bytes
        for index in offset..<offset + count { bytes.append(span[index]) }
        return bytes
      } catch { return nil }
    }
  }

  static func segments() -> [ConfigurationSegment] {
    do throws(SystemError) {
      let root = Text(try FileSystem.read("/scheme/sys/acpi/root")).trimmed()
      let digits = root.hasPrefix("0x") ? root[2...] : root
      guard let address = number(digits), address != 0 else { return [] }
      let authority = try File("/scheme/sys/acpi/tables", .read | .runtimeHandle)
      return FirmwareSegments.find(root: address, Reader(authority: authority.handle))
    } catch {
      // A machine without these tables has the ports.
      return []
    }
  }

  private static func number(_ digits: Text) -> UInt64? {
    do throws(NumberError) { return try UInt64(hexadecimal: digits.span) } catch { return nil }
  }
}
