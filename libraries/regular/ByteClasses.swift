// SPDX-License-Identifier: MIT
import Core

/// The bytes put into classes that a program does not tell apart.
struct ByteClasses {
  private(set) var classes = [UInt8](repeating: 0, count: 256)
  /// A byte of each class.
  private(set) var samples: [UInt8] = []

  init(_ program: RegularProgram) {
    var bytes = ByteSet()
    for node in program.nodes {
      if case .byte(let byte, _) = node { bytes.insert(byte) }
    }
    for set in program.sets { split(by: set) }
    if program.usesWords { split(by: ByteSet(where: WordCharacters.isPart)) }
    for byte in 0...UInt8.max where bytes[byte] {
      var set = ByteSet()
      set.insert(byte)
      split(by: set)
    }
    var next: UInt8 = 0
    var numbers = [UInt8?](repeating: nil, count: 256)
    for byte in 0...255 {
      let old = Int(classes[byte])
      if let number = numbers[old] {
        classes[byte] = number
      } else {
        numbers[old] = next
        classes[byte] = next
        samples.append(UInt8(byte))
        next &+= 1
      }
    }
  }

  /// Gives bytes of one class that are on different sides of `set` different classes.
  private mutating func split(by set: ByteSet) {
    var moved = [UInt8?](repeating: nil, count: 256)
    var isIn = [Bool?](repeating: nil, count: 256)
    var used = ByteSet()
    for number in classes { used.insert(number) }
    for byte in 0...255 {
      let old = Int(classes[byte])
      let member = set[UInt8(byte)]
      guard let first = isIn[old] else {
        isIn[old] = member
        continue
      }
      guard first != member else { continue }
      if moved[old] == nil {
        var free: UInt8 = 0
        while used[free] { free += 1 }
        used.insert(free)
        moved[old] = free
      }
      classes[byte] = moved[old] ?? classes[byte]
    }
  }
}
