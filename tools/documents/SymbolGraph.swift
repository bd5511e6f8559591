// SPDX-License-Identifier: MIT
import Foundation

/// The documentation comments and fields of a module, as the compiler prints them.
struct SymbolGraph {
  /// A declared name and what its comment says.
  struct Symbol {
    var path: [String]
    var comment: [String]
    /// The declared type of a property, or the raw value's text of a case.
    var declaration: String
    var line: Int
    var file: String
    var kind: String
    /// The number that a case or constant stands for, as its declaration writes it.
    var value: String?
  }

  private(set) var symbols: [Symbol] = []

  /// Reads what `swift-symbolgraph-extract` wrote.
  init(json: Data) throws(DocumentError) {
    guard let graph = try? JSONDecoder().decode(Graph.self, from: json) else {
      throw .unreadableSymbolGraph
    }
    var sources = Sources()
    symbols = graph.symbols.map { symbol in
      Symbol(
        path: symbol.pathComponents,
        comment: symbol.docComment?.lines.map(\.text) ?? [],
        declaration: symbol.declarationFragments?.map(\.spelling).joined() ?? "",
        line: symbol.location?.position.line ?? 0,
        file: symbol.location?.uri.split(separator: "/").last.map(String.init) ?? "",
        kind: symbol.kind.identifier,
        value: symbol.location.flatMap { sources.value(in: $0.uri, line: $0.position.line) })
    }
  }

  func comment(of path: [String]) -> [String]? {
    symbols.first { $0.path == path && !$0.comment.isEmpty }?.comment
  }

  /// The members of `type` of one kind, in the order of their declaration.
  func members(of type: String, kind: String) -> [Symbol] {
    symbols.filter { $0.path.count == 2 && $0.path[0] == type && $0.kind == kind && $0.line > 0 }
      .sorted { $0.line < $1.line }
  }

  /// The types declared in one file, in order.
  func types(inFile file: String) -> [Symbol] {
    symbols.filter {
      $0.path.count == 1 && $0.file == file
        && ($0.kind == "swift.struct" || $0.kind == "swift.enum")
    }.sorted { $0.line < $1.line }
  }

  private struct Graph: Decodable { var symbols: [Entry] }
  private struct Entry: Decodable {
    struct Kind: Decodable { var identifier: String }
    struct Comment: Decodable {
      struct Line: Decodable { var text: String }
      var lines: [Line]
    }
    struct Fragment: Decodable { var spelling: String }
    struct Location: Decodable {
      struct Position: Decodable { var line: Int }
      var uri: String
      var position: Position
    }
    var kind: Kind
    var pathComponents: [String]
    var docComment: Comment?
    var declarationFragments: [Fragment]?
    var location: Location?
  }
}

/// The files of the module, for what the compiler leaves out of its graph: the values.
private struct Sources {
  private var files: [String: [Substring]] = [:]

  /// The number that ends the declaration on a line, counted from zero.
  mutating func value(in uri: String, line: Int) -> String? {
    if files[uri] == nil {
      let text = URL(string: uri).flatMap { try? String(contentsOf: $0, encoding: .utf8) }
      files[uri] = text?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    }
    guard let lines = files[uri], lines.indices.contains(line) else { return nil }
    var last = lines[line].split(separator: " ").last ?? ""
    if last.hasSuffix(")") { last.removeLast() }
    return last.first?.isNumber == true ? String(last) : nil
  }
}

/// Why documents could not be printed.
public enum DocumentError: Error, Equatable, CustomStringConvertible {
  case unreadableSymbolGraph
  /// A call, record or error without a comment.
  case undocumented(String)
  /// The compiler or the disk refused; the text says what.
  case host(String)

  public var description: String {
    switch self {
    case .unreadableSymbolGraph: "the compiler's symbol graph of module ABI cannot be read"
    case .undocumented(let name): "\(name) has no documentation comment"
    case .host(let reason): reason
    }
  }
}
