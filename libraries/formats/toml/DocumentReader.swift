// SPDX-License-Identifier: MIT
import Base
import Core

/// Reads a document from its first byte to its last. Nothing is read twice but the beginning of a
/// value, which says of what type it is.
struct DocumentReader {
  private(set) var document: TOMLDocument
  let limits: TOMLDocument.Limits
  var position = 0
  /// Where keys go.
  private var table = 0

  init(_ document: TOMLDocument, _ limits: TOMLDocument.Limits) {
    self.document = document
    self.limits = limits
  }

  mutating func readAll() throws(Failure) {
    guard bytes.count <= limits.bytes else { throw Failure(offset: 0, cause: .documentTooLong) }
    if let offset = UTF8Check.firstError(in: bytes) {
      throw Failure(offset: offset, cause: .notUTF8)
    }
    // A mark that editors put there.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while true {
      skipBlanks()
      switch peek {
      case nil: return
      case 0x0A, 0x0D, 0x23: break
      case 0x5B: try header()
      default: try pair(in: table)
      }
      try endLine()
    }
  }

  // MARK: Bytes

  var bytes: [UInt8] { document.bytes }
  var peek: UInt8? { position < document.bytes.count ? document.bytes[position] : nil }

  func peek(_ distance: Int) -> UInt8? {
    position + distance < document.bytes.count ? document.bytes[position + distance] : nil
  }

  func failure(_ cause: TOMLError.Cause, at offset: Int? = nil) -> Failure {
    Failure(offset: offset ?? position, cause: cause)
  }

  /// Takes `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 { position += 1 }
  }

  /// Takes a line's end if it is next.
  mutating func takeNewline() -> Bool {
    if peek == 0x0D, peek(1) == 0x0A {
      position += 2
      return true
    }
    return take(0x0A)
  }

  /// Takes a comment if it is next, up to the line's end.
  mutating func skipComment() throws(Failure) {
    guard take(0x23) else { return }
    while let byte = peek, byte != 0x0A {
      if byte == 0x0D, peek(1) == 0x0A { return }
      guard !isControl(byte) else { throw failure(.controlCharacter) }
      position += 1
    }
  }

  func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }

  private mutating func endLine() throws(Failure) {
    skipBlanks()
    try skipComment()
    guard peek == nil || takeNewline() else { throw failure(.lineEndMissing) }
  }

  // MARK: Tables

  mutating func add(
    _ content: TOMLDocument.Content, _ key: Text, to parent: Int, at offset: Int
  ) throws(Failure) -> Int {
    guard document.nodes[parent].depth < limits.depth else { throw failure(.tooDeep, at: offset) }
    return document.add(content, key, to: parent, at: offset)
  }

  /// `[a.b]` or `[[a.b]]`.
  private mutating func header() throws(Failure) {
    position += 1
    let isArray = take(0x5B)
    let keys = try self.keys()
    guard take(0x5D), !isArray || take(0x5D) else { throw failure(.headerNotClosed) }
    var parent = 0
    for key in keys.dropLast() { parent = try step(into: key, from: parent) }
    guard let last = keys.last else { return }
    let known = document.find(last.text, in: parent)
    table =
      isArray ? try element(of: last, known, in: parent) : try define(last, known, in: parent)
  }

  /// Follows a part of a header, through the last element of an array of tables.
  private mutating func step(into key: Key, from parent: Int) throws(Failure) -> Int {
    guard let node = document.find(key.text, in: parent) else {
      return try add(.table(.implied), key.text, to: parent, at: key.offset)
    }
    switch document.nodes[node].content {
    case .table(.inline): throw failure(.tableClosed, at: key.offset)
    case .table: return node
    case .array(ofTables: true): return document.nodes[node].lastChild ?? node
    case .array(ofTables: false): throw failure(.tableClosed, at: key.offset)
    case .string, .integer, .float, .boolean, .dateTime:
      throw failure(.notATable, at: key.offset)
    }
  }

  private mutating func define(
    _ key: Key, _ known: Int?, in parent: Int
  ) throws(Failure) -> Int {
    guard let known else {
      return try add(.table(.header), key.text, to: parent, at: key.offset)
    }
    guard document.nodes[known].content == .table(.implied) else {
      throw failure(.defined, at: key.offset)
    }
    document.becomesHeader(known)
    return known
  }

  private mutating func element(
    of key: Key, _ known: Int?, in parent: Int
  ) throws(Failure) -> Int {
    var array = known
    if array == nil {
      array = try add(.array(ofTables: true), key.text, to: parent, at: key.offset)
    }
    guard let array, document.nodes[array].content == .array(ofTables: true) else {
      throw failure(.notAnArrayOfTables, at: key.offset)
    }
    return try add(.table(.header), Text(), to: array, at: key.offset)
  }

  /// `a.b = value`, in the table `parent`.
  mutating func pair(in parent: Int) throws(Failure) {
    let keys = try self.keys()
    guard take(0x3D) else { throw failure(.equalsMissing) }
    skipBlanks()
    var parent = parent
    for key in keys.dropLast() {
      if let node = document.find(key.text, in: parent) {
        switch document.nodes[node].content {
        case .table(.dotted): parent = node
        case .table, .array: throw failure(.tableClosed, at: key.offset)
        case .string, .integer, .float, .boolean, .dateTime:
          throw failure(.notATable, at: key.offset)
        }
      } else {
        parent = try add(.table(.dotted), key.text, to: parent, at: key.offset)
      }
    }
    guard let last = keys.last else { return }
    guard document.find(last.text, in: parent) == nil else {
      throw failure(.defined, at: last.offset)
    }
    try value(last.text, in: parent, at: last.offset)
  }
}
