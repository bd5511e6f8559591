// SPDX-License-Identifier: MIT
import Base
import Core

/// Follows all ways through a compiled pattern at once, the preferred ones first.
struct RegularMachine {
  private struct Thread {
    var place: Int
    var saved: [Int?]
  }

  private let program: [RegularExpression.Instruction]
  private let text: Text
  private let slots: Int
  /// For each instruction the step, counted from one, in which it was last reached.
  private var reached: [Int]
  private var step = 0

  init(_ program: [RegularExpression.Instruction], _ text: Text, slots: Int) {
    self.program = program
    self.text = text
    self.slots = slots
    reached = Array(repeating: 0, count: program.count)
  }

  mutating func run(from start: Int) -> [Int?]? {
    var threads: [Thread] = []
    var found: [Int?]?
    var index = start
    while true {
      step += 1
      var ready: [Thread] = []
      for thread in threads { follow(thread, at: index, into: &ready) }
      if found == nil {
        follow(
          Thread(place: 0, saved: Array(repeating: nil, count: slots)), at: index, into: &ready)
      }
      if ready.isEmpty, found != nil || index >= text.count { return found }
      threads = []
      for thread in ready {
        if case .match = program[thread.place] {
          found = thread.saved
          break
        }
        if index < text.count, consumes(program[thread.place], text[index]) {
          threads.append(Thread(place: thread.place + 1, saved: thread.saved))
        }
      }
      guard index < text.count else { return found }
      index += 1
    }
  }

  private func consumes(_ instruction: RegularExpression.Instruction, _ byte: UInt8) -> Bool {
    switch instruction {
    case .byte(let wanted): byte == wanted
    case .any: byte != 0x0A
    case .set(let set): set[byte]
    case .start, .end, .wordEdge, .either, .jump, .save, .match: false
    }
  }

  /// Adds to `ready` what can be reached from `thread` without taking a byte.
  private mutating func follow(_ thread: Thread, at index: Int, into ready: inout [Thread]) {
    var waiting = [thread]
    while var thread = waiting.popLast() {
      guard reached[thread.place] != step else { continue }
      reached[thread.place] = step
      switch program[thread.place] {
      case .byte, .any, .set, .match:
        ready.append(thread)
        continue
      case .jump(let place): thread.place = place
      case .either(let first, let second):
        waiting.append(Thread(place: second, saved: thread.saved))
        thread.place = first
      case .save(let slot):
        thread.saved[slot] = index
        thread.place += 1
      case .start:
        guard index == 0 else { continue }
        thread.place += 1
      case .end:
        guard index == text.count else { continue }
        thread.place += 1
      case .wordEdge(let wanted):
        guard isWordEdge(index) == wanted else { continue }
        thread.place += 1
      }
      waiting.append(thread)
    }
  }

  private func isWordEdge(_ index: Int) -> Bool {
    let before = index > 0 && RegularCompiler.isWordPart(text[index - 1])
    let after = index < text.count && RegularCompiler.isWordPart(text[index])
    return before != after
  }
}
