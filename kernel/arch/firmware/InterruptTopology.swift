// SPDX-License-Identifier: MIT

/// How a device signals on an interrupt line.
public struct LineSignal: Equatable, Sendable {
  public var isLevel: Bool
  public var isActiveLow: Bool

  /// The ISA bus: rising edges.
  public static let isa = LineSignal(isLevel: false, isActiveLow: false)
  /// PCI's INTx lines: low levels.
  public static let pci = LineSignal(isLevel: true, isActiveLow: true)

  init(isLevel: Bool, isActiveLow: Bool) {
    self.isLevel = isLevel
    self.isActiveLow = isActiveLow
  }

  /// From "MPS INTI flags" (ACPI 6.5, Table 5.26); zero means "as the bus does", here ISA.
  init(flags: UInt16) {
    isActiveLow = flags & 3 == 3
    isLevel = flags >> 2 & 3 == 3
  }
}

/// Processors and interrupt controllers (the MADT: ACPI 6.5, §5.2.12).
public struct InterruptTopology: Sendable {
  public static let maximumProcessors = 8
  public static let maximumControllers = 4
  public static let isaLineCount = 16

  /// An I/O APIC and the number of its first pin among all.
  public struct Controller: Sendable {
    public var address: UInt64
    public var firstLine: Int
  }

  /// Local APIC identifiers, the boot processor's first.
  public private(set) var processors = InlineArray<8, UInt32>(repeating: 0)
  public private(set) var processorCount = 1
  public private(set) var controllers = InlineArray<4, Controller>(
    repeating: Controller(address: 0, firstLine: 0))
  public private(set) var controllerCount = 0
  /// Where the local APICs' registers are.
  public private(set) var localAPIC: UInt64 = 0xFEE0_0000
  /// The line and signal of each ISA interrupt.
  private var isaLines = InlineArray<16, Int?>(repeating: nil)
  private var isaSignals = InlineArray<16, LineSignal>(repeating: .isa)

  /// Nothing known yet.
  public init() {}

  /// A machine without tables: one processor, one I/O APIC at its usual address.
  public init(bootProcessor: UInt32) {
    for number in 0..<Self.isaLineCount { isaLines[number] = number }
    processors[0] = bootProcessor
    controllers[0] = Controller(address: 0xFEC0_0000, firstLine: 0)
    controllerCount = 1
  }

  /// - Parameter table: A whole MADT whose checksum is right.
  public init?(parsing table: Span<UInt8>, bootProcessor: UInt32) {
    guard let address = table.integer(UInt32.self, at: 36) else { return nil }
    self.init(bootProcessor: bootProcessor)
    controllerCount = 0
    localAPIC = UInt64(address)
    var offset = 44
    while let type = table.integer(UInt8.self, at: offset),
      let length = table.integer(UInt8.self, at: offset &+ 1)
    {
      guard length >= 2, Int(length) <= table.count &- offset else { break }
      add(type, table.extracting(offset..<(offset &+ Int(length))))
      offset &+= Int(length)
    }
    if controllerCount == 0 { controllerCount = 1 }
  }

  /// The line that ISA interrupt `number` arrives on; nil if another has taken its place.
  public func line(isa number: Int) -> Int? { isaLines[number] }

  /// How line `line` signals: as an ISA interrupt if one is routed there, else as PCI.
  public func signal(line: Int) -> LineSignal {
    for number in 0..<Self.isaLineCount where isaLines[number] == line {
      return isaSignals[number]
    }
    return line < Self.isaLineCount ? .isa : .pci
  }

  private mutating func add(_ type: UInt8, _ entry: Span<UInt8>) {
    switch type {
    case 0:  // Local APIC, §5.2.12.2
      if let id = entry.integer(UInt8.self, at: 3), let flags = entry.integer(UInt32.self, at: 4) {
        addProcessor(UInt32(id), flags: flags)
      }
    case 1:  // I/O APIC, §5.2.12.3
      if let address = entry.integer(UInt32.self, at: 4),
        let first = entry.integer(UInt32.self, at: 8)
      {
        addController(UInt64(address), firstLine: first)
      }
    case 2:  // Interrupt source override, §5.2.12.5
      if let source = entry.integer(UInt8.self, at: 3),
        let line = entry.integer(UInt32.self, at: 4), let flags = entry.integer(UInt16.self, at: 8)
      {
        addOverride(Int(source), line: line, flags: flags)
      }
    case 5:  // Local APIC address override, §5.2.12.8
      if let address = entry.integer(UInt64.self, at: 4) { localAPIC = address }
    case 9:  // Local x2APIC, §5.2.12.12
      if let id = entry.integer(UInt32.self, at: 4), let flags = entry.integer(UInt32.self, at: 8) {
        addProcessor(id, flags: flags)
      }
    default: break
    }
  }

  /// Bit 0: enabled. Bit 1: can be enabled while running, which is no use to us.
  private mutating func addProcessor(_ identifier: UInt32, flags: UInt32) {
    guard flags & 1 == 1, processorCount < Self.maximumProcessors else { return }
    for index in 0..<processorCount where processors[index] == identifier { return }
    processors[processorCount] = identifier
    processorCount &+= 1
  }

  /// Beyond 256 lines there are no vectors; the sum of a few such numbers cannot overflow.
  private mutating func addController(_ address: UInt64, firstLine: UInt32) {
    guard controllerCount < Self.maximumControllers, firstLine < 256 else { return }
    controllers[controllerCount] = Controller(address: address, firstLine: Int(firstLine))
    controllerCount &+= 1
  }

  private mutating func addOverride(_ source: Int, line: UInt32, flags: UInt16) {
    guard source < Self.isaLineCount, line < 256 else { return }
    // The line's own ISA number, if any, is displaced: QEMU routes the PIT (0) to line 2 so.
    for number in 0..<Self.isaLineCount where isaLines[number] == Int(line) {
      isaLines[number] = nil
    }
    isaLines[source] = Int(line)
    isaSignals[source] = LineSignal(flags: flags)
  }
}
