// SPDX-License-Identifier: MIT
import Memory
import Testing

@testable import AHCIDriver

/// A drive made of arrays: a disk, or one for discs.
final class DriveScript {
  var words = [UInt16](repeating: 0, count: 256)
  var medium = [UInt8](repeating: 0, count: 512 * 1000)
  var blockBytes = 512
  var signature: UInt32 = 0x101
  var linkStatus: UInt32 = 0x113
  /// Until so many of the driver's pauses it is busy; for ever if it is `.max`.
  var busyUntil = 0
  /// Queued commands are ended when the test says so.
  var holds = false
  /// It takes commands and ends none.
  var isSilent = false
  /// How the next reads, writes, flushes and discards end: status, error, further reasons.
  var ends: [(status: UInt8, error: UInt8, reasons: UInt32)] = []
  var badBlocks: Set<Int> = []
  var identifies = true
  var log = Log.right
  var queueError: Int?
  var hasQueueError: Bool { queueError != nil }
  var operations: [UInt8] = []
  var begins = 0
  /// For discs: key and code of the next commands that fail.
  var senses: [(key: UInt8, code: UInt8)] = []
  private var lastSense: (key: UInt8, code: UInt8) = (0, 0)
  var hasDisc = true

  enum Log { case right, absent, garbled, foreign, another }

  init(serial: String = "A1", isPacketDevice: Bool = false) {
    for (index, byte) in serial.utf8.enumerated() {
      words[10 + index / 2] |= UInt16(byte) << (index % 2 == 0 ? 8 : 0)
    }
    for index in 27..<47 { words[index] = 0x2020 }
    words[27] = 0x4D31
    if isPacketDevice {
      signature = 0xEB14_0101
      words[0] = 0x8580
      words[49] = 1 << 8
      blockBytes = 2048
      medium = [UInt8](repeating: 0, count: 2048 * 100)
      return
    }
    words[0] = 0x40
    words[49] = 3 << 8
    words[60] = 1000
    words[75] = 31
    words[76] = 1 << 8
    words[82] = 1 << 5
    words[83] = 1 << 14 | 1 << 13 | 1 << 12 | 1 << 10
    words[84] = 1 << 14 | 1 << 6
    words[85] = 1 << 5
    words[87] = 1 << 14
    words[100] = 1000
    words[169] = 1
  }

  func begin() {
    begins += 1
    queueError = nil
  }

  func isBusy(_ pauses: Int) -> Bool { pauses < busyUntil }

  typealias Outcome = (status: UInt8, error: UInt8, reasons: UInt32)

  private static let good: Outcome = (0x50, 0, 0)
  private static let aborted: Outcome = (0x51, 4, 0)

  func carryOut(_ command: PortScript.Command, _ memory: SharedBytes) -> Outcome {
    let operation = command.frame[2]
    operations.append(operation)
    if operation == 0x2F { return readLog(command, memory) }
    // With an error in the queue, nothing else is taken until the log was read.
    if hasQueueError { return Self.aborted }
    switch operation {
    case 0xEC, 0xA1:
      guard identifies, (operation == 0xA1) == (signature == 0xEB14_0101) else {
        return Self.aborted
      }
      move(words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }, command, memory)
      return Self.good
    case 0xA0: return packet(command, memory)
    default: break
    }
    if !ends.isEmpty {
      let end = ends.removeFirst()
      if end.status & 0x21 != 0 || end.reasons != 0 {
        if command.isQueued { queueError = command.slot }
        return end
      }
    }
    return transfer(command, memory)
  }

  private func transfer(_ command: PortScript.Command, _ memory: SharedBytes) -> Outcome {
    let operation = command.frame[2]
    let count: Int
    switch operation {
    case 0xEA, 0xE7: return Self.good
    case 0x06:
      #expect(command.frame[3] == 1 && command.writes && command.byteCount == 512)
      for index in 0..<64 {
        let range = memory.load(at: command.pieces[0].place + 8 * index, as: UInt64.self)
        let first = Int(range & (1 << 48 - 1)) * blockBytes
        for place in first..<first + Int(range >> 48) * blockBytes { medium[place] = 0xDD }
      }
      return Self.good
    case 0x60, 0x61:
      #expect(Int(command.frame[12] >> 3) == command.slot)
      count = Int(command.frame[3]) | Int(command.frame[11]) << 8
    case 0x25, 0x35, 0x3D: count = Int(command.frame[12]) | Int(command.frame[13]) << 8
    case 0xC8, 0xCA: count = command.frame[12] == 0 ? 256 : Int(command.frame[12])
    default: return Self.aborted
    }
    #expect(command.frame[7] & 0x40 != 0, "blocks are addressed by number")
    #expect(command.byteCount == count * blockBytes)
    var block = command.block
    if operation == 0xC8 || operation == 0xCA { block |= Int(command.frame[7] & 15) << 24 }
    let isBad = (block..<block + count).contains { badBlocks.contains($0) }
    guard (block + count) * blockBytes <= medium.count, !isBad else {
      if command.isQueued { queueError = command.slot }
      return (0x51, isBad ? 0x40 : 0x10, 0)
    }
    let isRead = [0x60, 0x25, 0xC8].contains(operation)
    #expect(command.writes == !isRead)
    var place = block * blockBytes
    if isRead {
      move(Array(medium[place..<place + count * blockBytes]), command, memory)
    } else {
      for piece in command.pieces {
        for index in 0..<piece.count {
          medium[place] = memory.load(at: piece.place + index, as: UInt8.self)
          place += 1
        }
      }
    }
    return Self.good
  }

  /// Brings bytes to where a command wants them.
  private func move(_ bytes: [UInt8], _ command: PortScript.Command, _ memory: SharedBytes) {
    var done = 0
    for piece in command.pieces {
      for index in 0..<min(piece.count, bytes.count - done) {
        memory.store(bytes[done + index], at: piece.place + index)
      }
      done = min(bytes.count, done + piece.count)
    }
  }

  private func readLog(_ command: PortScript.Command, _ memory: SharedBytes) -> Outcome {
    #expect(command.block == 0x10 && command.frame[12] == 1 && command.byteCount == 512)
    guard log != .absent, let slot = queueError else { return Self.aborted }
    var page = [UInt8](repeating: 0, count: 512)
    page[0] = UInt8(slot)
    if log == .foreign { page[0] |= 0x80 }
    if log == .another { page[0] = UInt8((slot + 8) % 32) }
    page[2] = 0x41
    page[3] = 0x40
    page[511] = 0 &- page.reduce(0, &+)
    if log == .garbled { page[511] &+= 1 }
    move(page, command, memory)
    queueError = nil
    return Self.good
  }

  // MARK: Discs

  private func fail(_ key: UInt8, _ code: UInt8) -> Outcome {
    lastSense = (key, code)
    return (0x51, key << 4, 0)
  }

  private func packet(_ command: PortScript.Command, _ memory: SharedBytes) -> Outcome {
    let packet = command.packet
    if packet[0] == 0x03 {
      var bytes = [UInt8](repeating: 0, count: 18)
      (bytes[0], bytes[2], bytes[7], bytes[12]) = (0x70, lastSense.key, 10, lastSense.code)
      move(bytes, command, memory)
      lastSense = (0, 0)
      return Self.good
    }
    if !ends.isEmpty {
      let end = ends.removeFirst()
      if end.status & 0x21 != 0 || end.reasons != 0 { return end }
    }
    if !senses.isEmpty {
      let sense = senses.removeFirst()
      return fail(sense.key, sense.code)
    }
    guard hasDisc else { return fail(2, 0x3A) }
    let number = { (place: Int, count: Int) -> Int in
      (0..<count).reduce(0) { $0 << 8 | Int(packet[place + $1]) }
    }
    switch packet[0] {
    case 0x00: return Self.good
    case 0x25:
      let last = medium.count / blockBytes - 1
      let fields = [last, blockBytes].flatMap { value in
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
      }
      move(fields, command, memory)
      return Self.good
    case 0x28, 0xA8:
      let block = number(2, 4)
      let count = packet[0] == 0x28 ? number(7, 2) : number(6, 4)
      #expect(command.byteCount == count * blockBytes && command.frame[3] & 1 == 1)
      guard (block + count) * blockBytes <= medium.count else { return fail(5, 0x21) }
      if (block..<block + count).contains(where: { badBlocks.contains($0) }) {
        return fail(3, 0x11)
      }
      move(Array(medium[block * blockBytes..<(block + count) * blockBytes]), command, memory)
      return Self.good
    default: return fail(5, 0x20)
    }
  }
}
