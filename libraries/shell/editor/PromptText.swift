// SPDX-License-Identifier: MIT
import Core

/// A prompt, taken apart into what takes columns and what only changes the terminal's state: escape
/// sequences, and whatever stands between the bytes 1 and 2, as other shells mark it.
struct PromptText: Sendable {
  /// The lines before the last.
  let head: [UInt8]
  /// The rows of the last line; the text goes on behind the last of them.
  let rows: [Row]

  init(_ bytes: [UInt8], width: Int) {
    let bytes = bytes.filter { $0 != 0x0D }
    let start = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    var head: [UInt8] = []
    for byte in bytes[..<start] where byte != 0x01 && byte != 0x02 {
      if byte == 0x0A { head.append(0x0D) }
      head.append(byte)
    }
    self.head = head
    var rows = [Row()]
    var index = start
    /// What has no width and comes before the next character.
    var waiting: [UInt8] = []
    while index < bytes.count {
      if let end = Self.invisibleEnd(bytes, index) {
        waiting += bytes[index..<end].filter { $0 != 0x01 && $0 != 0x02 }
        index = end
        continue
      }
      let shown = ShownCharacter(bytes, index, column: rows[rows.count - 1].columns, width: width)
      if rows[rows.count - 1].columns + shown.columns > width { rows.append(Row()) }
      shown.write(bytes, index, to: &waiting)
      rows[rows.count - 1].append(waiting, columns: shown.columns)
      waiting = []
      index = shown.end
    }
    if !waiting.isEmpty { rows[rows.count - 1].append(waiting, columns: 0) }
    if rows[rows.count - 1].columns >= width { rows.append(Row()) }
    for index in rows.indices { rows[index].promptCells = rows[index].cells.count }
    self.rows = rows
  }

  /// Where what begins at `start` and takes no column ends; `nil` if it is shown.
  private static func invisibleEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    switch bytes[start] {
    case 0x01:
      var index = start + 1
      while index < bytes.count, bytes[index] != 0x02 { index += 1 }
      return min(index + 1, bytes.count)
    case 0x02, 0x07: return start + 1
    case 0x1B: return sequenceEnd(bytes, start + 1)
    default: return nil
    }
  }

  /// Where the escape sequence whose second byte is at `start` ends.
  private static func sequenceEnd(_ bytes: [UInt8], _ start: Int) -> Int {
    guard start < bytes.count else { return start }
    var index = start + 1
    switch bytes[start] {
    case 0x5B:
      while index < bytes.count, !(0x40..<0x7F).contains(bytes[index]) { index += 1 }
      return min(index + 1, bytes.count)
    case 0x50, 0x58, 0x5D...0x5F:
      // A text for the terminal, up to BEL or `ESC \`.
      while index < bytes.count {
        if bytes[index] == 0x07 { return index + 1 }
        if bytes[index] == 0x1B { return min(index + 2, bytes.count) }
        index += 1
      }
      return index
    case 0x20..<0x30: return min(index + 1, bytes.count)
    default: return index
    }
  }
}
