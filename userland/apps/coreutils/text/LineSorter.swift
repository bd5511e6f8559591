// SPDX-License-Identifier: MIT
import Base
import Core

/// Lines of one buffer, sorted as places in it: no line is copied.
struct LineSorter {
  /// A line, and a number that puts it before or behind most others: the first bytes by which it is
  /// compared, the highest first, or what the number there is roughly.
  struct Line {
    var prefix: UInt64
    var start: Int
    var end: Int

    var range: Range<Int> { start..<end }
  }

  let keys: [SortKey]
  let separator: UInt8?
  /// The order of lines that are equal by all keys; `nil` leaves them as they came.
  let lastResort: SortOrder?
  /// Whether the first key has such a number; it decides nearly always.
  private let comparesPrefix: Bool
  /// Whether lines are compared as they are, as a whole.
  private let comparesLines: Bool
  private let isReversed: Bool

  init(keys: [SortKey], separator: UInt8?, lastResort: SortOrder?) {
    self.keys = keys
    self.separator = separator
    self.lastResort = lastResort
    let isPlain = keys[0].order.isPlain
    comparesPrefix = isPlain || keys[0].order.kind == .number
    isReversed = keys[0].order.isReversed
    comparesLines = isPlain && keys.count == 1 && keys[0].isLine && lastResort == nil
  }

  func line(_ text: Span<UInt8>, _ range: Range<Int>) -> Line {
    var line = Line(prefix: 0, start: range.lowerBound, end: range.upperBound)
    guard comparesPrefix else { return line }
    line.prefix = prefix(text, keyRange(0, text, range))
    if isReversed { line.prefix = ~line.prefix }
    return line
  }

  private func prefix(_ text: Span<UInt8>, _ key: Range<Int>) -> UInt64 {
    if keys[0].order.kind == .number {
      return SortComparison.Digits(text, key).roughly(text)
    }
    var prefix: UInt64 = 0
    let end = min(key.upperBound, key.lowerBound + 8)
    var place = key.lowerBound
    while place < end {
      prefix = prefix << 8 | UInt64(text[place])
      place &+= 1
    }
    return prefix << UInt64(8 * (8 - (end - key.lowerBound)))
  }

  private func keyRange(_ index: Int, _ text: Span<UInt8>, _ line: Range<Int>) -> Range<Int> {
    let key = keys[index]
    if key.isLine { return line }
    return key.range(in: text, line, separator: separator)
  }

  /// By the keys alone.
  func compareKeys(_ text: Span<UInt8>, _ left: Line, _ right: Line) -> Int {
    for index in keys.indices {
      let result = SortComparison.compare(
        text, keyRange(index, text, left.range), keyRange(index, text, right.range),
        keys[index].order)
      if result != 0 { return result }
    }
    return 0
  }

  /// Whether `right` has to stand before `left`, which came first.
  @inline(__always)
  private func isBehind(_ text: Span<UInt8>, _ left: Line, _ right: Line) -> Bool {
    if comparesPrefix, left.prefix != right.prefix { return right.prefix < left.prefix }
    // Of short lines the prefix is all there is.
    let count = left.end &- left.start
    if comparesLines, count <= 8, count == right.end &- right.start { return false }
    return compare(text, left, right) > 0
  }

  func compare(_ text: Span<UInt8>, _ left: Line, _ right: Line) -> Int {
    let result = compareKeys(text, left, right)
    guard result == 0, let lastResort else { return result }
    return SortComparison.compare(text, left.range, right.range, lastResort)
  }

  /// Sorts by merging runs, which leaves equal lines as they came.
  func sort(_ lines: inout [Line], _ text: Span<UInt8>) {
    let count = lines.count
    var width = 8
    var start = 0
    while start < count {
      insertionSort(&lines, start, min(start + width, count), text)
      start += width
    }
    guard count > width else { return }
    var other = lines
    var isInOther = false
    while width < count {
      if isInOther {
        mergeRuns(from: other, into: &lines, width, text)
      } else {
        mergeRuns(from: lines, into: &other, width, text)
      }
      isInOther.toggle()
      width *= 2
    }
    if isInOther { swap(&lines, &other) }
  }

  private func insertionSort(
    _ lines: inout [Line], _ start: Int, _ end: Int, _ text: Span<UInt8>
  ) {
    var index = start + 1
    while index < end {
      let line = lines[index]
      var place = index
      while place > start, isBehind(text, lines[place - 1], line) {
        lines[place] = lines[place - 1]
        place &-= 1
      }
      lines[place] = line
      index &+= 1
    }
  }

  private func mergeRuns(
    from source: borrowing [Line], into target: inout [Line], _ width: Int, _ text: Span<UInt8>
  ) {
    let count = source.count
    var start = 0
    while start < count {
      let middle = min(start + width, count)
      let end = min(middle + width, count)
      var (left, right, place) = (start, middle, start)
      // Runs that follow each other already are taken as they are.
      if right < end, left < middle, !isBehind(text, source[middle - 1], source[middle]) {
        right = middle
        while place < end {
          target[place] = source[place]
          place &+= 1
        }
        start = end
        continue
      }
      while place < end {
        if left < middle, right == end || !isBehind(text, source[left], source[right]) {
          target[place] = source[left]
          left &+= 1
        } else {
          target[place] = source[right]
          right &+= 1
        }
        place &+= 1
      }
      start = end
    }
  }
}
