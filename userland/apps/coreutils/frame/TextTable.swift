// SPDX-License-Identifier: MIT
public import Base
import Core

/// Rows of cells, printed in columns as wide as their widest cell.
public struct TextTable {
  private let alignments: [Alignment]
  private var rows: [[Text]] = []

  public init(_ alignments: [Alignment]) { self.alignments = alignments }

  /// Adds a row; cells beyond the declared columns are aligned left.
  public mutating func add(_ row: [Text]) { rows.append(row) }

  /// The lines, with two columns' space or `gap` between cells, and none at their ends.
  @export(interface)
  public func text(gap: Int = 1) -> Text {
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.columnCount)
      }
    }
    var text = Text()
    for row in rows {
      for (index, cell) in row.enumerated() {
        let isLast = index == row.count - 1
        let alignment = index < alignments.count ? alignments[index] : .left
        let width = isLast && alignment == .left ? 0 : widths[index]
        text.put(cell, width: width, alignment: alignment)
        if !isLast { text.put(spaces: gap) }
      }
      text.put("\n")
    }
    return text
  }
}

/// Names side by side, read downwards or across, as many columns as fit.
public enum ColumnLayout {
  /// - Parameters:
  ///   - cells: what is printed.
  ///   - widths: how wide each is on a terminal, which colours do not count for.
  ///   - lineWidth: the terminal's.
  @export(interface)
  public static func text(
    _ cells: [Text], widths: [Int], lineWidth: Int, readsAcross: Bool = false
  ) -> Text {
    if readsAcross { return rows(cells, widths, lineWidth) }
    var rows = 1
    while rows < cells.count, !fits(widths, rows, lineWidth) {
      // Not one by one: the attempts for 100,000 names would take for ever.
      rows += max(1, rows / 64)
    }
    let columns = columnWidths(widths, rows)
    var text = Text()
    for row in 0..<(cells.isEmpty ? 0 : rows) {
      var index = row
      var column = 0
      while index < cells.count {
        text.put(cells[index])
        if index + rows < cells.count { text.put(spaces: columns[column] - widths[index] + 2) }
        index += rows
        column += 1
      }
      text.put("\n")
    }
    return text
  }

  /// As many columns as fit, filled line by line.
  private static func rows(_ cells: [Text], _ widths: [Int], _ lineWidth: Int) -> Text {
    var count = min(cells.count, max(1, lineWidth / 3 + 1))
    var columns: [Int] = []
    while count > 0 {
      columns = Array(repeating: 0, count: count)
      for (index, width) in widths.enumerated() {
        columns[index % count] = max(columns[index % count], width)
      }
      if count == 1 || columns.reduce(2 * (count - 1), +) <= lineWidth { break }
      count -= 1
    }
    var text = Text()
    for (index, cell) in cells.enumerated() {
      text.put(cell)
      let isLast = index % count == count - 1 || index == cells.count - 1
      if isLast {
        text.put("\n")
      } else {
        text.put(spaces: columns[index % count] - widths[index] + 2)
      }
    }
    return text
  }

  private static func fits(_ widths: [Int], _ rows: Int, _ lineWidth: Int) -> Bool {
    // Each column takes three columns of the terminal at least.
    guard widths.count / rows <= lineWidth / 3 + 1 else { return false }
    var total = -2
    for width in columnWidths(widths, rows) { total += width + 2 }
    return total <= lineWidth
  }

  private static func columnWidths(_ widths: [Int], _ rows: Int) -> [Int] {
    var columns: [Int] = []
    for (index, width) in widths.enumerated() {
      if index % rows == 0 { columns.append(0) }
      columns[index / rows] = max(columns[index / rows], width)
    }
    return columns
  }
}
