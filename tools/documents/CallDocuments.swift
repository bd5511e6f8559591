// SPDX-License-Identifier: MIT
import ABI
import Foundation

/// `docs/abi.md` and `docs/calls/*.md`, printed from the declarations in `libraries/abi`.
///
/// Names, registers and types come from walking each call with a `Recorder`; sentences come from
/// the comments in the compiler's symbol graph. Nothing in the documents is written twice.
public struct CallDocuments {
  /// A file's path below `docs/` and its content.
  public typealias Page = (path: String, text: String)

  private let graph: SymbolGraph
  private let calls: [CallDescription]

  /// - Parameter symbolGraph: what `swift-symbolgraph-extract` prints for module `ABI`.
  public init(symbolGraph: Data) throws(DocumentError) {
    graph = try SymbolGraph(json: symbolGraph)
    calls = CallTable.all.map { CallDescription($0) }.sorted { $0.number < $1.number }
  }

  /// All pages, in a fixed order.
  public func pages() throws(DocumentError) -> [Page] {
    var pages: [Page] = [("abi.md", try wholeDocument()), ("calls/index.md", index())]
    for call in calls { pages.append(("calls/\(call.cName).md", try page(for: call))) }
    return pages
  }

  private static let header = """
    <!-- SPDX-License-Identifier: MIT -->
    <!-- Printed by `./apus docs` from libraries/abi. Change the declaration, not this file. -->

    """

  private func page(for call: CallDescription) throws(DocumentError) -> String {
    var text = Self.header + "# \(call.name) (\(call.number))\n\n"
    text += try paragraphs(of: [call.name])
    text += "\n| register | argument | type |\n|---|---|---|\n"
    for (index, argument) in call.arguments.enumerated() {
      text += "| \(Registers.names[index]) | `\(argument.name)` | `\(argument.type)` |\n"
    }
    text += "| \(Registers.result) | reply | `\(call.reply)` |\n"
    text += "\n```c\n\(call.prototype)\n```\n"
    return text
  }

  private func index() -> String {
    var text = Self.header + "# System calls\n\n| number | call | what it does |\n|--:|---|---|\n"
    for call in calls {
      let summary = graph.comment(of: [call.name])?.first ?? ""
      text += "| \(call.number) | [\(call.name)](\(call.cName).md) | \(summary) |\n"
    }
    return text
  }

  private func wholeDocument() throws(DocumentError) -> String {
    var text = Self.header + Prose.introduction
    text += "\n## Calls\n\n| number | call | arguments | reply |\n|--:|---|---|---|\n"
    for call in calls {
      let arguments = call.arguments.map { "`\($0.name)`" }.joined(separator: ", ")
      text += "| \(call.number) | [\(call.name)](calls/\(call.cName).md) | \(arguments) | "
      text += "`\(call.reply)` |\n"
    }
    text += "\n## Errors\n\n| number | name | meaning |\n|--:|---|---|\n"
    for error in try errors() { text += error }
    text += "\n## Arguments\n"
    text += try enumerations(inFile: "Types.swift")
    text += try enumerations(inFile: "Arguments.swift")
    text += "\n## Records\n\n" + Prose.records
    text += try records()
    return text + Prose.conclusion
  }

  private func errors() throws(DocumentError) -> [String] {
    try graph.members(of: "SystemError", kind: "swift.enum.case").map {
      symbol throws(DocumentError) in
      let name = String(symbol.path[1])
      guard let number = Self.number(ofError: name) else { throw .undocumented(name) }
      return "| \(number) | `\(name)` | \(symbol.comment.joined(separator: " ")) |\n"
    }
  }

  private static func number(ofError name: String) -> UInt16? {
    for raw in UInt16(0)...1023 {
      if let error = SystemError(rawValue: raw), String(describing: error) == name { return raw }
    }
    return nil
  }

  private func enumerations(inFile file: String) throws(DocumentError) -> String {
    var text = ""
    for type in graph.types(inFile: file) {
      let constants = constants(of: type)
      guard !constants.isEmpty else { continue }
      text += "\n### \(type.path[0])\n\n" + (try paragraphs(of: type.path)) + constants
    }
    return text
  }

  private func records() throws(DocumentError) -> String {
    var text = ""
    let types =
      graph.types(inFile: "Records.swift") + graph.types(inFile: "Terminal.swift")
    for type in types {
      let fields = graph.members(of: type.path[0], kind: "swift.property")
      let constants = constants(of: type)
      guard !fields.isEmpty || !constants.isEmpty else { continue }
      text += "\n### \(type.path[0])\n\n" + (try paragraphs(of: type.path))
      if !fields.isEmpty { text += "\n| field | type | meaning |\n|---|---|---|\n" }
      for field in fields {
        let type = field.declaration.components(separatedBy: ": ").last ?? ""
        let meaning = field.comment.joined(separator: " ")
        text += "| `\(field.path[1])` | `\(type)` | \(meaning) |\n"
      }
      text += constants
    }
    return text
  }

  /// The cases and static constants of a type, with their values.
  private func constants(of type: SymbolGraph.Symbol) -> String {
    let members =
      graph.members(of: type.path[0], kind: "swift.enum.case")
      + graph.members(of: type.path[0], kind: "swift.type.property")
    var text = ""
    for member in members where member.path[1] != "all" {
      let value = member.value.map { "`\($0)`" } ?? ""
      text += "| `\(member.path[1])` | \(value) | \(member.comment.joined(separator: " ")) |\n"
    }
    return text.isEmpty ? "" : "\n| name | value | meaning |\n|---|---|---|\n" + text
  }

  private func paragraphs(of path: [String]) throws(DocumentError) -> String {
    guard let lines = graph.comment(of: path) else { throw .undocumented(path.joined()) }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The registers of a call on x86_64.
enum Registers {
  static let names = ["rdi", "rsi", "rdx", "r10", "r8", "r9"]
  static let result = "rax"
}
