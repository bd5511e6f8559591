// SPDX-License-Identifier: MIT
public import PCI

/// For tests: functions made of bytes. Bits that `writable` does not have stay as they are.
public final class ScriptedSpace: ConfigurationAccess {
  public final class Function {
    public var bytes: [UInt8]
    public var writable: [UInt8]
    public init(_ count: Int) {
      bytes = [UInt8](repeating: 0, count: count)
      writable = [UInt8](repeating: 0, count: count)
    }
  }

  public var functions: [UInt32: Function] = [:]
  public var byteCount = 4096
  /// Every write, in order: offset and value.
  public var writes: [(Int, UInt32)] = []

  public init() {}

  @discardableResult
  public func add(
    _ address: FunctionAddress, vendor: UInt32 = 0x1AF4, device: UInt32 = 0x1001
  ) -> Function {
    let function = Function(byteCount)
    functions[address.key] = function
    set(address, 0, 4, device << 16 | vendor)
    permit(address, 4, 2, 0x0507)
    return function
  }

  public func set(_ address: FunctionAddress, _ offset: Int, _ width: Int, _ value: UInt32) {
    for index in 0..<width {
      functions[address.key]?.bytes[offset + index] = UInt8(
        truncatingIfNeeded: value >> UInt32(8 * index))
    }
  }

  public func permit(_ address: FunctionAddress, _ offset: Int, _ width: Int, _ mask: UInt32) {
    for index in 0..<width {
      functions[address.key]?.writable[offset + index] = UInt8(
        truncatingIfNeeded: mask >> UInt32(8 * index))
    }
  }

  /// A base address register with this content whose upper `mask` bits can be written.
  public func base(_ address: FunctionAddress, _ index: Int, _ value: UInt32, mask: UInt32) {
    set(address, 0x10 + 4 * index, 4, value)
    permit(address, 0x10 + 4 * index, 4, mask)
  }

  public func byteCount(of function: FunctionAddress) -> Int { byteCount }

  public func read(_ function: FunctionAddress, _ offset: Int, width: Int) -> UInt32 {
    guard let found = functions[function.key] else { return .max >> UInt32(32 - 8 * width) }
    var value: UInt32 = 0
    for index in 0..<width { value |= UInt32(found.bytes[offset + index]) << UInt32(8 * index) }
    return value
  }

  public func write(_ function: FunctionAddress, _ offset: Int, width: Int, _ value: UInt32) {
    guard let found = functions[function.key] else { return }
    writes.append((offset, value))
    for index in 0..<width {
      let mask = found.writable[offset + index]
      let byte = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
      found.bytes[offset + index] = found.bytes[offset + index] & ~mask | byte & mask
    }
  }
}
