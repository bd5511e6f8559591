// SPDX-License-Identifier: MIT
import ABI

/// One argument register of a call.
struct RecordedArgument: Equatable {
  var name: String
  var type: String
}

/// The third walker of a call's arguments: notes their names and types, register by register.
struct Recorder: ArgumentCoder {
  private(set) var arguments: [RecordedArgument] = []

  mutating func word<T: WordCodable>(_ name: StaticString, _ value: inout T) {
    arguments.append(RecordedArgument(name: name.description, type: String(describing: T.self)))
  }
}

/// What the documents say of one call.
struct CallDescription {
  var name: String
  var number: UInt
  var arguments: [RecordedArgument]
  var reply: String

  init(_ type: (some SystemCall).Type) {
    var call = type.init()
    var recorder = Recorder()
    // Recording does not fail; the error type is the reader's.
    do throws(SystemError) { try call.arguments(&recorder) } catch {}
    name = String(describing: type)
    number = type.number.rawValue
    arguments = recorder.arguments
    reply = String(describing: type.Reply.self)
  }

  /// `open` for `Open`, `read_directory` for `ReadDirectory`: the name in C.
  var cName: String {
    var result = ""
    for character in name {
      if character.isUppercase, !result.isEmpty { result += "_" }
      result += character.lowercased()
    }
    return result
  }

  /// The call as C sees it: one register a parameter, the result word or a negated error.
  var prototype: String {
    let parameters = arguments.enumerated().map { index, argument in
      let name = argument.name == "count" ? "\(arguments[index - 1].name)_count" : argument.name
      return "\(Self.cType(argument.type)) \(Self.snake(name))"
    }
    let list = parameters.isEmpty ? "void" : parameters.joined(separator: ", ")
    return "long apus_\(cName)(\(list));"
  }

  private static func snake(_ name: String) -> String {
    name.reduce(into: "") { result, character in
      if character.isUppercase { result += "_" }
      result += character.lowercased()
    }
  }

  private static func cType(_ type: String) -> String {
    switch type {
    case "UInt": "uintptr_t"
    case "Int": "intptr_t"
    case "UInt64", "Deadline": "uint64_t"
    case "Handle": "apus_handle_t"
    default: "uint32_t"
    }
  }
}
