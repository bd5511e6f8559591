// SPDX-License-Identifier: MIT
import Base
import Core

/// What brackets after an array or a text name: an index, a range or a stepped range.
struct Selector {
  private enum Kind {
    case index(Int)
    /// `end` is one past the last.
    case range(start: Int, end: Int)
    case steps(start: Int, step: Int, end: Int?)
  }

  private let kind: Kind

  init(_ text: Text, count: Int) throws(ExpansionError) {
    if let index = try? Int(decimal: text) {
      kind = .index(try Self.place(index, count))
      return
    }
    guard let dots = text.firstIndex(of: ".." as Text) else {
      throw ExpansionError("Invalid index " + text + " for sequence")
    }
    var rest = text[(dots + 2)...]
    let isInclusive = rest.hasPrefix(".") || rest.hasPrefix("=")
    if isInclusive { rest = rest[1...] }
    let end = rest.isEmpty ? nil : try Self.number(rest)
    let front = text[0..<dots]
    if let comma = front.firstIndex(of: 0x2C) {
      let step = try Self.number(front[(comma + 1)...])
      guard step != 0 else { throw ExpansionError("a step of zero leads nowhere") }
      let start = try Self.place(try Self.number(front[0..<comma]), count)
      let last = end.map { isInclusive || step < 0 ? $0 : $0 - 1 }
      // A step beyond all elements is as good as one just past them.
      let bounded = max(-count, min(count, step))
      kind = .steps(start: start, step: bounded, end: last)
      return
    }
    let start = front.isEmpty ? 0 : try Self.number(front)
    kind = try Self.range(start, end, isInclusive: isInclusive, count: count)
  }

  private static func number(_ text: Text) throws(ExpansionError) -> Int {
    guard let number = try? Int(decimal: text), number.magnitude < 1 << 62 else {
      throw ExpansionError("Invalid index " + text + " for sequence")
    }
    return number
  }

  /// The index counted from the start; a negative one counts from the end.
  private static func place(_ index: Int, _ count: Int) throws(ExpansionError) -> Int {
    let place = index < 0 ? count + index : index
    if place >= 0, place < count { return place }
    throw ExpansionError(
      Text { text in
        text.put("Invalid index ")
        text.put(decimal: index)
        text.put(" for sequence with length ")
        text.put(decimal: count)
      })
  }

  private static func range(
    _ start: Int, _ end: Int?, isInclusive: Bool, count: Int
  ) throws(ExpansionError) -> Kind {
    let first = start < 0 ? count + start : start
    var last = count
    if let end {
      last = end < 0 ? count + end : end
      if isInclusive { last += 1 }
    }
    if first >= 0, first <= last, last <= count { return .range(start: first, end: last) }
    throw ExpansionError(
      Text { text in
        text.put("Invalid range between (")
        text.put(decimal: start)
        text.put(",")
        text.put(decimal: end ?? count)
        text.put(") for sequence with length ")
        text.put(decimal: count)
      })
  }

  func select(from elements: [Text]) throws(ExpansionError) -> [Text] {
    switch kind {
    case .index(let index): return [elements[index]]
    case .range(let start, let end): return Array(elements[start..<end])
    case .steps(let start, let step, let end):
      let last = step > 0 ? min(end ?? elements.count - 1, elements.count - 1) : max(end ?? 0, 0)
      return stride(from: start, through: last, by: step).map { elements[$0] }
    }
  }
}
