// SPDX-License-Identifier: MIT

@testable import ShellEditor

/// A terminal as the editor assumes one: the sequences of a VT100, cells with a width, and a last
/// column that is written without leaving it.
struct TerminalModel {
  let columns: Int
  let rows: Int
  /// What each cell shows; empty behind a wide character.
  private(set) var cells: [[[UInt8]]]
  private(set) var row = 0
  private(set) var column = 0
  /// Whether the last column has just been written.
  private var isPending = false
  private(set) var bells = 0
  private var saved = (0, 0)
  private var decoder: [UInt8] = []
  /// Lines that have left the screen at its top.
  private(set) var scrolledAway: [String] = []
  /// What it answers.
  private(set) var answers: [UInt8] = []
  var answersQueries = true

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: Array(repeating: [], count: columns), count: rows)
  }

  /// The rows without spaces at their ends, down to the last that has something.
  var text: [String] {
    var lines = cells.map(Self.line)
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  private static func line(_ cells: [[UInt8]]) -> String {
    var line = ""
    var skips = false
    for cell in cells {
      if skips {
        skips = false
        continue
      }
      line += cell.isEmpty ? " " : String(decoding: cell, as: UTF8.self)
      skips = width(cell) == 2
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  private static func width(_ bytes: [UInt8]) -> Int {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.first.map {
      DisplayWidth.columns(of: $0.value)
    } ?? 1
  }

  mutating func takeAnswers() -> [UInt8] {
    defer { answers = [] }
    return answers
  }

  mutating func write(_ bytes: [UInt8]) {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case 0x1B: index = sequence(bytes, index + 1)
      case 0x07:
        bells += 1
        index += 1
      case 0x08:
        column = max(0, (isPending ? columns : column) - 1)
        if isPending { column = columns - 2 }
        isPending = false
        index += 1
      case 0x0D:
        column = 0
        isPending = false
        index += 1
      case 0x0A:
        lineFeed()
        index += 1
      default: index = put(bytes, index)
      }
    }
  }

  private mutating func lineFeed() {
    isPending = false
    if row < rows - 1 {
      row += 1
    } else {
      scrolledAway.append(Self.line(cells.removeFirst()))
      cells.append(Array(repeating: [], count: columns))
    }
  }

  private mutating func put(_ bytes: [UInt8], _ start: Int) -> Int {
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    let scalar = Array(bytes[start..<end])
    let width = Self.width(scalar)
    if width == 0 {
      // A mark joins what stands before it.
      let place = isPending ? columns - 1 : max(0, column - 1)
      let base = cells[row][place].isEmpty && place > 0 ? place - 1 : place
      cells[row][base] += scalar
      return end
    }
    if isPending || column + width > columns {
      column = 0
      lineFeed()
    }
    cells[row][column] = scalar
    if width == 2 { cells[row][column + 1] = [] }
    column += width
    if column >= columns {
      column = columns - 1
      isPending = true
    }
    return end
  }

  private mutating func sequence(_ bytes: [UInt8], _ start: Int) -> Int {
    guard start < bytes.count else { return start }
    switch bytes[start] {
    case 0x37: saved = (row, column)
    case 0x38: (row, column) = saved
    case 0x5D:
      var index = start + 1
      while index < bytes.count, bytes[index] != 0x07 { index += 1 }
      return index + 1
    case 0x5B: return control(bytes, start + 1)
    default: break
    }
    return start + 1
  }

  private mutating func control(_ bytes: [UInt8], _ start: Int) -> Int {
    var index = start
    while index < bytes.count, bytes[index] < 0x40 { index += 1 }
    let numbers = String(decoding: bytes[start..<index], as: UTF8.self).split(separator: ";").map {
      Int($0) ?? 0
    }
    let count = max(1, numbers.first ?? 1)
    isPending = false
    switch bytes[index] {
    case 0x41: row = max(0, row - count)
    case 0x42: row = min(rows - 1, row + count)
    case 0x43: column = min(columns - 1, column + count)
    case 0x44: column = max(0, column - count)
    case 0x48:
      row = min(rows - 1, count - 1)
      column = min(columns - 1, max(1, numbers.count > 1 ? numbers[1] : 1) - 1)
    case 0x4A:
      if numbers.first == 2 {
        for place in 0..<rows { clear(place, from: 0) }
      } else {
        clear(row, from: column)
        for place in (row + 1)..<max(rows, row + 1) { clear(place, from: 0) }
      }
    case 0x4B: clear(row, from: column)
    case 0x6E:
      if answersQueries { answers += Array("\u{1B}[\(row + 1);\(column + 1)R".utf8) }
    default: break
    }
    return index + 1
  }

  private mutating func clear(_ place: Int, from start: Int) {
    for index in start..<columns { cells[place][index] = [] }
  }
}
