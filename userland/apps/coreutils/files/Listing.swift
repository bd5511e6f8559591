// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// A file with what a listing says of it.
struct ListedFile {
  var name: Text
  var path: Text
  var status: FileStatus
  /// The target of a link, where it is shown.
  var target: Text?
}

/// Lists operands, then directories one after another.
struct Listing {
  private let invocation: Invocation
  private let style: ListStyle
  private var printer: ListPrinter
  private(set) var hasBadOperand = false
  private var hasPrinted = false

  init(_ invocation: Invocation, _ style: ListStyle) {
    self.invocation = invocation
    self.style = style
    printer = ListPrinter(invocation, style)
  }

  mutating func list(_ operands: [Text]) {
    var files: [ListedFile] = []
    var directories: [ListedFile] = []
    for operand in operands {
      guard let file = look(operand) else {
        hasBadOperand = true
        continue
      }
      if file.status.isDirectory, style.listsDirectories {
        directories.append(file)
      } else {
        files.append(file)
      }
    }
    sort(&files)
    sort(&directories)
    if !files.isEmpty {
      printer.put(files)
      hasPrinted = true
    }
    let hasTitles = style.isRecursive || operands.count > 1
    // The next one is the last; those further down come before those beside.
    var waiting = Array(directories.reversed())
    while let directory = waiting.popLast(), invocation.output.failure == nil {
      list(directory, hasTitles, &waiting)
    }
  }

  /// An operand: a link to a directory is the directory, unless details are wanted.
  private func look(_ operand: Text) -> ListedFile? {
    let following =
      style.followsLinks
      || style.layout != .long && style.listsDirectories && !style.marksTypes
    do throws(SystemError) {
      var status: FileStatus
      do throws(SystemError) {
        status = try invocation.system.status(operand, following: following)
      } catch {
        guard following, !style.followsLinks else { throw error }
        status = try invocation.system.status(operand, following: false)
      }
      // `ls -l link/` means what it leads to.
      if status.isLink, operand.hasSuffix("/") {
        status = try invocation.system.status(operand, following: true)
      }
      return ListedFile(
        name: operand, path: operand, status: status, target: target(operand, status))
    } catch {
      invocation.complain(
        "cannot access " + operand.quotedForMessage + ": " + Text(error.explanation))
      return nil
    }
  }

  private func target(_ path: Text, _ status: FileStatus) -> Text? {
    guard style.layout == .long, status.isLink else { return nil }
    do throws(SystemError) { return try invocation.system.target(ofLink: path) } catch {
      return nil
    }
  }

  private mutating func list(
    _ directory: ListedFile, _ hasTitle: Bool, _ waiting: inout [ListedFile]
  ) {
    var files: [ListedFile] = []
    do throws(SystemError) {
      for entry in try invocation.system.entries(directory.path) {
        if !style.showsHidden, entry.name.hasPrefix(".") { continue }
        if let file = look(entry, in: directory.path) { files.append(file) }
      }
    } catch {
      invocation.complain(
        "cannot open directory " + directory.path.quotedForMessage + ": " + Text(error.explanation))
      // What is further down is called by its name alone.
      if directory.name == directory.path { hasBadOperand = true }
      return
    }
    if style.showsSelf { addSelf(directory, &files) }
    sort(&files)
    if hasTitle {
      if hasPrinted { invocation.output.put("\n") }
      invocation.output.put(style.hidesControls ? directory.path.withQuestionMarks : directory.path)
      invocation.output.put(":\n")
    }
    hasPrinted = true
    if style.layout == .long || style.showsSpace { printer.putTotal(files) }
    printer.put(files)
    guard style.isRecursive else { return }
    for file in files.reversed() where file.status.isDirectory {
      if file.name == "." || file.name == ".." { continue }
      waiting.append(file)
    }
  }

  private func look(_ entry: DirectoryItem, in directory: Text) -> ListedFile? {
    let path = Path.join(directory, entry.name)
    var status = FileStatus()
    status.mode = entry.type
    status.inode = entry.inode
    guard style.needsStatus || entry.type == 0 && (style.isRecursive || style.showsInodes) else {
      return ListedFile(name: entry.name, path: path, status: status)
    }
    do throws(SystemError) {
      do throws(SystemError) {
        status = try invocation.system.status(path, following: style.followsLinks)
      } catch {
        guard style.followsLinks else { throw error }
        status = try invocation.system.status(path, following: false)
        invocation.complain(
          "cannot access " + path.quotedForMessage + ": " + Text(error.explanation))
      }
    } catch {
      // It went away since the directory was read.
      if error == .notFound { return nil }
      invocation.complain(
        "cannot access " + path.quotedForMessage + ": " + Text(error.explanation))
    }
    return ListedFile(name: entry.name, path: path, status: status, target: target(path, status))
  }

  private func addSelf(_ directory: ListedFile, _ files: inout [ListedFile]) {
    files.append(
      ListedFile(name: ".", path: directory.path, status: directory.status, target: nil))
    let parent = Path.parent(
      of: Path.resolved(directory.path, from: invocation.system.workingDirectory))
    let status = invocation.system.statusIfAny(parent) ?? directory.status
    files.append(ListedFile(name: "..", path: parent, status: status, target: nil))
  }

  private func sort(_ files: inout [ListedFile]) {
    switch style.order {
    case .none: break
    case .name: files.sort { $0.name < $1.name }
    case .version: files.sort { VersionOrder.isBefore($0.name, $1.name) }
    case .size:
      files.sort {
        $0.status.size != $1.status.size ? $0.status.size > $1.status.size : $0.name < $1.name
      }
    case .time:
      files.sort {
        let (first, second) = (style.moment($0.status), style.moment($1.status))
        return first != second ? first > second : $0.name < $1.name
      }
    case .ending:
      files.sort {
        let (first, second) = (Self.ending($0.name), Self.ending($1.name))
        return first != second ? first < second : $0.name < $1.name
      }
    }
    if style.isReversed { files.reverse() }
    guard style.hasDirectoriesFirst else { return }
    let directories = files.filter { $0.status.isDirectory }
    files = directories + files.filter { !$0.status.isDirectory }
  }

  /// From the last point on; nothing if there is none but at the beginning.
  private static func ending(_ name: Text) -> Text {
    guard let point = name.lastIndex(of: UInt8(ascii: ".")), point > 0 else { return "" }
    return name[point...]
  }
}
