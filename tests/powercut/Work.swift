// SPDX-License-Identifier: MIT

/// One thing that a worker does in its folder: one request, so it is done whole or not at all.
enum Step {
  case makeFolder
  case create(Int)
  case write(Int, at: Int, [UInt8])
  case truncate(Int, to: Int)
  case rename(Int, to: Int)
  case remove(Int)
}

/// What a worker does, step after step. It follows from the seed alone, so the next start of the machine
/// knows what any number of steps leaves behind.
struct Work {
  /// Names that a file may have, and how long files become.
  static var slots: Int { 12 }
  static var fileBytes: Int { 48 << 10 }
  static var writeBytes: Int { 12 << 10 }

  private let seed: UInt64
  private var random: Random
  /// How many steps were taken.
  private(set) var count = 0
  /// What is in the files after them, by slot.
  private(set) var files = [[UInt8]?](repeating: nil, count: Work.slots)

  init(seed: UInt64, worker: Int) {
    self.seed = seed &+ UInt64(worker) &* 0x9E37_79B9
    random = Random(seed: self.seed)
  }

  /// Takes the next step.
  mutating func next() -> Step {
    count += 1
    guard count > 1 else { return .makeFolder }
    let slot = random.below(Self.slots)
    guard let file = files[slot] else {
      files[slot] = []
      return .create(slot)
    }
    switch random.below(10) {
    case 0: return truncate(slot, file)
    case 1:
      let other = (slot + 1 + random.below(Self.slots - 1)) % Self.slots
      files[other] = file
      files[slot] = nil
      return .rename(slot, to: other)
    case 2:
      files[slot] = nil
      return .remove(slot)
    default: return write(slot, file)
    }
  }

  private mutating func truncate(_ slot: Int, _ file: [UInt8]) -> Step {
    let length = random.below(Self.fileBytes)
    files[slot] =
      length <= file.count
      ? Array(file[..<length]) : file + [UInt8](repeating: 0, count: length - file.count)
    return .truncate(slot, to: length)
  }

  private mutating func write(_ slot: Int, _ file: [UInt8]) -> Step {
    let place = random.below(min(file.count + 1, Self.fileBytes - Self.writeBytes))
    // Often little, now and then much; what is written never compresses.
    let count = 1 + random.below(random.below(3) == 0 ? Self.writeBytes : 900)
    let bytes = random.bytes(count)
    var changed = file
    for index in bytes.indices {
      if place + index < changed.count {
        changed[place + index] = bytes[index]
      } else {
        changed.append(bytes[index])
      }
    }
    files[slot] = changed
    return .write(slot, at: place, bytes)
  }

  /// Whether all that was done is to be on the medium before the next step.
  var isToBeSynchronised: Bool {
    var random = Random(seed: seed ^ UInt64(count) &* 0xD6E8_FEB8_6659_FD93)
    return random.below(3) == 0
  }
}
