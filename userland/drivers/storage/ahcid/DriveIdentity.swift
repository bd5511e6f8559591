// SPDX-License-Identifier: MIT
import Core
import Storage

/// What a drive says of itself (ATA/ATAPI Command Set 4, 7.13 and 7.14).
struct DriveIdentity: Equatable {
  enum Kind: Equatable {
    case disk
    /// Takes packets of that many bytes.
    case packets(Int)
  }

  var kind: Kind
  /// Serial number and model: another drive has others.
  var name: [UInt8]
  var blockBytes: UInt32 = 512
  var blockCount: UInt64 = 0
  /// Takes addresses of 48 bits, and the commands that have them.
  var isExtended = false
  /// How many commands it takes at a time, one without a queue.
  var depth = 1
  var hasCache = false
  var forcesWrites = false
  var discards = false
  /// For packets: data goes by DMA, and the drive wants to know the way that it goes.
  var packetsByMemory = false
  var wantsDirection = false

  /// What `IDENTIFY DEVICE` or `IDENTIFY PACKET DEVICE` brought.
  ///
  /// - Throws: `nameless` if the words are garbled, `unsupported` for drives without DMA, with blocks
  ///   that no disk has, or with packets for other things than discs.
  init(_ words: [UInt16], isPacketDevice: Bool) throws(AHCIError) {
    guard words.count == 256, Self.isWhole(words) else { throw .nameless }
    kind = .disk
    name = []
    for word in Array(words[10..<20]) + Array(words[27..<47]) {
      name += [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]
    }
    if isPacketDevice { try readPackets(words) } else { try readDisk(words) }
  }

  /// Where there is a checksum, it has to be right; drives that have nothing to say bring zeros or ones.
  private static func isWhole(_ words: [UInt16]) -> Bool {
    guard words[0] != 0xFFFF, words.contains(where: { $0 != 0 }) else { return false }
    guard words[255] & 0xFF == 0xA5 else { return true }
    var sum: UInt8 = 0
    for word in words {
      sum = sum &+ UInt8(truncatingIfNeeded: word) &+ UInt8(truncatingIfNeeded: word >> 8)
    }
    return sum == 0
  }

  private mutating func readPackets(_ words: [UInt16]) throws(AHCIError) {
    guard words[0] >> 14 == 2 else { throw .nameless }
    // The size of packets, and what takes them: discs, or direct access.
    let (size, taker) = (words[0] & 3, words[0] >> 8 & 31)
    guard size <= 1, taker == 5 || taker == 0 else { throw .unsupported }
    kind = .packets(size == 0 ? 12 : 16)
    packetsByMemory = words[49] & 1 << 8 != 0
    wantsDirection = words[62] & 1 << 15 != 0
    blockBytes = 2048
  }

  private mutating func readDisk(_ words: [UInt16]) throws(AHCIError) {
    guard words[0] & 1 << 15 == 0 else { throw .nameless }
    guard words[49] & 1 << 9 != 0, words[49] & 1 << 8 != 0 else { throw .unsupported }
    let isValid = { (word: UInt16) -> Bool in word >> 14 == 1 }
    let supports = isValid(words[83]) ? words[83] : 0
    isExtended = supports & 1 << 10 != 0
    blockCount = Self.number(words, 60, 2)
    if isExtended { blockCount = Self.number(words, 100, 4) }
    if isValid(words[106]), words[106] & 1 << 12 != 0 {
      let bytes = Self.number(words, 117, 2) * 2
      guard bytes <= 65_536, bytes >= 512, bytes.isPowerOfTwo else { throw .unsupported }
      blockBytes = UInt32(bytes)
    }
    // A queue belongs to the addresses of 48 bits.
    if isExtended, words[76] != 0xFFFF, words[76] & 1 << 8 != 0 { depth = Int(words[75] & 31) + 1 }
    // Unless the drive says that its cache is off, there is one to flush.
    hasCache = !isValid(words[87]) || words[82] & 1 << 5 == 0 || words[85] & 1 << 5 != 0
    if words[82] & 1 << 5 == 0, isValid(words[83]), supports & 3 << 12 == 0 { hasCache = false }
    forcesWrites = isExtended && isValid(words[84]) && words[84] & 1 << 6 != 0
    discards = isExtended && words[169] & 1 != 0
    guard blockCount > 0 else { throw .unsupported }
  }

  private static func number(_ words: [UInt16], _ first: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(words[first + index]) << UInt64(16 * index) }
    return value
  }

  /// Whether this is the drive that said `other` before.
  func isSame(as other: DriveIdentity) -> Bool {
    kind == other.kind && name == other.name && blockBytes == other.blockBytes
  }

  /// - Parameter slotCount: commands that the adapter has room for.
  func depth(slotCount: Int) -> Int { min(depth, slotCount) }

  var geometry: BlockGeometry {
    var geometry = BlockGeometry(blockBytes: blockBytes, blockCount: blockCount)
    geometry.hasCache = hasCache
    geometry.forcesWrites = forcesWrites
    geometry.discards = discards
    if kind != .disk {
      geometry.isReadOnly = true
      geometry.blockCount = 0
    }
    return geometry
  }
}
