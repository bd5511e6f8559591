// SPDX-License-Identifier: MIT
import Core
import Testing

@testable import Firmware

@Suite("ACPI tables")
struct ACPITests {
  static let madtBody: [UInt8] =
    little(UInt32(0xFEE0_0000)) + little(UInt32(1))
    + [0, 8, 0, 0] + little(UInt32(1))  // processor 0
    + [0, 8, 1, 4] + little(UInt32(1))  // identifier 4
    + [0, 8, 2, 6] + little(UInt32(0))  // not enabled
    + [9, 16, 0, 0] + little(UInt32(9)) + little(UInt32(1)) + little(UInt32(3))
    + [1, 12, 0, 0] + little(UInt32(0xFEC0_0000)) + little(UInt32(0))
    + [2, 10, 0, 0] + little(UInt32(2)) + little(UInt16(0))
    + [2, 10, 0, 9] + little(UInt32(9)) + little(UInt16(13))
    + [4, 6, 0xFF, 0, 0, 1]

  /// `Name (_S5, Package (4) {5, 5, 0, 0})` behind some other code.
  static let definitionBody: [UInt8] =
    [0x5F, 0x53, 0x35, 0x5F, 0x00] + [0x08] + Array("_S5_".utf8)
    + [0x12, 0x08, 0x04, 0x0A, 0x05, 0x0A, 0x05, 0x00, 0x00]

  static func fixedBody() -> [UInt8] {
    var body = [UInt8](repeating: 0, count: 276 - 36)
    body.replaceSubrange(4..<8, with: little(UInt32(0x4000)))
    body.replaceSubrange(12..<17, with: little(UInt32(0xB2)) + [2])
    body.replaceSubrange(28..<32, with: little(UInt32(0x604)))
    body[72] = 0x32
    body.replaceSubrange(76..<80, with: little(UInt32(1 << 10)))
    body.replaceSubrange(80..<93, with: [1, 8, 0, 1] + little(UInt64(0xCF9)) + [0x0F])
    return body
  }

  static func memory(extended: Bool) -> ArrayMemory {
    var memory = ArrayMemory(byteCount: 0x8000)
    let addresses: [UInt64] = [0x2000, 0x3000, 0x5000]
    memory.put(rootPointer(rsdt: 0x1800, xsdt: extended ? 0x1900 : nil), at: 0x1010)
    memory.put(table("RSDT", addresses.flatMap { little(UInt32($0)) }), at: 0x1800)
    memory.put(table("XSDT", addresses.flatMap { little($0) }), at: 0x1900)
    memory.put(table("APIC", madtBody), at: 0x2000)
    memory.put(table("FACP", fixedBody()), at: 0x3000)
    memory.put(table("DSDT", definitionBody), at: 0x4000)
    let timer = little(UInt32(0x8086_A201)) + [0, 64, 0, 0] + little(UInt64(0xFED0_0000))
    memory.put(table("HPET", timer + [0, 0, 0, 0]), at: 0x5000)
    return memory
  }

  @Test(arguments: [false, true])
  func tablesAreFoundThroughEitherDirectory(extended: Bool) throws {
    let memory = Self.memory(extended: extended)
    let range = try #require(AddressRange(start: 0x1000, byteCount: 0x400))
    #expect(ACPITables.findRoot(in: range, of: memory) == 0x1010)
    let tables = try #require(ACPITables(root: 0x1010, in: memory))
    #expect(tables.withTable(.eventTimer) { EventTimer(parsing: $0)?.address } == 0xFED0_0000)
    #expect(tables.withTable(.definitionBlock) { _ in true } == nil)
  }

  @Test func theBootProcessorComesFirstAndDisabledOnesNotAtAll() throws {
    let found = ACPITables(root: 0x1010, in: Self.memory(extended: true))?
      .withTable(.interruptControllers) { InterruptTopology(parsing: $0, bootProcessor: 4) }
    let topology = try #require(found ?? nil)
    #expect(topology.processorCount == 3)
    #expect((0..<3).map { topology.processors[$0] } == [4, 0, 9])
    #expect(topology.controllerCount == 1)
    #expect(topology.controllers[0].address == 0xFEC0_0000)
  }

  @Test func overridesMoveISAInterrupts() throws {
    let found = ACPITables(root: 0x1010, in: Self.memory(extended: true))?
      .withTable(.interruptControllers) { InterruptTopology(parsing: $0, bootProcessor: 0) }
    let topology = try #require(found ?? nil)
    #expect(topology.line(isa: 0) == 2)
    #expect(topology.line(isa: 2) == nil)
    #expect(topology.line(isa: 4) == 4)
    #expect(topology.signal(line: 9) == LineSignal(isLevel: true, isActiveLow: false))
    #expect(topology.signal(line: 4) == .isa)
    #expect(topology.signal(line: 20) == .pci)
  }

  @Test func powerOffAndResetAreFound() throws {
    let tables = try #require(ACPITables(root: 0x1010, in: Self.memory(extended: true)))
    let found = tables.withTable(.fixedDescription) { FixedDescription(parsing: $0) }
    let description = try #require(found ?? nil)
    #expect(description.firstControl?.address == 0x604)
    #expect(description.firstControl?.space == .ports)
    #expect(description.secondControl == nil)
    #expect(description.resetRegister?.address == 0xCF9)
    #expect(description.resetValue == 0x0F)
    #expect(description.commandPort == 0xB2)
    #expect(description.enableValue == 2)
    #expect(description.centuryIndex == 0x32)
    #expect(PowerOffTypes(description, in: tables) == PowerOffTypes(first: 5, second: 5))
  }

  @Test func aWrongChecksumHidesATable() throws {
    var memory = Self.memory(extended: true)
    memory.put([0xEE], at: 0x5000 + 50)
    let tables = try #require(ACPITables(root: 0x1010, in: memory))
    #expect(tables.withTable(.eventTimer) { _ in true } == nil)
    #expect(tables.withTable(.fixedDescription) { _ in true } == true)
  }

  @Test func aTableThatRunsOutOfMemoryIsHidden() throws {
    var memory = Self.memory(extended: true)
    memory.put(little(UInt32(0x7FFF_FFFF)), at: 0x5000 + 4)
    let tables = try #require(ACPITables(root: 0x1010, in: memory))
    #expect(tables.withTable(.eventTimer) { _ in true } == nil)
  }

  @Test func noCorruptionMakesAParserTrap() {
    var generator = Generator(state: 7)
    for _ in 0..<4000 {
      var memory = Self.memory(extended: Bool.random(using: &generator))
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let page =
          [0x1010, 0x1800, 0x1900, 0x2000, 0x3000, 0x4000, 0x5000].randomElement(
            using: &generator) ?? 0x1010
        let address = UInt64(page + Int.random(in: 0..<120, using: &generator))
        memory.put([UInt8.random(in: 0...255, using: &generator)], at: address)
      }
      _ = Self.everything(in: memory)
      Self.parseUnchecked(memory)
    }
  }

  /// Follows every path that the kernel follows.
  static func everything(in memory: ArrayMemory) -> Int {
    guard let tables = ACPITables(root: 0x1010, in: memory) else { return 0 }
    _ = tables.withTable(.interruptControllers) {
      InterruptTopology(parsing: $0, bootProcessor: 0)?.signal(line: 3)
    }
    _ = tables.withTable(.eventTimer) { EventTimer(parsing: $0) }
    let found = tables.withTable(.fixedDescription) { FixedDescription(parsing: $0) }
    guard let description = found ?? nil else { return 1 }
    return PowerOffTypes(description, in: tables) == nil ? 2 : 3
  }

  /// Checksums stop nearly all random corruption, so the table parsers see it without them too.
  static func parseUnchecked(_ memory: ArrayMemory) {
    for length in [36, 40, 44, 100, 130, 276] {
      _ = memory.read(at: 0x2000, count: length) {
        InterruptTopology(parsing: $0, bootProcessor: 0)
      }
      _ = memory.read(at: 0x3000, count: length) { FixedDescription(parsing: $0) }
      _ = memory.read(at: 0x4000, count: length) { PowerOffTypes(scanning: $0) }
      _ = memory.read(at: 0x5000, count: length) { EventTimer(parsing: $0) }
    }
  }
}
