// SPDX-License-Identifier: MIT
import Memory
import Testing

/// Memory that host and device know by the same addresses.
func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// A virtio block device made of arrays, which follows the document from the device's side.
final class DeviceScript {
  let memory = hostMemory(1 << 20)
  var features: UInt64 = 1 << 32 | 1 << 28 | 1 << 9 | 1 << 2 | 1 << 6 | 1 << 13
  var registers = [UInt8](repeating: 0, count: 0x3000)
  var disk = [UInt8](repeating: 0, count: 512 * 1000)
  var accepted: UInt64 = 0
  var queueAddresses: [UInt64] = [0, 0, 0]
  var maximumSize: UInt16 = 128
  var size = 0
  var isRunning = false
  /// Counts status writes of zero.
  var resets = 0
  var staysBusy = false
  /// It takes requests and answers none.
  var keepsRequests = false
  /// How many of the next requests are answered twice.
  var doubles = 0
  var isGone = false
  var refusesFeatures = false
  var refusesVectors = false
  /// What the next requests answer in their status byte.
  var statuses: [UInt8] = []
  var flushes = 0
  var used: UInt16 = 0
  var taken: UInt16 = 0

  init() { setOwn() }

  func setOwn(sectors: UInt64 = 1000, segments: UInt32 = 126, blockBytes: UInt32 = 512) {
    put(0x2000, sectors, 8)
    put(0x200C, UInt64(segments), 4)
    put(0x2014, UInt64(blockBytes), 4)
    put(0x2024, 1000, 4)
  }

  func put(_ place: Int, _ value: UInt64, _ width: Int) {
    for index in 0..<width {
      registers[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  func get(_ place: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(registers[place + $1]) << UInt64(8 * $1) }
  }

  func load(_ place: Int, _ width: Int) -> UInt64 {
    if isGone { return .max }
    switch place {
    case 4: return features >> (get(0, 4) == 0 ? 0 : 32) & 0xFFFF_FFFF
    case 20:
      let status = registers[20]
      return UInt64(staysBusy && status == 0 ? 1 : refusesFeatures ? status & ~8 : status)
    case 24: return get(22, 2) == 0 ? UInt64(size == 0 ? Int(maximumSize) : size) : 0
    case 26: return refusesVectors ? 0xFFFF : get(26, 2)
    case 30: return 3
    default: return get(place, width)
    }
  }

  func store(_ place: Int, _ width: Int, _ value: UInt64) {
    put(place, value, width)
    switch place {
    case 12:
      let shift: UInt64 = get(8, 4) == 0 ? 0 : 32
      accepted = accepted & ~(0xFFFF_FFFF << shift) | value << shift
    case 20:
      if value == 0 {
        resets += 1
        (size, used, taken, isRunning, accepted) = (0, 0, 0, false, 0)
      }
      if value & 4 != 0 { isRunning = true }
    case 24: size = Int(value)
    case 32, 40, 48, 36, 44, 52:
      let number = (place - 32) / 8
      let shift: UInt64 = place % 8 == 0 ? 0 : 32
      queueAddresses[number] = queueAddresses[number] & ~(0xFFFF_FFFF << shift) | value << shift
    case 0x1000 + 12: work()
    default: break
    }
  }

  func place(_ address: UInt64) -> Int { Int(address - UInt64(memory.address)) }

  private struct Piece { var place: Int; var count: Int; var isWritten: Bool }

  private func chain(_ head: UInt16) -> [Piece] {
    var pieces: [Piece] = []
    var table = place(queueAddresses[0])
    var number = Int(head)
    while true {
      let entry = table + 16 * number
      let address = memory.load(at: entry, as: UInt64.self)
      let count = Int(memory.load(at: entry + 8, as: UInt32.self))
      let flags = memory.load(at: entry + 12, as: UInt16.self)
      if flags & 4 != 0 {
        table = place(address)
        number = 0
        continue
      }
      pieces.append(Piece(place: place(address), count: count, isWritten: flags & 2 != 0))
      guard flags & 1 != 0 else { return pieces }
      number = Int(memory.load(at: entry + 14, as: UInt16.self))
    }
  }

  /// Carries out what is available.
  func work() {
    guard isRunning, !keepsRequests else { return }
    let ring = place(queueAddresses[1])
    while taken != memory.load(at: ring + 2, as: UInt16.self) {
      let head = memory.load(at: ring + 4 + 2 * (Int(taken) % size), as: UInt16.self)
      taken &+= 1
      carryOut(head)
    }
  }

  func carryOut(_ head: UInt16) {
    let pieces = chain(head)
    let status = statuses.isEmpty ? 0 : statuses.removeFirst()
    if status == 0 { move(pieces) }
    #expect(pieces.last?.count == 1 && pieces.last?.isWritten == true)
    memory.store(status, at: pieces[pieces.count - 1].place)
    end(UInt32(head))
    guard doubles > 0 else { return }
    doubles -= 1
    end(UInt32(head))
  }

  func end(_ head: UInt32) {
    let ring = place(queueAddresses[2])
    memory.store(head, at: ring + 4 + 8 * (Int(used) % size))
    memory.store(1 as UInt32, at: ring + 8 + 8 * (Int(used) % size))
    used &+= 1
    memory.store(used, at: ring + 2)
  }

  private func move(_ pieces: [Piece]) {
    let kind = memory.load(at: pieces[0].place, as: UInt32.self)
    var place = Int(memory.load(at: pieces[0].place + 8, as: UInt64.self)) * 512
    switch kind {
    case 4: flushes += 1
    case 11:
      let range = pieces[1].place
      let first = Int(memory.load(at: range, as: UInt64.self)) * 512
      let count = Int(memory.load(at: range + 8, as: UInt32.self)) * 512
      for index in first..<first + count { disk[index] = 0xDD }
    default:
      for piece in pieces[1..<pieces.count - 1] {
        for index in 0..<piece.count {
          if kind == 0 {
            #expect(piece.isWritten)
            memory.store(disk[place], at: piece.place + index)
          } else {
            disk[place] = memory.load(at: piece.place + index, as: UInt8.self)
          }
          place += 1
        }
      }
    }
  }
}
