// SPDX-License-Identifier: MIT
import Base
import Core

/// The part of a terminal that the editor draws in, and the bytes that change it. It only writes
/// what differs from what is there, with sequences that every terminal since the VT100 knows.
struct Screen: Sendable {
  /// What is there now; the first row is where the prompt's last line began.
  private var shown: [Row] = []
  private var row = 0
  /// Equal to the width once the last column has been written: the cursor then still stands in it.
  private var column = 0
  /// The last row that has been reached.
  private var depth = 0
  private var width = 0
  var output: [UInt8] = []

  /// Forgets all: drawing begins where the terminal's cursor is, at the left margin.
  mutating func reset() {
    shown = []
    (row, column, depth) = (0, 0, 0)
  }

  mutating func draw(_ layout: Layout, columns: Int) {
    width = columns
    let rows = layout.rows
    for index in rows.indices {
      let old = index < shown.count ? shown[index] : Row()
      if index < shown.count, old == rows[index] { continue }
      write(rows[index], over: old, at: index)
    }
    if rows.count < shown.count {
      move(to: rows.count, 0)
      put("\u{1B}[J")
    }
    shown = rows
    move(to: layout.cursor.row, layout.cursor.column)
  }

  private mutating func write(_ new: Row, over old: Row, at index: Int) {
    let first = new.firstDifference(from: old)
    let start = first < new.cells.count ? new.cells[first] : nil
    // After the last column, writing goes on in the next row by itself.
    let flows = row + 1 == index && column == width && start?.column == 0
    if !flows { move(to: index, start?.column ?? new.columns) }
    var isDim = false
    for place in first..<max(first, new.cells.count) {
      let cell = new.cells[place]
      if cell.isDim != isDim {
        put(cell.isDim ? "\u{1B}[2m" : "\u{1B}[0m")
        isDim = cell.isDim
      }
      let end = place + 1 < new.cells.count ? new.cells[place + 1].start : new.text.count
      output += new.text[cell.start..<end]
    }
    if isDim { put("\u{1B}[0m") }
    row = index
    depth = max(depth, row)
    column = new.columns
    if old.columns > new.columns { put("\u{1B}[K") }
  }

  private mutating func move(to target: Int, _ targetColumn: Int) {
    if target > row {
      let known = min(target, depth)
      step(known - row, 0x42)
      if target > depth {
        output.append(0x0D)
        for _ in depth..<target { output.append(0x0A) }
        column = 0
        depth = target
      }
    } else {
      step(row - target, 0x41)
    }
    row = target
    if targetColumn == column { return }
    if targetColumn == 0 {
      output.append(0x0D)
    } else if targetColumn < column, column - targetColumn <= 4, column < width {
      for _ in targetColumn..<column { output.append(0x08) }
    } else {
      if targetColumn < column { output.append(0x0D) }
      step(targetColumn - (targetColumn < column ? 0 : column), 0x43)
    }
    column = targetColumn
  }

  /// `ESC [ count final`
  private mutating func step(_ count: Int, _ final: UInt8) {
    guard count > 0 else { return }
    put("\u{1B}[")
    if count > 1 { output += Text { $0.put(decimal: UInt64(count)) }.bytes }
    output.append(final)
  }

  /// Goes below all that is drawn, and begins anew there.
  mutating func leave() {
    move(to: max(0, shown.count - 1), 0)
    put("\r\n")
    reset()
  }

  /// Clears what is drawn; the terminal has another width now, so that it may lie elsewhere.
  mutating func clear(newWidth: Int) {
    var above = 0
    for index in 0..<min(row, shown.count) {
      above += max(1, (shown[index].columns + newWidth - 1) / newWidth)
    }
    if newWidth > 0 { above += column / newWidth }
    output.append(0x0D)
    step(above, 0x41)
    put("\u{1B}[J")
    reset()
  }

  mutating func put(_ text: StaticString) { output += Text(text).bytes }
}
