// SPDX-License-Identifier: MIT
import Core
import Memory

/// Registers of a controller (NVM Express Base Specification, 3.1).
enum NVMeRegister {
  static let capabilitiesLow = 0x00
  static let capabilitiesHigh = 0x04
  static let configuration = 0x14
  static let status = 0x1C
  static let adminQueueSizes = 0x24
  static let adminSubmission = 0x28
  static let adminCompletion = 0x30
  static let doorbells = 0x1000
}

/// A command, as it lies in a submission queue. 64 bytes.
struct NVMeCommand {
  var operation: UInt8
  var identifier: UInt16 = 0
  var namespace: UInt32 = 0
  var first: UInt64 = 0
  var second: UInt64 = 0
  var word10: UInt32 = 0
  var word11: UInt32 = 0
  var word12: UInt32 = 0

  init(_ operation: UInt8) { self.operation = operation }

  func store(in memory: SharedBytes, at place: Int) {
    memory.clear(place..<place + 64)
    memory.store(UInt32(operation) | UInt32(identifier) << 16, at: place)
    memory.store(namespace, at: place + 4)
    memory.store(first, at: place + 24)
    memory.store(second, at: place + 32)
    memory.store(word10, at: place + 40)
    memory.store(word11, at: place + 44)
    memory.store(word12, at: place + 48)
  }

  // Admin commands.
  static var createSubmissionQueue: UInt8 { 0x01 }
  static var createCompletionQueue: UInt8 { 0x05 }
  static var identify: UInt8 { 0x06 }
  static var setFeatures: UInt8 { 0x09 }
  // Commands of the NVM command set.
  static var flush: UInt8 { 0x00 }
  static var write: UInt8 { 0x01 }
  static var read: UInt8 { 0x02 }
  static var manageData: UInt8 { 0x09 }
  static var forced: UInt32 { 1 << 30 }
}

/// A pair of queues, and what is under way on them.
struct NVMeQueue: ~Copyable {
  let number: Int
  let size: Int
  private let memory: SharedBytes
  private let submissionPlace: Int
  private let completionPlace: Int
  private var inUse: [Bool]
  /// What commands of a slot are called, one after the other: a slot is the low six bits of it.
  private var identifiers: [UInt16]
  private var tail = 0
  private(set) var head = 0
  private var phase: UInt32 = 1

  init(
    _ number: Int, size: Int, _ memory: SharedBytes, _ submissionPlace: Int, _ completionPlace: Int
  ) {
    self.number = number
    self.size = size
    self.memory = memory
    self.submissionPlace = submissionPlace
    self.completionPlace = completionPlace
    inUse = [Bool](repeating: false, count: size - 1)
    identifiers = (0..<size - 1).map { UInt16($0) }
    reset()
  }

  /// What lies between the names of a slot's commands: more than there are slots.
  private static var turn: UInt16 { 64 }

  mutating func reset() {
    memory.clear(submissionPlace..<submissionPlace + 64 * size)
    memory.clear(completionPlace..<completionPlace + 16 * size)
    for slot in inUse.indices { inUse[slot] = false }
    (tail, head, phase) = (0, 0, 1)
  }

  /// Puts a command into a slot that is free.
  /// - Returns: the new tail, for the doorbell; `nil` if the slot is not free.
  mutating func add(_ command: NVMeCommand, slot: Int) -> Int? {
    guard inUse.indices.contains(slot), !inUse[slot] else { return nil }
    var command = command
    identifiers[slot] &+= Self.turn
    command.identifier = identifiers[slot]
    command.store(in: memory, at: submissionPlace + 64 * tail)
    inUse[slot] = true
    tail = (tail + 1) % size
    return tail
  }

  var lastTail: Int { tail }

  /// The next completion: its slot, its status (zero: success) and its result.
  /// - Throws: `broken` for a command that is not under way.
  mutating func next() throws(NVMeError) -> (slot: Int, status: UInt32, result: UInt32)? {
    let place = completionPlace + 16 * head
    let word = memory.loadAcquiring32(at: place + 12)
    guard word >> 16 & 1 == phase else { return nil }
    let result = memory.load(at: place, as: UInt32.self)
    head += 1
    if head == size { (head, phase) = (0, phase ^ 1) }
    let identifier = UInt16(truncatingIfNeeded: word)
    let slot = Int(identifier % Self.turn)
    // One that comes a second time has the name of an earlier command.
    guard inUse.indices.contains(slot), inUse[slot], identifiers[slot] == identifier else {
      throw .broken
    }
    inUse[slot] = false
    return (slot, word >> 17 & 0x7FF, result)
  }
}

/// Why a controller cannot be driven.
public enum NVMeError: Error, Equatable {
  /// It does not get ready, fails a command of its start, or says what makes no sense.
  case broken
  /// It cannot do what every driver here needs.
  case unsupported
}
