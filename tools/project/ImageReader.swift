// SPDX-License-Identifier: MIT
import Base
import TOML

/// Takes over what one file in `images` says.
struct ImageReader {
  private(set) var image: Image
  private(set) var includes: [String] = []
  private(set) var packages: [String] = []
  private let file: String

  init(_ bytes: [UInt8], of file: String, named name: String) throws(BuildError) {
    image = Image(name: name)
    self.file = file
    let document: TOMLDocument
    do throws(TOMLError) { document = try TOMLDocument(parsing: bytes) } catch {
      throw .description(
        file: "\(file):\(error.place.line):\(error.place.column)",
        reason: "\(error.cause.explanation)")
    }
    for item in document.root.items { try read(item) }
  }

  private mutating func read(_ item: TOMLItem) throws(BuildError) {
    switch item.key.string {
    case "description": image.description = try string(item)
    case "include":
      includes = try strings(item).map { $0.hasSuffix(".toml") ? String($0.dropLast(5)) : $0 }
    case "general": try readGeneral(item)
    case "packages": try readPackages(item)
    case "files" where item.value == .array:
      for row in item.items { try readFile(row) }
    case "users":
      for row in try table(item) { image.users[row.key.string] = try user(row) }
    case "groups":
      for row in try table(item) { image.groups[row.key.string] = try group(row) }
    case "memory":
      for inner in try table(item) { try readRows(inner, into: \.memoryEntries) }
    case "disk":
      for inner in try table(item) { try readRows(inner, into: \.diskEntries) }
    case "live":
      for inner in try table(item) { try readRows(inner, into: \.liveEntries) }
    default: try readRows(item, into: \.entries)
    }
  }

  private mutating func readGeneral(_ item: TOMLItem) throws(BuildError) {
    for row in try table(item) {
      switch row.key.string {
      case "filesystem_size": image.general.fileSystemSize = try number(row, 0...1_048_576)
      case "efi_partition_size": image.general.efiPartitionSize = try number(row, 3...2000)
      case "live": image.general.isLive = try truth(row)
      // What the installer asks its user, and we do not.
      case "prompt":
        guard case .boolean = row.value else { throw fail(row, "expected true or false") }
      default: throw fail(row, "unknown name \"\(row.key.string)\"")
      }
    }
  }

  /// Packages are our own programs so far, of which there is one version.
  private mutating func readPackages(_ item: TOMLItem) throws(BuildError) {
    for row in try table(item) {
      switch row.value {
      case .table where row.items.isEmpty: packages.append(row.key.string)
      case .string(let text) where text == "ignore": continue
      case .string(let text) where text == "source": packages.append(row.key.string)
      default: throw fail(row, "expected {}, \"source\" or \"ignore\"")
      }
    }
  }

  private mutating func readFile(_ row: TOMLItem) throws(BuildError) {
    var path: String?
    var data = ""
    var isLink = false
    var isFolder = false
    var entry = Image.Entry(.folder)
    for field in try table(row) {
      switch field.key.string {
      case "path": path = try string(field)
      case "data": data = try string(field)
      case "symlink": isLink = try truth(field)
      case "directory": isFolder = try truth(field)
      case "mode": entry.mode = UInt32(try number(field, 0...0o7777))
      case "uid": entry.user = UInt32(try number(field, 0...0x7FFF_FFFF))
      case "gid": entry.group = UInt32(try number(field, 0...0x7FFF_FFFF))
      default: throw fail(field, "unknown name \"\(field.key.string)\"")
      }
    }
    guard let path, Image.isPath(path) else { throw fail(row, "a file needs a plain path") }
    guard !(isLink && isFolder) else { throw fail(row, "both link and directory") }
    if isLink { entry.source = .link(data) } else if !isFolder { entry.source = .text(data) }
    image.entries[path] = entry
  }

  private mutating func readRows(
    _ item: TOMLItem, into entries: WritableKeyPath<Image, [String: Image.Entry]>
  ) throws(BuildError) {
    for row in try table(item) {
      let path = row.key.string
      guard Image.isPath(path) else {
        throw fail(row, "\"\(path)\" is no path (no double slash, no dots)")
      }
      image[keyPath: entries][path] = try entry(item, row)
    }
  }

  private func entry(_ table: TOMLItem, _ row: TOMLItem) throws(BuildError) -> Image.Entry {
    let text = try string(row)
    switch table.key.string {
    case "programs": return Image.Entry(.program(text))
    case "tests": return Image.Entry(.test(text))
    case "files": return Image.Entry(.file(text))
    case "links": return Image.Entry(.link(text))
    case "folders":
      guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
        throw fail(row, "\"\(text)\" is no octal permission")
      }
      return Image.Entry(.folder, mode: mode)
    default: throw fail(table, "unknown table [\(table.key.string)]")
    }
  }

  private func user(_ item: TOMLItem) throws(BuildError) -> Image.User {
    var user = Image.User()
    for field in try table(item) {
      switch field.key.string {
      case "uid": user.identifier = UInt32(try number(field, 0...0x7FFF_FFFF))
      case "gid": user.group = UInt32(try number(field, 0...0x7FFF_FFFF))
      case "name": user.name = try string(field)
      case "home": user.home = try string(field)
      case "shell": user.shell = try string(field)
      case "password":
        let password = try string(field)
        guard password.utf8.count <= 512,
          !password.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { throw fail(field, "a password has at most 512 bytes, none of which are controls") }
        user.password = password
      default: throw fail(field, "unknown name \"\(field.key.string)\"")
      }
    }
    return user
  }

  private func group(_ item: TOMLItem) throws(BuildError) -> Image.Group {
    var group = Image.Group()
    for field in try table(item) {
      switch field.key.string {
      case "gid": group.identifier = UInt32(try number(field, 0...0x7FFF_FFFF))
      case "members": group.members = try strings(field)
      default: throw fail(field, "unknown name \"\(field.key.string)\"")
      }
    }
    return group
  }

  // MARK: Values

  private func table(_ item: TOMLItem) throws(BuildError) -> [TOMLItem] {
    guard item.value == .table else { throw fail(item, "expected a table") }
    return item.items
  }

  private func string(_ item: TOMLItem) throws(BuildError) -> String {
    guard case .string(let text) = item.value else { throw fail(item, "expected a string") }
    return text.string
  }

  private func strings(_ item: TOMLItem) throws(BuildError) -> [String] {
    guard item.value == .array else { throw fail(item, "expected a list of strings") }
    var result: [String] = []
    for element in item.items { result.append(try string(element)) }
    return result
  }

  private func number(_ item: TOMLItem, _ range: ClosedRange<Int>) throws(BuildError) -> Int {
    guard case .integer(let number) = item.value, range.contains(Int(number)) else {
      throw fail(item, "expected a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(number)
  }

  private func truth(_ item: TOMLItem) throws(BuildError) -> Bool {
    guard case .boolean(let truth) = item.value else { throw fail(item, "expected true or false") }
    return truth
  }

  private func fail(_ item: TOMLItem, _ reason: String) -> BuildError {
    .description(file: "\(file):\(item.place.line):\(item.place.column)", reason: reason)
  }
}

extension Text {
  var string: String { String(decoding: bytes, as: UTF8.self) }
}
