// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// The page with the clock's parameters that every process reads, and the page tables above it.
///
/// It has an entry of the top-level table to itself, in the middle of the user half, and all spaces
/// share the tables below: mapping it in a new process is one store.
struct ClockMemory: BitwiseCopyable {
  /// What the top-level table of each space holds at `rootSlot`.
  private(set) var tableEntry: UInt64 = 0
  private var page = PhysicalAddress(0)

  init() {}

  static var rootSlot: Int { Int(Machine.userLimit &>> 40) }
  /// Where programs find the page.
  static var address: UInt { UInt(rootSlot) &<< 39 }
  /// Nothing else is mapped in this range.
  static var reserved: Range<UInt> { address..<(address &+ 1 &<< 39) }

  /// Makes the page and its tables. Once, at the start.
  mutating func initialise() throws(SystemError) {
    page = try kernel.frames.takeCleared(for: nil)
    let access = PageAccess.read
    var entry = Machine.Entry(page: page, access: access, kind: .normal)
    for _ in 0..<3 {
      let table = try kernel.frames.takeCleared(for: nil)
      PageWords(table)[0] = entry.rawValue
      entry = Machine.Entry(table: table)
    }
    tableEntry = entry.rawValue
  }

  /// Tells programs how to compute the time.
  func update(_ parameters: ClockParameters, wallClockAtBoot: UInt64) {
    let words = PageOf<ClockPage>(page)
    let sequence = words[0].sequence
    words[0].sequence = sequence &+ 1
    words[0].counterBase = parameters.counterBase
    words[0].multiplier = parameters.multiplier
    words[0].base = parameters.base
    words[0].isUsable = parameters.isUsable
    words[0].wallClockOffset = wallClockAtBoot
    words[0].sequence = sequence &+ 2
  }
}

/// Where every process finds its `ClockPage`.
var clockPageAddress: UInt { ClockMemory.address }
