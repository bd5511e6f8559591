// SPDX-License-Identifier: MIT

/// A word seen as named bit fields: a device register, a page-table entry, a descriptor, flags.
///
/// Declare the fields as computed properties over the subscripts, one line each, bit numbers as in
/// the data sheet:
/// `var parity: Parity { get { self[1...2] } set { self[1...2] = newValue } }`.
public protocol RegisterValue: Equatable, Sendable {
  associatedtype Storage: FixedWidthInteger & UnsignedInteger & Sendable
  var rawValue: Storage { get set }
  init(rawValue: Storage)
}

extension RegisterValue {
  /// All fields zero.
  public init() { self.init(rawValue: 0) }

  /// The single bit number `bit`, counted from the least significant.
  public subscript(bit: Int) -> Bool {
    get { rawValue & Self.mask(at: bit, width: 1) != 0 }
    set {
      let mask = Self.mask(at: bit, width: 1)
      rawValue = newValue ? rawValue | mask : rawValue & ~mask
    }
  }

  /// The field that spans `bits`, least significant bit first.
  ///
  /// Storing a value wider than the field is the programmer's mistake and stops the program.
  public subscript<Value: BitPattern>(bits: ClosedRange<Int>) -> Value {
    get { Value(bits: field(bits)) }
    set { setField(bits, newValue.bits) }
  }

  /// The field that spans `bits` as one of the named values, or `nil` if its pattern is reserved.
  ///
  /// Storing `nil` stores zero.
  public subscript<Value: BitEnumeration>(bits: ClosedRange<Int>) -> Value? {
    get { Value(rawValue: Value.RawValue(truncatingIfNeeded: field(bits))) }
    set { setField(bits, newValue.map { UInt64($0.rawValue) } ?? 0) }
  }

  private func field(_ bits: ClosedRange<Int>) -> UInt64 {
    let mask = Self.mask(at: bits.lowerBound, width: bits.count)
    return UInt64((rawValue & mask) &>> Storage(truncatingIfNeeded: bits.lowerBound))
  }

  private mutating func setField(_ bits: ClosedRange<Int>, _ value: UInt64) {
    let mask = Self.mask(at: bits.lowerBound, width: bits.count)
    let shift = Storage(truncatingIfNeeded: bits.lowerBound)
    let limit = UInt64(mask &>> shift)
    precondition(value <= limit, "value does not fit its field")
    rawValue = rawValue & ~mask | Storage(truncatingIfNeeded: value) &<< shift
  }

  private static func mask(at bit: Int, width: Int) -> Storage {
    precondition(bit >= 0 && width <= Storage.bitWidth - bit, "field outside its register")
    let ones = Storage.max &>> Storage(truncatingIfNeeded: Storage.bitWidth &- width)
    return ones &<< Storage(truncatingIfNeeded: bit)
  }
}
