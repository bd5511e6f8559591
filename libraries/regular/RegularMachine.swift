// SPDX-License-Identifier: MIT
import Base
import Core

/// Follows all ways through a pattern at once, the preferred ones first, and remembers groups.
struct RegularMachine {
  private struct Thread {
    var place: Int32
    var saved: [Int?]
  }

  private let program: RegularProgram
  private let text: Text
  private let slots: Int
  /// For each node the step, counted from one, in which it was last reached.
  private var reached: [Int]
  private var step = 0

  init(_ program: RegularProgram, _ text: Text, slots: Int) {
    self.program = program
    self.text = text
    self.slots = slots
    reached = Array(repeating: 0, count: program.nodes.count)
  }

  /// - Returns: the bounds of the leftmost match and of its groups; `nil` if there is none.
  mutating func run(from start: Int) -> [Int?]? {
    var threads: [Thread] = []
    var found: [Int?]?
    var index = start
    while true {
      step += 1
      var ready: [Thread] = []
      for thread in threads { follow(thread, at: index, into: &ready) }
      if found == nil {
        let saved = [Int?](repeating: nil, count: slots)
        follow(Thread(place: program.entry, saved: saved), at: index, into: &ready)
      }
      if ready.isEmpty, found != nil || index >= text.count { return found }
      threads = []
      for thread in ready {
        let node = program.nodes[Int(thread.place)]
        if case .match = node {
          found = thread.saved
          break
        }
        if index < text.count, let next = place(after: node, text[index]) {
          threads.append(Thread(place: next, saved: thread.saved))
        }
      }
      guard index < text.count else { return found }
      index += 1
    }
  }

  private func place(after node: RegularProgram.Node, _ byte: UInt8) -> Int32? {
    switch node {
    case .byte(let wanted, let next): byte == wanted ? next : nil
    case .set(let set, let next): program.sets[Int(set)][byte] ? next : nil
    case .match, .either, .save, .assertion: nil
    }
  }

  /// Adds to `ready` what can be reached from `thread` without taking a byte.
  private mutating func follow(_ thread: Thread, at index: Int, into ready: inout [Thread]) {
    var waiting = [thread]
    while var thread = waiting.popLast() {
      guard reached[Int(thread.place)] != step else { continue }
      reached[Int(thread.place)] = step
      switch program.nodes[Int(thread.place)] {
      case .byte, .set, .match:
        ready.append(thread)
        continue
      case .either(let first, let second):
        waiting.append(Thread(place: second, saved: thread.saved))
        thread.place = first
      case .save(let slot, let next):
        thread.saved[Int(slot)] = index
        thread.place = next
      case .assertion(let assertion, let next):
        let before: Neighbour = index > 0 ? Neighbour(at: index - 1, of: text.span) : .edge
        let after: Neighbour = index < text.count ? Neighbour(at: index, of: text.span) : .edge
        guard assertion.holds(between: before, and: after) else { continue }
        thread.place = next
      }
      waiting.append(thread)
    }
  }
}
