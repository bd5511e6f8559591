// SPDX-License-Identifier: MIT
import Base
import Core

// Reading a service's table: a key and its values on each line, `#` begins a comment.

extension ServiceDescription {
  private static var tableBytes: Int { 16_384 }
  private static var capsuleLimit: UInt64 { 1 << 30 }

  /// Reads a table.
  ///
  /// - Parameter file: the table's name, for errors.
  /// - Throws: the first error, with its line.
  @export(interface)
  public init(parsing bytes: [UInt8], file: Text) throws(ServiceTableError) {
    self.init()
    guard bytes.count <= Self.tableBytes else {
      throw ServiceTableError(file: file, line: 1, cause: .tableTooLong)
    }
    var seen: [Text] = []
    for (index, line) in Text(bytes).lines().enumerated() {
      var words: [Text] = []
      for word in line.words() {
        if word.hasPrefix("#") { break }
        words.append(word)
      }
      guard let key = words.first else { continue }
      let isRepeated = seen.contains { $0 == key }
      do throws(ServiceTableError.Cause) {
        guard !isRepeated || Self.canRepeat(key) else { throw .repeatedKey }
        try take(key, Array(words.dropFirst()), isFirst: !isRepeated)
        seen.append(key)
      } catch {
        throw ServiceTableError(file: file, line: index + 1, cause: error)
      }
    }
  }

  private mutating func take(
    _ key: Text, _ values: [Text], isFirst: Bool
  ) throws(ServiceTableError.Cause) {
    switch key {
    case "scheme": schemes += try Self.names(values)
    case "reaches": try addReach(values, isFirst: isFirst)
    case "manages": manages += try Self.names(values)
    case "capsule": capsuleBytes = try Self.number(values, upTo: Self.capsuleLimit)
    case "frames": limits.frames = try Self.number(values)
    case "processes": limits.processes = try Self.number(values)
    case "threads": limits.threads = try Self.number(values)
    case "handles": limits.handles = try Self.number(values)
    case "share": limits.share = try Self.number(values)
    case "priority": limits.priority = try Self.number(values, upTo: 63)
    case "ready": readyNanoseconds = try Self.number(values, upTo: 3_600) * 1_000_000_000
    case "user": user = UInt32(try Self.number(values, upTo: UInt64(UInt32.max)))
    case "group": group = UInt32(try Self.number(values, upTo: UInt64(UInt32.max)))
    case "restart":
      guard let rule = RestartRule(try Self.single(values)) else { throw .unknownRule }
      restart = rule
    case "console":
      guard values.isEmpty else { throw .tooManyValues }
      usesConsole = true
    default: throw .unknownKey
    }
  }

  private static func canRepeat(_ key: Text) -> Bool {
    key == "reaches" || key == "manages" || key == "scheme"
  }

  /// The first `reaches` replaces the usual schemes; further ones add to it.
  private mutating func addReach(
    _ values: [Text], isFirst: Bool
  ) throws(ServiceTableError.Cause) {
    if values.count == 1, values[0] == "all" {
      reach = .all
      return
    }
    if values.count == 1, values[0] == "none" {
      if isFirst { reach = .listed([]) }
      return
    }
    let names = try Self.names(values)
    switch reach {
    case .all: return
    case .listed(let old): reach = .listed((isFirst ? [] : old) + names)
    }
  }

  private static func names(_ values: [Text]) throws(ServiceTableError.Cause) -> [Text] {
    guard !values.isEmpty else { throw .valueMissing }
    for name in values where !isSchemeName(name) { throw .invalidName }
    return values
  }

  /// Whether a scheme can be called so.
  static func isSchemeName(_ name: Text) -> Bool {
    guard name.count >= 1, name.count <= 63 else { return false }
    for byte in name.bytes where byte <= 0x20 || byte == 0x2F || byte == 0x3A || byte == 0x7F {
      return false
    }
    return true
  }

  private static func single(_ values: [Text]) throws(ServiceTableError.Cause) -> Text {
    guard let value = values.first else { throw .valueMissing }
    guard values.count == 1 else { throw .tooManyValues }
    return value
  }

  private static func number(
    _ values: [Text], upTo limit: UInt64 = UInt64(Int64.max)
  ) throws(ServiceTableError.Cause) -> UInt64 {
    let value = try single(values)
    do throws(NumberError) {
      let number = try UInt64(decimal: value.span)
      guard number <= limit else { throw NumberError.overflow }
      return number
    } catch {
      if error == .overflow { throw .outOfRange }
      throw .notANumber
    }
  }
}
