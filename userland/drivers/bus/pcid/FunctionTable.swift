// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Memory
public import PCI
import Schemes

/// What is known of a function, in the capsule.
struct FunctionRecord: BitwiseCopyable {
  var key: UInt32
  /// Set while its base addresses are being sized.
  var isBeingSized = false
  var header: FunctionHeader
  var registers: SizingState
  var baseAddresses = BaseAddresses(repeating: BaseAddress())
  /// Counts those who have had it.
  var turns: UInt32 = 0
  /// The word of the holder's file, or zero.
  var holder: UInt64 = 0

  var address: FunctionAddress { FunctionAddress(key: key) }
}

/// Something of a function's that the scheme keeps, at the place that has the record's number.
struct HoldingRecord: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case memory = 1
    case interrupt = 2
    /// Memory that the function may still reach: its holder is gone, and it could not be reset.
    case retired = 3
  }

  var key: UInt32
  var kind: Kind
  /// Which of the function's messages.
  var number: UInt32 = 0
  var message = InterruptMessage(address: 0, data: 0)
  /// The request that it came with.
  var description: UInt64 = 0
  var sequence: UInt64 = 0
}

/// The functions of the machine and what their holders have, in memory that outlives pcid.
public struct FunctionTable: ~Copyable {
  let functions: Capsule<FunctionRecord>
  let holdings: Capsule<HoldingRecord>

  static var version: UInt32 { 1 }
  static var functionLimit: Int { BusScan.limit }
  static var holdingLimit: Int { 512 }
  /// What one function can have.
  static var holdingsEach: Int { 256 }

  public static var byteCount: Int {
    Capsule<FunctionRecord>.byteCount(slotCount: functionLimit)
      + Capsule<HoldingRecord>.byteCount(slotCount: holdingLimit)
  }

  @export(interface)
  public init(in memory: SharedBytes) throws(CapsuleError) {
    let middle = Capsule<FunctionRecord>.byteCount(slotCount: Self.functionLimit)
    guard memory.count >= middle else { throw .tooSmall }
    let functions = try Capsule<FunctionRecord>(
      in: memory, version: Self.version, slotCount: Self.functionLimit)
    let holdings = try Capsule<HoldingRecord>(
      in: memory.extracting(middle..<memory.count), version: Self.version,
      slotCount: Self.holdingLimit)
    self.functions = functions
    self.holdings = holdings
  }

  func slot(of key: UInt32) -> Int? {
    for slot in 0..<functions.slotCount {
      if let record = functions[slot], record.key == key { return slot }
    }
    return nil
  }

  /// Brings the table up to what is there: new functions are sized, unplugged ones that nobody has
  /// are forgotten.
  public func update(_ ranges: [BusRange], _ access: some ConfigurationAccess) {
    for slot in 0..<functions.slotCount {
      guard let record = functions[slot] else { continue }
      // A predecessor died while it sized this one: it has to answer again before it is looked for.
      if record.isBeingSized {
        record.registers.restore(
          record.address, access, count: record.header.baseAddressCount)
        functions[slot] = nil
        continue
      }
      let isThere = FunctionHeader(record.address, access) != nil
      if !isThere, record.holder == 0 { functions[slot] = nil }
    }
    for range in ranges {
      for found in BusScan.functions(in: range, access) {
        guard slot(of: found.address.key) == nil else { continue }
        add(found.address, found.header, access)
      }
    }
  }

  private func add(
    _ address: FunctionAddress, _ header: FunctionHeader, _ access: some ConfigurationAccess
  ) {
    guard let slot = functions.firstEmpty() else { return }
    let count = header.baseAddressCount
    var record = FunctionRecord(
      key: address.key, isBeingSized: true, header: header,
      registers: SizingState(address, access, count: count))
    functions[slot] = record
    record.baseAddresses = BaseAddress.sizes(
      of: address, access, count: count, restoring: record.registers)
    record.isBeingSized = false
    functions[slot] = record
  }

  /// The places of what a function has.
  func places(of key: UInt32) -> [Int] {
    var places: [Int] = []
    for place in 0..<holdings.slotCount {
      if let record = holdings[place], record.key == key { places.append(place) }
    }
    return places
  }
}
