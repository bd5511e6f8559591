// SPDX-License-Identifier: MIT
public import Core

/// A register that firmware describes (ACPI 6.5, §5.2.3.2).
public struct GenericAddress: WireFormat, Sendable {
  public static let byteCount = 12

  public enum Space: UInt8, Sendable { case memory = 0, ports = 1, pci = 2, other = 0xFF }
  public var space = Space.other
  public var address: UInt64 = 0

  public init() {}
  init(port: UInt32) {
    space = .ports
    address = UInt64(port)
  }

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    var kind = space.rawValue
    try coder.little(&kind)
    space = Space(rawValue: kind) ?? .other
    try coder.reserved(3)
    try coder.little(&address)
  }
}

/// How a machine is switched off and reset (the FADT: ACPI 6.5, §5.2.9).
public struct FixedDescription: Sendable {
  /// PM1 control registers (§4.8.3.2); nil where absent.
  public let firstControl: GenericAddress?
  public let secondControl: GenericAddress?
  /// Machines without the PM1 registers ("hardware-reduced") sleep through this one (§4.8.3.7).
  public let sleepControl: GenericAddress?
  /// What to write where to reset, if it can.
  public let resetRegister: GenericAddress?
  public let resetValue: UInt8
  /// Port and value that turn ACPI mode on (§4.8.2.5), or zero.
  public let commandPort: UInt16
  public let enableValue: UInt8
  /// Index of the century in the real-time clock's memory, or zero.
  public let centuryIndex: UInt8
  let definitionBlock: UInt64

  /// - Parameter table: A whole FADT whose checksum is right; older revisions are shorter.
  public init?(parsing table: Span<UInt8>) {
    guard let definitionBlock = table.integer(UInt32.self, at: 40),
      let flags = table.integer(UInt32.self, at: 112)
    else { return nil }
    let isReduced = flags >> 20 & 1 == 1
    self.definitionBlock =
      table.integer(UInt64.self, at: 140).flatMap { $0 == 0 ? nil : $0 } ?? UInt64(definitionBlock)
    firstControl = isReduced ? nil : Self.register(table, extended: 172, port: 64)
    secondControl = isReduced ? nil : Self.register(table, extended: 184, port: 68)
    sleepControl = isReduced ? Self.register(table, extended: 244) : nil
    resetRegister = flags >> 10 & 1 == 1 ? Self.register(table, extended: 116) : nil
    resetValue = table.integer(at: 128) ?? 0
    commandPort = UInt16(truncatingIfNeeded: table.integer(UInt32.self, at: 48) ?? 0)
    enableValue = table.integer(at: 52) ?? 0
    centuryIndex = table.integer(at: 108) ?? 0
  }

  /// The register at `extended`, or if that is absent the port number at `port`.
  private static func register(
    _ table: Span<UInt8>, extended: Int, port: Int? = nil
  ) -> GenericAddress? {
    if let register = Self.decode(table, at: extended), register.address != 0 { return register }
    guard let port, let number = table.integer(UInt32.self, at: port), number != 0,
      number <= UInt16.max
    else { return nil }
    return GenericAddress(port: number)
  }

  private static func decode(_ table: Span<UInt8>, at offset: Int) -> GenericAddress? {
    do throws(WireError) {
      return try GenericAddress(decoding: table, at: UInt64(offset))
    } catch {
      return nil
    }
  }
}

/// What to write into SLP_TYP to switch the machine off: the `\_S5` package (ACPI 6.5, §7.4.2.6).
public struct PowerOffTypes: Equatable, Sendable {
  public var first: UInt8
  public var second: UInt8

  /// Looks in the definition block that `description` names.
  public init?<Memory>(_ description: FixedDescription, in tables: ACPITables<Memory>) {
    let found = ACPITables.withTable(at: description.definitionBlock, in: tables.memory) {
      PowerOffTypes(scanning: $0)
    }
    guard let types = found ?? nil else { return nil }
    self = types
  }

  /// Finds the package by its encoding (§20.2): `Name (_S5, Package {first, second, …})` with the
  /// two elements as literal integers, which every firmware known to us writes.
  public init?(scanning code: Span<UInt8>) {
    var end = TableHeader.byteCount &+ 3
    while end < code.count {
      if code[end] == 0x5F, code.integer(UInt32.self, at: end &- 3) == 0x5F35_535F,
        let types = Self.package(code, at: end &+ 1)
      {
        self = types
        return
      }
      end &+= Self.step(over: code[end])
    }
    return nil
  }

  /// How far the name's end must be at least from a place where it would end in `byte` and does not.
  private static func step(over byte: UInt8) -> Int {
    switch byte {
    case 0x35: 1  // 5
    case 0x53: 2  // S
    case 0x5F: 3  // _
    default: 4
    }
  }

  private static func package(_ code: Span<UInt8>, at start: Int) -> PowerOffTypes? {
    // PackageOp, PkgLength (its top two bits count the further length bytes), NumElements.
    guard code.integer(UInt8.self, at: start) == 0x12,
      let lead = code.integer(UInt8.self, at: start &+ 1)
    else { return nil }
    var offset = start &+ 3 &+ Int(lead >> 6)
    guard let first = element(code, at: &offset) else { return nil }
    return PowerOffTypes(first: first, second: element(code, at: &offset) ?? first)
  }

  /// ZeroOp, OneOp, or a byte, word or double word with its prefix; SLP_TYP has three bits.
  private static func element(_ code: Span<UInt8>, at offset: inout Int) -> UInt8? {
    guard let operation = code.integer(UInt8.self, at: offset) else { return nil }
    switch operation {
    case 0x00, 0x01:
      offset &+= 1
      return operation
    case 0x0A, 0x0B, 0x0C:
      guard let value = code.integer(UInt8.self, at: offset &+ 1) else { return nil }
      offset &+= 1 &+ (1 << Int(operation &- 0x0A))
      return value & 7
    default: return nil
    }
  }

  init(first: UInt8, second: UInt8) {
    self.first = first
    self.second = second
  }
}
