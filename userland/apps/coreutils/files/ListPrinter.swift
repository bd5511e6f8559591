// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Prints the files of a directory, or the operands that are none.
struct ListPrinter {
  private let invocation: Invocation
  private let style: ListStyle
  private let names: UserNames
  private let time: TimeFormat
  private let lineWidth: Int

  init(_ invocation: Invocation, _ style: ListStyle) {
    self.invocation = invocation
    self.style = style
    names = UserNames(invocation.system)
    time = TimeFormat(invocation.system.zone)
    lineWidth =
      style.layout == .columns || style.layout == .rows || style.layout == .commas
      ? invocation.system.lineWidth(normal: 80) : 0
  }

  func put(_ files: [ListedFile]) {
    switch style.layout {
    case .lines:
      for file in files {
        invocation.output.put(figures(file))
        invocation.output.put(cell(file))
        invocation.output.put("\n")
        if invocation.output.failure != nil { return }
      }
    case .columns, .rows: putColumns(files)
    case .commas: putSequence(files)
    case .long: putTable(files)
    }
  }

  func putTotal(_ files: [ListedFile]) {
    var blocks: UInt64 = 0
    for file in files { blocks &+= file.status.blocks }
    invocation.output.put("total ")
    if style.hasReadableSizes {
      invocation.output.put(byteSize: blocks &* 512, isRoundedUp: true)
    } else {
      invocation.output.put(decimal: (blocks &+ 1) / 2)
    }
    invocation.output.put("\n")
  }

  /// The file's number and its space, as far as they are wanted.
  private func figures(_ file: ListedFile) -> Text {
    Text { text in
      if style.showsInodes {
        text.put(decimal: file.status.inode, width: 7)
        text.put(" ")
      }
      if style.showsSpace {
        let space = Text {
          if style.hasReadableSizes {
            $0.put(byteSize: file.status.blocks &* 512, isRoundedUp: true)
          } else {
            $0.put(decimal: (file.status.blocks &+ 1) / 2)
          }
        }
        text.put(space, width: 5, alignment: .right)
        text.put(" ")
      }
    }
  }

  private func putSequence(_ files: [ListedFile]) {
    var column = 0
    for (index, file) in files.enumerated() {
      let figures = figures(file)
      let isLast = index == files.count - 1
      let width = figures.count + columnCount(file) + (isLast ? 0 : 1)
      if column > 0, column + 1 + width > lineWidth {
        invocation.output.put("\n")
        column = 0
      }
      if column > 0 { invocation.output.put(" ") }
      invocation.output.put(figures + cell(file))
      if !isLast { invocation.output.put(",") }
      column += width + (column > 0 ? 1 : 0)
    }
    if !files.isEmpty { invocation.output.put("\n") }
  }

  private func columnCount(_ file: ListedFile) -> Int {
    shown(file.name).columnCount + mark(file).count
  }

  private func putColumns(_ files: [ListedFile]) {
    var cells: [Text] = []
    var widths: [Int] = []
    for file in files {
      var cell = figures(file)
      let width = cell.count + columnCount(file)
      cell.put(self.cell(file))
      cells.append(cell)
      widths.append(width)
    }
    invocation.output.put(
      ColumnLayout.text(
        cells, widths: widths, lineWidth: lineWidth, readsAcross: style.layout == .rows))
  }

  private func putTable(_ files: [ListedFile]) {
    var columns: [Alignment] = [.left, .right]
    if style.showsOwners { columns.append(.left) }
    if style.showsGroups { columns.append(.left) }
    var table = TextTable(columns + [.right, .left, .left])
    for file in files {
      let status = file.status
      var name = cell(file)
      if let target = file.target {
        name.put(" -> ")
        name.put(shown(target))
      }
      var cells: [Text] = [
        figures(file) + ModeText.text(status.mode),
        Text { $0.put(decimal: UInt64(status.links)) },
      ]
      if style.showsOwners {
        cells.append(
          style.isNumeric
            ? Text { $0.put(decimal: UInt64(status.user)) } : names.name(ofUser: status.user))
      }
      if style.showsGroups {
        cells.append(
          style.isNumeric
            ? Text { $0.put(decimal: UInt64(status.group)) } : names.name(ofGroup: status.group))
      }
      cells += [
        Text {
          if style.hasReadableSizes {
            $0.put(byteSize: status.size, isRoundedUp: true)
          } else {
            $0.put(decimal: status.size)
          }
        },
        date(style.moment(status)), name,
      ]
      table.add(cells)
    }
    invocation.output.put(table.text())
  }

  /// Days of the last half year with their time, others with their year.
  private func date(_ moment: UInt64) -> Text {
    if let format = style.timeFormat { return time.text(format, Int64(clamping: moment)) }
    let now = invocation.system.wallClock
    let isRecent = moment <= now &+ 3_600_000_000_000 && now &- moment < 15_778_476_000_000_000
    return time.text(
      isRecent || moment > now && moment &- now <= 3_600_000_000_000
        ? "%b %e %H:%M" : "%b %e  %Y", Int64(clamping: moment))
  }

  private func shown(_ name: Text) -> Text {
    guard style.quotesNames else { return style.hidesControls ? name.withQuestionMarks : name }
    return Text { text in
      text.put("\"")
      for byte in name.bytes {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
          text.put("\\")
          text.put(byte)
        case 0x0A: text.put("\\n")
        case 0x09: text.put("\\t")
        case 0..<0x20, 0x7F:
          text.put("\\")
          text.put(octal: UInt64(byte), digits: 3)
        default: text.put(byte)
        }
      }
      text.put("\"")
    }
  }

  /// The name with colour and mark.
  private func cell(_ file: ListedFile) -> Text {
    let colour = style.isColoured ? colour(file) : ""
    return Text { text in
      if !colour.bytes.isEmpty {
        text.put("\u{1B}[")
        text.put(colour)
        text.put("m")
      }
      text.put(shown(file.name))
      if !colour.bytes.isEmpty { text.put("\u{1B}[0m") }
      text.put(mark(file))
    }
  }

  private func mark(_ file: ListedFile) -> Text {
    if style.marksDirectories, file.status.isDirectory { return "/" }
    guard style.marksTypes else { return "" }
    switch file.status.type {
    case FileMode.symbolicLink: return style.layout == .long ? "" : "@"
    case FileMode.fifo: return "|"
    case FileMode.socket: return "="
    case FileMode.regular where file.status.mode & 0o111 != 0: return "*"
    default: return ""
    }
  }

  private func colour(_ file: ListedFile) -> StaticString {
    switch file.status.type {
    case FileMode.directory: file.status.mode & 0o1002 == 0o1002 ? "30;42" : "01;34"
    case FileMode.symbolicLink: "01;36"
    case FileMode.fifo: "33"
    case FileMode.socket: "01;35"
    case FileMode.characterDevice, FileMode.blockDevice: "01;33"
    case FileMode.regular where file.status.mode & 0o111 != 0: "01;32"
    default: ""
    }
  }
}
