// SPDX-License-Identifier: MIT
import Base
import Core
import TOML

// Reading units of all kinds.
extension InitUnit {
  /// Reads a unit.
  ///
  /// - Parameters:
  ///   - name: the file's name, whose ending says of what kind it is. In what an instance of a
  ///     template says, `$INSTANCE` stands for the instance.
  ///   - file: the file's path, for errors.
  /// - Throws: the first error, with its place.
  @export(interface)
  public init(parsing bytes: [UInt8], name: Text, file: Text) throws(UnitError) {
    guard let parts = UnitName(name) else { throw .ending(file: file) }
    guard parts.kind != .script else {
      do throws(InitScriptError) {
        self.init(name: name, try InitScript(parsing: bytes, file: file))
      } catch { throw .script(error) }
      return
    }
    self.init(name: name)
    var limits = TOMLDocument.Limits()
    limits.bytes = InitScriptLimits.scriptBytes
    let document: TOMLDocument
    do throws(TOMLError) {
      document = try TOMLDocument(parsing: bytes, limits: limits)
    } catch { throw .syntax(file: file, error) }
    var reader = UnitReader(unit: self, name: parts)
    do throws(UnitReader.Failure) { try reader.read(document.root) } catch {
      throw .meaning(file: file, error.place, error.cause, name: error.name)
    }
    self = reader.unit
  }
}

/// Takes over what a document says.
private struct UnitReader {
  struct Failure: Error {
    var place: TOMLPlace
    var cause: UnitError.Cause
    var name: Text
  }

  var unit: InitUnit
  let name: UnitName

  mutating func read(_ root: TOMLItem) throws(Failure) {
    for item in root.items {
      guard item.value == .table else { throw fail(item, .unknownKey) }
      let isKnown = item.key == "unit" || item.key == "service" && name.kind == .service
      guard isKnown else { throw fail(item, .unknownTable) }
    }
    guard let table = root["unit"] else { throw missing(.tableMissing, "[unit]") }
    try readUnit(table)
    guard name.kind == .service else { return }
    guard let service = root["service"] else { throw missing(.tableMissing, "[service]") }
    try readService(service)
  }

  private mutating func readUnit(_ table: TOMLItem) throws(Failure) {
    for item in table.items {
      switch item.key {
      case "description": unit.description = try string(item)
      case "default_dependencies":
        guard case .boolean(let truth) = item.value else { throw fail(item, .notATruthValue) }
        unit.hasDefaultRequirements = truth
      case "requires_weak":
        unit.requirements = try strings(item)
        for name in unit.requirements where !isUnit(name) {
          throw Failure(place: item.place, cause: .invalidUnit, name: name)
        }
      case "condition_architecture": unit.architectures = try strings(item)
      case "condition_board": unit.boards = try strings(item)
      default: throw fail(item, .unknownKey)
      }
    }
  }

  private mutating func readService(_ table: TOMLItem) throws(Failure) {
    var words: [Text] = []
    var environment: [InitCommand.Variable] = []
    var inherited: [Text] = []
    for item in table.items {
      switch item.key {
      case "cmd", "type": break
      case "args": words = try strings(item)
      case "envs": environment = try variables(item)
      case "inherit_envs":
        inherited = try strings(item)
        for name in inherited where !LineParser.isVariableName(name) {
          throw Failure(place: item.place, cause: .invalidVariable, name: name)
        }
      default: throw fail(item, .unknownKey)
      }
    }
    guard let program = table["cmd"] else { throw missing(.keyMissing, "cmd") }
    guard let type = table["type"] else { throw missing(.keyMissing, "type") }
    let path = try string(program)
    guard !path.isEmpty, !path.contains(0) else { throw fail(program, .invalidWord) }
    if let arguments = table["args"], words.contains(where: { $0.contains(0) }) {
      throw fail(arguments, .invalidWord)
    }
    for word in words where word.hasPrefix("$") && !LineParser.isVariableName(word[1...]) {
      throw Failure(place: table["args"]?.place ?? table.place, cause: .invalidVariable, name: word)
    }
    let command = InitCommand(environment: environment, words: [path] + words)
    var step = UnitStep(line: program.place.line, kind: .notify, command: command)
    step.service = name.service
    step.inherited = inherited
    try take(type, into: &step)
    unit.steps = [step]
  }

  private func take(_ type: TOMLItem, into step: inout UnitStep) throws(Failure) {
    switch type.value {
    case .string(let word):
      switch word {
      case "notify": step.kind = .notify
      case "oneshot": step.kind = .run
      case "oneshot_async": step.kind = .nowait
      default: throw Failure(place: type.place, cause: .unknownType, name: word)
      }
    case .table:
      guard let scheme = type["scheme"], type.items.count == 1 else {
        throw fail(type, .unknownType)
      }
      let name = try string(scheme)
      guard isScheme(name) else {
        throw Failure(place: scheme.place, cause: .invalidScheme, name: name)
      }
      step.scheme = name
    case .integer, .float, .boolean, .dateTime, .array: throw fail(type, .unknownType)
    }
  }

  // MARK: Values

  private func string(_ item: TOMLItem) throws(Failure) -> Text {
    guard case .string(let text) = item.value else { throw fail(item, .notAString) }
    guard let instance = name.instance else { return text }
    return text.replacing("$INSTANCE", with: instance.name)
  }

  private func strings(_ item: TOMLItem) throws(Failure) -> [Text] {
    guard item.value == .array else { throw fail(item, .notAListOfStrings) }
    var texts: [Text] = []
    for element in item.items {
      guard case .string = element.value else {
        throw Failure(place: element.place, cause: .notAListOfStrings, name: item.key)
      }
      texts.append(try string(element))
    }
    return texts
  }

  private func variables(_ item: TOMLItem) throws(Failure) -> [InitCommand.Variable] {
    guard item.value == .table else { throw fail(item, .notATableOfStrings) }
    var variables: [InitCommand.Variable] = []
    for row in item.items {
      guard case .string = row.value else { throw fail(row, .notATableOfStrings) }
      guard LineParser.isVariableName(row.key) else { throw fail(row, .invalidVariable) }
      let value = try string(row)
      guard !value.contains(0) else { throw fail(row, .invalidWord) }
      variables.append(InitCommand.Variable(name: row.key, value: value))
    }
    return variables
  }

  private func isUnit(_ name: Text) -> Bool {
    LineParser.isUnit(name) && UnitName(name).map { !$0.isTemplate } ?? false
  }

  private func isScheme(_ name: Text) -> Bool {
    guard name.count >= 1, name.count <= 63 else { return false }
    for byte in name.bytes where byte <= 0x20 || byte == 0x2F || byte == 0x3A || byte == 0x7F {
      return false
    }
    return true
  }

  private func fail(_ item: TOMLItem, _ cause: UnitError.Cause) -> Failure {
    Failure(place: item.place, cause: cause, name: item.key)
  }

  private func missing(_ cause: UnitError.Cause, _ name: StaticString) -> Failure {
    Failure(place: TOMLPlace(line: 1, column: 1), cause: cause, name: Text(name))
  }
}
