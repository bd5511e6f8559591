// SPDX-License-Identifier: MIT
import Base
import Core

/// A document of TOML 1.0, read whole.
public struct TOMLDocument: Sendable {
  /// What limits a document, so that no input costs more than its length promises.
  public struct Limits: Equatable, Sendable {
    /// The document's length.
    public var bytes = 1 << 20
    /// Tables and arrays in one another.
    public var depth = 64

    public init() {}
  }

  /// What a node is. Tables and arrays keep how they came about, which says what may be added.
  enum Content: Equatable, Sendable {
    case string(Text)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case dateTime(TOMLDateTime)
    case array(ofTables: Bool)
    case table(TableOrigin)
  }

  enum TableOrigin: Equatable, Sendable {
    /// On the way to a table with a header.
    case implied
    /// It has its own header, or is the document.
    case header
    /// On the way to a key with dots.
    case dotted
    case inline
  }

  struct Node: Sendable {
    /// Empty for an element of an array.
    var key: Text
    var content: Content
    /// Where the key, or the element, begins.
    var offset: Int
    var depth: Int
    var parent: Int
    var nextSibling: Int?
    var firstChild: Int?
    var lastChild: Int?
    /// The next node of the same place in `heads`.
    var nextInChain: Int32
  }

  let bytes: [UInt8]
  private(set) var nodes: [Node] = []
  /// Where the chains of nodes begin, by the hash of table and key.
  private var heads: [Int32]

  /// Reads `bytes`.
  ///
  /// - Throws: the first error, with its line and column.
  @export(interface)
  public init(parsing bytes: [UInt8], limits: Limits = Limits()) throws(TOMLError) {
    var reader = DocumentReader(TOMLDocument(empty: bytes), limits)
    do throws(Failure) { try reader.readAll() } catch {
      throw TOMLError(place: TOMLPlace(of: error.offset, in: bytes), cause: error.cause)
    }
    self = reader.document
  }

  private init(empty bytes: [UInt8]) {
    self.bytes = bytes
    heads = [Int32](repeating: -1, count: 64)
    nodes.append(
      Node(
        key: Text(), content: .table(.header), offset: 0, depth: 0, parent: 0, nextInChain: -1))
  }

  /// The table that holds all others.
  public var root: TOMLItem { TOMLItem(self, 0) }

  // MARK: Building

  /// The node of `key` in the table `parent`.
  func find(_ key: Text, in parent: Int) -> Int? {
    var node = Int(heads[place(of: key, in: parent)])
    while node >= 0 {
      if nodes[node].parent == parent, nodes[node].key == key { return node }
      node = Int(nodes[node].nextInChain)
    }
    return nil
  }

  /// Adds a node to a table or an array; the key is none that the table has.
  mutating func add(_ content: Content, _ key: Text, to parent: Int, at offset: Int) -> Int {
    let node = nodes.count
    nodes.append(
      Node(
        key: key, content: content, offset: offset, depth: nodes[parent].depth + 1, parent: parent,
        nextInChain: -1))
    if let last = nodes[parent].lastChild {
      nodes[last].nextSibling = node
    } else {
      nodes[parent].firstChild = node
    }
    nodes[parent].lastChild = node
    if case .table = nodes[parent].content { enter(node) }
    return node
  }

  mutating func becomesHeader(_ node: Int) { nodes[node].content = .table(.header) }

  private mutating func enter(_ node: Int) {
    if nodes.count > heads.count { grow() }
    let place = place(of: nodes[node].key, in: nodes[node].parent)
    nodes[node].nextInChain = heads[place]
    heads[place] = Int32(node)
  }

  private mutating func grow() {
    heads = [Int32](repeating: -1, count: heads.count * 4)
    // The last one is entered by whoever made it.
    for node in 1..<(nodes.count - 1) {
      guard case .table = nodes[nodes[node].parent].content else { continue }
      let place = place(of: nodes[node].key, in: nodes[node].parent)
      nodes[node].nextInChain = heads[place]
      heads[place] = Int32(node)
    }
  }

  /// FNV-1a over the table's number and the key.
  private func place(of key: Text, in parent: Int) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(parent)
    hash = hash &* 0x100_0000_01B3
    for byte in key.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: (hash >> 16) % UInt64(heads.count))
  }
}

/// What is wrong at a byte of the document.
struct Failure: Error {
  var offset: Int
  var cause: TOMLError.Cause
}
