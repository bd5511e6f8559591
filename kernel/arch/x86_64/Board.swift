// SPDX-License-Identifier: MIT
import CMachine
import Core
import Firmware

/// What firmware says about the board around the processors.
struct Board {
  var topology = InterruptTopology()
  /// Physical address of the high-precision event timer's registers.
  var eventTimer: UInt64?
  var power = PowerControl()
  /// Index of the century in the real-time clock's memory, or zero.
  var centuryIndex: UInt8 = 0
  /// ACPI's root pointer, or zero.
  var acpiRoot: UInt64 = 0

  @safe nonisolated(unsafe) static var shared = Board()

  /// - Parameter root: Where the loader says ACPI's root pointer is, or zero.
  static func discover(root: UInt64, bootProcessor: UInt32) -> Board {
    var board = Board()
    board.topology = InterruptTopology(bootProcessor: bootProcessor)
    let memory = DirectMemory()
    board.acpiRoot = ACPITables(root: root, in: memory) != nil ? root : searchRoot(memory)
    guard let tables = ACPITables(root: board.acpiRoot, in: memory) else { return board }
    if let found = tables.withTable(
      .interruptControllers, { InterruptTopology(parsing: $0, bootProcessor: bootProcessor) }),
      let topology = found
    {
      board.topology = topology
    }
    board.eventTimer = (tables.withTable(.eventTimer) { EventTimer(parsing: $0)?.address }) ?? nil
    let found = tables.withTable(.fixedDescription) { FixedDescription(parsing: $0) }
    if let fixed = found ?? nil {
      board.power = PowerControl(fixed, types: PowerOffTypes(fixed, in: tables))
      board.centuryIndex = fixed.centuryIndex
    }
    return board
  }

  /// A PC's BIOS area (ACPI 6.5, §5.2.5.1); the first kilobyte of its data area is not searched, as
  /// every loader of the last twenty years either says where the tables are or has none.
  private static func searchRoot(_ memory: DirectMemory) -> UInt64 {
    guard let area = AddressRange(start: 0xE_0000, byteCount: 0x2_0000) else { return 0 }
    return ACPITables.findRoot(in: area, of: memory) ?? 0
  }
}
