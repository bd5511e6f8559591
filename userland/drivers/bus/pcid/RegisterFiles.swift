// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
import PCI
public import Schemes

// A function's registers as the bytes of a file.
extension FunctionServer {
  /// What anybody may read; what lies behind can have effects when it is read.
  private static var publicBytes: Int { 64 }

  public mutating func read(
    _ file: FunctionFile, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    guard file.kind != .root, file.kind != .directory else { throw .isDirectory }
    _ = try slot(file)
    if file.kind == .channel { _ = try held(file) }
    let address = file.address
    let limit = request.caller.user == 0 ? access.byteCount(of: address) : Self.publicBytes
    guard offset < UInt64(limit) else { return }
    var place = Int(offset)
    while place < limit, output.freeCapacity > 0 {
      let width = Self.width(at: place, min(limit - place, output.freeCapacity))
      var value = access.read(address, place, width: width)
      for _ in 0..<width {
        output.append(UInt8(truncatingIfNeeded: value))
        value >>= 8
      }
      place += width
    }
  }

  /// The widest access that begins at `place` and is not longer than `count`.
  private static func width(at place: Int, _ count: Int) -> Int {
    if place & 3 == 0, count >= 4 { return 4 }
    return place & 1 == 0 && count >= 2 ? 2 : 1
  }

  /// A driver writes registers of its own function, but none by which it is placed, sends messages or
  /// is reset.
  /// - Throws: `notPermitted` for those.
  public mutating func write(
    _ file: FunctionFile, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    let record = try held(file).record
    let address = record.address
    guard offset < UInt64(access.byteCount(of: address)), bytes.count > 0 else {
      throw .invalidArgument
    }
    let place = Int(offset)
    let width = bytes.count
    guard width == 1 || width == 2 || width == 4, place & (width - 1) == 0 else {
      throw .invalidArgument
    }
    guard place >= 64, isDrivers(place, width, of: address) else { throw .notPermitted }
    var value: UInt32 = 0
    for index in 0..<width { value |= UInt32(bytes[index]) << UInt32(8 * index) }
    access.write(address, place, width: width, value)
    return width
  }

  private func isDrivers(_ place: Int, _ width: Int, of address: FunctionAddress) -> Bool {
    // What Express has behind these is about links, errors and virtual functions: nobody's alone.
    guard place + width <= 256 else { return false }
    for capability in CapabilityList.of(address, access) where !capability.isExtended {
      let length: Int
      switch capability.identifier {
      case CapabilityIdentifier.messages: length = 24
      case CapabilityIdentifier.messageTable: length = 12
      case CapabilityIdentifier.express: length = 60
      case CapabilityIdentifier.powerManagement: length = 8
      default: continue
      }
      if place < capability.offset + length, capability.offset < place + width { return false }
    }
    return true
  }
}
