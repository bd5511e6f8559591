// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import PCI

/// A driver's function: its registers, memory, ports, interrupts, and what it may reach of ours. It is
/// this program's alone until the value ends, and stopped then.
public struct PCIFunction: ~Copyable, Sendable {
  private let channel: File
  public let description: FunctionDescription

  /// Takes the function in the folder `path` of the scheme `pci`. A driver that `pcid-spawner` started
  /// finds its own at `/scheme/pci`.
  ///
  /// - Throws: `noLocks` if another driver has it, `accessDenied`, `notFound`.
  @export(interface)
  public init(_ path: Text) throws(SystemError) {
    let channel = try File(path + "/channel", .readWrite | .runtimeHandle)
    let description = try Self.describe(channel.handle)
    self.channel = channel
    self.description = description
  }

  /// What `pcid` knows of the function whose `channel` or `config` is open.
  @export(interface)
  public static func describe(_ file: Handle) throws(SystemError) -> FunctionDescription {
    var bytes = [UInt8](repeating: 0, count: FunctionDescription.byteCount)
    _ = try file.call(FunctionRequest.describe.rawValue, into: bytes.mutableSpan)
    do throws(WireError) { return try FunctionDescription(decoding: bytes.span) } catch {
      throw .protocolError
    }
  }

  public var address: FunctionAddress { description.address }

  /// Maps a base address.
  /// - Throws: `notFound` if there is none or it has ports, `addressNotAvailable`.
  @export(interface)
  public func registers(_ number: Int) throws(SystemError) -> DeviceMemory {
    guard (0..<6).contains(number), description.baseAddresses[number].isMemory else {
      throw .notFound
    }
    let base = description.baseAddresses[number]
    let offset = Int(base.address & 4095)
    let length = (offset + Int(clamping: base.byteCount) + 4095) & ~4095
    let object = MemoryObject(try receive(.baseAddress, UInt(number)))
    return try object.map(byteCount: length).registers(
      from: offset, byteCount: Int(clamping: base.byteCount))
  }

  /// The ports of a base address.
  @export(interface)
  public func ports(_ number: Int) throws(SystemError) -> PortRange {
    guard (0..<6).contains(number), description.baseAddresses[number].kind == .ports else {
      throw .notFound
    }
    return PortRange(try receive(.baseAddress, UInt(number)))
  }

  /// The interrupt that the function's message `number` raises.
  /// - Throws: `notSupported` if the function has no such message, `noSpace` if the machine has none
  ///   left.
  @export(interface)
  public func interrupt(_ number: Int) throws(SystemError) -> Interrupt {
    Interrupt(try receive(.interrupt, UInt(bitPattern: number)))
  }

  private func receive(
    _ request: FunctionRequest, _ word: UInt
  ) throws(SystemError) -> OwnedHandle {
    try channel.handle.receive(request.rawValue, word: word)
  }

  /// The function may reach memory from now on.
  @export(interface)
  public func start() throws(SystemError) {
    _ = try channel.handle.call(FunctionRequest.start.rawValue)
  }

  /// The device was reset: it does nothing any more that a predecessor asked for.
  @export(interface)
  public func settled() throws(SystemError) {
    _ = try channel.handle.call(FunctionRequest.settled.rawValue)
  }

  /// Lets the function reach a wired object's pages.
  /// - Returns: its name, for `addresses` and `unshare`.
  @export(interface)
  public func share(_ object: Handle) throws(SystemError) -> UInt64 {
    UInt64(try channel.handle.send(object, FunctionRequest.share.rawValue))
  }

  @export(interface)
  public func unshare(_ name: UInt64) throws(SystemError) {
    var place = SharedPlace()
    place.name = name
    let input = try Self.bytes(place)
    _ = try channel.handle.call(FunctionRequest.unshare.rawValue, input.span)
  }

  /// The addresses by which the function knows the first `count` pages of a shared object.
  @export(interface)
  public func addresses(of name: UInt64, count: Int) throws(SystemError) -> [UInt64] {
    var found: [UInt64] = []
    var bytes = [UInt8](repeating: 0, count: 512)
    while found.count < count {
      var place = SharedPlace()
      place.name = name
      place.offset = UInt64(found.count) << 12
      let input = try Self.bytes(place)
      let written = try channel.handle.call(
        FunctionRequest.addresses.rawValue, input.span, into: bytes.mutableSpan)
      guard written >= 8, written <= 512 else { throw .outOfRange }
      for index in 0..<min(Int(written) / 8, count - found.count) {
        found.append(bytes.span.littleWord(at: 8 * index))
      }
    }
    return found
  }

  private static func bytes(_ place: SharedPlace) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16)
    do throws(WireError) { try place.encode(into: bytes.mutableSpan) } catch {
      throw .invalidArgument
    }
    return bytes
  }
}

extension PCIFunction {
  /// This function's registers, for as long as the function is this program's.
  public var configuration: OwnConfiguration { OwnConfiguration(channel: channel.handle) }
}

/// The registers of a driver's function, whatever function is asked for.
public struct OwnConfiguration: ConfigurationAccess {
  let channel: Handle

  public func byteCount(of function: FunctionAddress) -> Int { 256 }

  /// What cannot be read is ones.
  @export(interface)
  public func read(_ function: FunctionAddress, _ offset: Int, width: Int) -> UInt32 {
    var bytes = [UInt8](repeating: 0xFF, count: width)
    do throws(SystemError) {
      _ = try channel.read(into: bytes.mutableSpan, at: UInt64(offset))
    } catch { return .max >> UInt32(32 - 8 * width) }
    var value: UInt32 = 0
    for index in 0..<width { value |= UInt32(bytes[index]) << UInt32(8 * index) }
    return value
  }

  /// What is not the driver's to write stays as it is.
  @export(interface)
  public func write(_ function: FunctionAddress, _ offset: Int, width: Int, _ value: UInt32) {
    var bytes = InlineArray<4, UInt8>(repeating: 0)
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    do throws(SystemError) {
      _ = try channel.write(bytes.span.extracting(0..<width), at: UInt64(offset))
    } catch { return }
  }
}

/// An interrupt of a device's own.
public struct Interrupt: ~Copyable, Sendable {
  private let owned: OwnedHandle

  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// For an event queue: readable when it has fired since the last `take`.
  public var handle: Handle { owned.handle }

  /// Takes note of all so far, and lets the next one come.
  /// - Blocking: until there is one.
  @export(interface)
  public func take() throws(SystemError) {
    var count = InlineArray<8, UInt8>(repeating: 0)
    _ = try handle.read(into: count.mutableSpan)
    _ = try handle.write(count.span)
  }

  /// The same, in one call, and without waiting if there is none.
  @export(interface)
  public func takeIfAny() throws(SystemError) { _ = try handle.call(1) }
}
