// SPDX-License-Identifier: MIT
import Core

/// One row of a terminal as the editor draws it.
struct Row: Equatable, Sendable {
  struct Cell: Equatable, Sendable {
    /// Where its bytes begin in the row's text.
    var start: Int
    var column: Int
    var isDim: Bool
  }

  var text: [UInt8] = []
  var cells: [Cell] = []
  /// Where it ends.
  var columns = 0
  /// How many cells belong to the prompt, whose colours depend on those before.
  var promptCells = 0

  mutating func append(_ bytes: [UInt8], columns: Int, isDim: Bool = false) {
    cells.append(Cell(start: text.count, column: self.columns, isDim: isDim))
    text += bytes
    self.columns += columns
  }

  /// The first cell in which it differs from `other`.
  func firstDifference(from other: Row) -> Int {
    var index = 0
    while index < cells.count, index < other.cells.count, cells[index] == other.cells[index],
      bytes(of: index) == other.bytes(of: index)
    {
      index += 1
    }
    return index < promptCells || index < other.promptCells ? 0 : index
  }

  private func bytes(of cell: Int) -> ArraySlice<UInt8> {
    text[cells[cell].start..<(cell + 1 < cells.count ? cells[cell + 1].start : text.count)]
  }
}

/// What is to be seen: a prompt, a text and the place of the cursor in it.
struct Picture {
  var prompt: PromptText
  /// What stands before each further line of the text.
  var continuation: PromptText
  var text: [UInt8]
  var cursor: Int
  /// From where on the text is only a proposal.
  var dimStart: Int
}

/// The rows that a terminal shows of a picture: all of them, or those around the cursor.
struct Layout {
  private struct Start {
    var offset: Int
    var isContinued: Bool
  }

  private(set) var rows: [Row] = []
  private(set) var cursor: (row: Int, column: Int) = (0, 0)

  init(_ picture: Picture, columns width: Int, rows height: Int) {
    var starts = [Start(offset: 0, isContinued: true)]
    let indent = picture.continuation.rows[picture.continuation.rows.count - 1].columns
    let first = picture.prompt.rows.count - 1
    var column = picture.prompt.rows[first].columns
    var place = (row: first, column: column)
    var index = 0
    while true {
      if index == picture.cursor { place = (first + starts.count - 1, column) }
      guard index < picture.text.count else { break }
      if picture.text[index] == 0x0A {
        index += 1
        column = min(indent, width - 1)
        starts.append(Start(offset: index, isContinued: false))
        continue
      }
      let shown = ShownCharacter(picture.text, index, column: column, width: width)
      if column + shown.columns > width {
        if index == picture.cursor { place = (first + starts.count, 0) }
        starts.append(Start(offset: index, isContinued: true))
        column = 0
      }
      column += shown.columns
      index = shown.end
      if column >= width {
        starts.append(Start(offset: index, isContinued: true))
        column = 0
      }
    }
    let count = first + starts.count
    let top = count <= height ? 0 : min(max(0, place.row - height / 2), count - height)
    for row in top..<min(count, top + height) {
      rows.append(Self.row(row, first, starts, picture, width))
    }
    cursor = (place.row - top, place.column)
  }

  private static func row(
    _ number: Int, _ first: Int, _ starts: [Start], _ picture: Picture, _ width: Int
  ) -> Row {
    if number < first { return picture.prompt.rows[number] }
    let place = number - first
    var row = Row()
    if place == 0 {
      row = picture.prompt.rows[first]
    } else if !starts[place].isContinued {
      row = picture.continuation.rows[picture.continuation.rows.count - 1]
    }
    var index = starts[place].offset
    let end = place + 1 < starts.count ? starts[place + 1].offset : picture.text.count
    var bytes: [UInt8] = []
    while index < end, picture.text[index] != 0x0A {
      let shown = ShownCharacter(picture.text, index, column: row.columns, width: width)
      bytes.removeAll(keepingCapacity: true)
      shown.write(picture.text, index, to: &bytes)
      row.append(bytes, columns: shown.columns, isDim: index >= picture.dimStart)
      index = shown.end
    }
    return row
  }
}
