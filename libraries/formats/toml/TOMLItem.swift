// SPDX-License-Identifier: MIT
public import Base

/// A value in a document: a table, an array, or what lies in them.
public struct TOMLItem: Sendable {
  public enum Value: Equatable, Sendable {
    case string(Text)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case dateTime(TOMLDateTime)
    /// What is in it: `items`.
    case array
    /// What is in it: `items`, each with its key.
    case table
  }

  private let document: TOMLDocument
  private let node: Int

  init(_ document: TOMLDocument, _ node: Int) {
    self.document = document
    self.node = node
  }

  public var value: Value {
    @export(interface)
    get {
      switch document.nodes[node].content {
      case .string(let text): .string(text)
      case .integer(let number): .integer(number)
      case .float(let number): .float(number)
      case .boolean(let truth): .boolean(truth)
      case .dateTime(let moment): .dateTime(moment)
      case .array: .array
      case .table: .table
      }
    }
  }

  /// Its key in the table that it lies in; empty for an element of an array.
  public var key: Text {
    @export(interface)
    get { document.nodes[node].key }
  }

  /// Where its key stands, or, in an array, the value itself.
  public var place: TOMLPlace {
    @export(interface)
    get { TOMLPlace(of: document.nodes[node].offset, in: document.bytes) }
  }

  /// What lies in a table or an array, in the order in which it was defined; nothing in others.
  public var items: [TOMLItem] {
    @export(interface)
    get {
      var items: [TOMLItem] = []
      var next = document.nodes[node].firstChild
      while let child = next {
        items.append(TOMLItem(document, child))
        next = document.nodes[child].nextSibling
      }
      return items
    }
  }

  /// What a table has under `key`.
  @export(interface)
  public subscript(key: Text) -> TOMLItem? {
    guard case .table = document.nodes[node].content else { return nil }
    return document.find(key, in: node).map { TOMLItem(document, $0) }
  }
}
