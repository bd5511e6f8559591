// SPDX-License-Identifier: MIT
public import Base
import Core

/// Where a function is: one of up to eight in a device, on a bus, in a segment.
public struct FunctionAddress: Hashable, BitwiseCopyable, Sendable {
  public var segment: UInt16
  public var bus: UInt8
  /// Below 32.
  public var device: UInt8
  /// Below 8.
  public var function: UInt8

  public init(segment: UInt16 = 0, bus: UInt8, device: UInt8, function: UInt8 = 0) {
    self.segment = segment
    self.bus = bus
    self.device = device & 31
    self.function = function & 7
  }

  /// All of it in one number, as Express numbers functions: segment, bus, device, function.
  public var key: UInt32 {
    UInt32(segment) << 16 | UInt32(bus) << 8 | UInt32(device) << 3 | UInt32(function)
  }

  public init(key: UInt32) {
    self.init(
      segment: UInt16(truncatingIfNeeded: key >> 16), bus: UInt8(truncatingIfNeeded: key >> 8),
      device: UInt8(truncatingIfNeeded: key >> 3 & 31), function: UInt8(truncatingIfNeeded: key & 7)
    )
  }

  /// `0000--00--04.0`, the name in the scheme `pci`.
  public var name: Text {
    Text { text in
      text.put(hexadecimal: UInt64(segment), digits: 4)
      text.put("--")
      text.put(hexadecimal: UInt64(bus), digits: 2)
      text.put("--")
      putDevice(&text)
    }
  }

  /// `pci-00-04.0`, for the names of what drivers serve; the segment stands first unless it is zero.
  public var shortName: Text {
    Text { text in
      text.put("pci-")
      if segment != 0 {
        text.put(hexadecimal: UInt64(segment), digits: 4)
        text.put("-")
      }
      text.put(hexadecimal: UInt64(bus), digits: 2)
      text.put("-")
      putDevice(&text)
    }
  }

  private func putDevice(_ text: inout Text) {
    text.put(hexadecimal: UInt64(device), digits: 2)
    text.put(".")
    text.put(hexadecimal: UInt64(function))
  }

  /// Reads what `name` writes, and nothing else.
  @export(interface)
  public init?(name: Span<UInt8>) {
    guard name.count == 14, name.extracting(4..<6).equals("--"),
      name.extracting(8..<10).equals("--"), name[12] == UInt8(ascii: ".")
    else { return nil }
    do throws(NumberError) {
      let segment = try UInt16(hexadecimal: name.extracting(0..<4))
      let bus = try UInt8(hexadecimal: name.extracting(6..<8))
      let device = try UInt8(hexadecimal: name.extracting(10..<12))
      let function = try UInt8(hexadecimal: name.extracting(13..<14))
      guard device < 32, function < 8 else { return nil }
      self.init(segment: segment, bus: bus, device: device, function: function)
    } catch { return nil }
    guard self.name.span.equals(name) else { return nil }
  }
}
