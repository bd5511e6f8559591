// SPDX-License-Identifier: MIT
import Core

extension RegularAutomaton {
  /// Whether there is a match in `text`. For searches.
  mutating func matches(_ text: Span<UInt8>) -> Bool {
    var row = start(behind: .edge)
    for index in text.indices {
      let step = step(row, kind(of: text, at: index))
      if step & 1 != 0 { return true }
      row = step >> 1
    }
    return step(row, endClass) & 1 != 0
  }

  /// Where the longest match ends that begins at `start` in `text`, if there is one. Anchored.
  mutating func end(of start: Int, in text: Span<UInt8>) -> Int? {
    var row = self.start(behind: start > 0 ? Neighbour(at: start - 1, of: text) : .edge)
    var found: Int?
    var index = start
    while index < text.count {
      let step = step(row, kind(of: text, at: index))
      if step & 1 != 0 { found = index }
      row = step >> 1
      if row == Self.dead { return found }
      index &+= 1
    }
    if step(row, endClass) & 1 != 0 { found = index }
    return found
  }

  /// For each place in `text`, its end among them, whether a match begins there; of the program for
  /// texts read from their end, everywhere.
  mutating func starts(in text: Span<UInt8>) -> [Bool] {
    var starts = [Bool](repeating: false, count: text.count + 1)
    var row = start(behind: .edge)
    var index = text.count
    while index > 0 {
      let step = step(row, kind(of: text, at: index - 1))
      if step & 1 != 0 { starts[index] = true }
      row = step >> 1
      index &-= 1
    }
    starts[0] = step(row, endClass) & 1 != 0
    return starts
  }
}
