// SPDX-License-Identifier: MIT
public import Base
import Core
public import PCI
import TOML

/// One `[[drivers]]`: which functions it is for, and what is started for them.
public struct DriverRule: Equatable, Sendable {
  public var name = Text()
  /// The program and its arguments.
  public var command: [Text] = []
  /// The scheme that the driver serves.
  public var scheme: Text?
  var baseClass: UInt8?
  var subclass: UInt8?
  var interface: UInt8?
  var vendor: UInt16?
  var device: UInt16?
  /// From the first to before the last, as Redox counts them.
  var devices: Range<Int>?
  /// Vendors with their devices.
  var identifiers: [(vendor: UInt16, devices: [UInt16])] = []

  public static func == (a: DriverRule, b: DriverRule) -> Bool {
    a.name == b.name && a.command == b.command && a.scheme == b.scheme
  }

  /// Whether the rule is for this function. One that names no function at all is for none.
  @export(interface)
  public func fits(_ function: FunctionDescription) -> Bool {
    if let baseClass, function.baseClass != baseClass { return false }
    if let subclass, function.subclass != subclass { return false }
    if let interface, function.interface != interface { return false }
    if let vendor, function.vendor != vendor { return false }
    if let device, function.device != device { return false }
    if let devices, !devices.contains(Int(function.device)) { return false }
    if !identifiers.isEmpty {
      let isListed = identifiers.contains { known in
        known.vendor == function.vendor && known.devices.contains(function.device)
      }
      guard isListed else { return false }
    }
    return baseClass != nil || vendor != nil || !identifiers.isEmpty
  }

  /// The line that has init start the driver, without its end.
  @export(interface)
  public func launchLine(for function: FunctionAddress) -> Text {
    let name = function.shortName
    var line = "launch " + Path.name(of: command.first ?? Text()) + "@" + name + " view=pci"
    if let scheme { line += " scheme=" + scheme.replacing("$NAME", with: name) }
    for word in command { line += " " + word.replacing("$NAME", with: name) }
    return line
  }
}

/// Why a file of rules cannot be used.
public struct RuleError: Error, Equatable {
  public let message: Text
}

/// Reading rules.
extension DriverRule {
  /// The rules of a file.
  ///
  /// - Throws: the first mistake, with file, line and column.
  @export(interface)
  public static func rules(in bytes: [UInt8], file: Text) throws(RuleError) -> [DriverRule] {
    let document: TOMLDocument
    do throws(TOMLError) { document = try TOMLDocument(parsing: bytes) } catch {
      throw RuleError(message: error.message(in: file))
    }
    let reader = RuleReader(file: file)
    var rules: [DriverRule] = []
    for item in document.root.items {
      guard item.key == "drivers", item.value == .array else {
        throw reader.error(item, "a file of drivers has tables [[drivers]] and nothing else")
      }
      for table in item.items { rules.append(try reader.rule(table)) }
    }
    return rules
  }
}

private struct RuleReader {
  let file: Text

  func error(_ item: TOMLItem, _ reason: StaticString) -> RuleError {
    RuleError(
      message: Text { text in
        text.put(file)
        text.put(":")
        text.put(decimal: UInt64(item.place.line))
        text.put(":")
        text.put(decimal: UInt64(item.place.column))
        text.put(": ")
        text.put(reason)
      })
  }

  func rule(_ table: TOMLItem) throws(RuleError) -> DriverRule {
    guard table.value == .table else { throw error(table, "drivers are tables") }
    var rule = DriverRule()
    for item in table.items {
      switch item.key {
      case "name": rule.name = try text(item)
      case "scheme": rule.scheme = try word(item)
      case "class": rule.baseClass = UInt8(try number(item, upTo: 0xFF))
      case "subclass": rule.subclass = UInt8(try number(item, upTo: 0xFF))
      case "interface": rule.interface = UInt8(try number(item, upTo: 0xFF))
      case "vendor": rule.vendor = UInt16(try number(item, upTo: 0xFFFF))
      case "device": rule.device = UInt16(try number(item, upTo: 0xFFFF))
      case "device_id_range": rule.devices = try range(item)
      case "ids": rule.identifiers = try identifiers(item)
      case "command":
        guard item.value == .array, !item.items.isEmpty else {
          throw error(item, "command is an array of texts")
        }
        for part in item.items { rule.command.append(try word(part)) }
      default: throw error(item, "drivers have no such key")
      }
    }
    guard !rule.command.isEmpty else { throw error(table, "a driver needs a command") }
    return rule
  }

  private func text(_ item: TOMLItem) throws(RuleError) -> Text {
    guard case .string(let text) = item.value else { throw error(item, "a text is wanted here") }
    return text
  }

  /// A text that is one word of the line that init reads.
  private func word(_ item: TOMLItem) throws(RuleError) -> Text {
    let text = try text(item)
    guard !text.isEmpty, text.words() == [text] else {
      throw error(item, "a text without spaces is wanted here")
    }
    return text
  }

  private func number(_ item: TOMLItem, upTo limit: Int64) throws(RuleError) -> Int64 {
    guard case .integer(let value) = item.value, (0...limit).contains(value) else {
      throw error(item, "the number is out of range, or no number")
    }
    return value
  }

  private func range(_ item: TOMLItem) throws(RuleError) -> Range<Int> {
    guard item.value == .table, let start = item["start"], let end = item["end"] else {
      throw error(item, "device_id_range has start and end")
    }
    let (first, last) = (try number(start, upTo: 0xFFFF), try number(end, upTo: 0x1_0000))
    guard first <= last else { throw error(item, "device_id_range ends before it starts") }
    return Int(first)..<Int(last)
  }

  private func identifiers(
    _ item: TOMLItem
  ) throws(RuleError) -> [(vendor: UInt16, devices: [UInt16])] {
    guard item.value == .table else { throw error(item, "ids is a table of vendors") }
    var found: [(vendor: UInt16, devices: [UInt16])] = []
    for vendor in item.items {
      guard vendor.key.hasPrefix("0x"), vendor.value == .array else {
        throw error(vendor, "ids has vendors \"0xVVVV\" with arrays of devices")
      }
      var devices: [UInt16] = []
      for device in vendor.items { devices.append(UInt16(try number(device, upTo: 0xFFFF))) }
      do throws(NumberError) {
        found.append((try UInt16(hexadecimal: vendor.key[2...].span), devices))
      } catch {
        throw self.error(vendor, "ids has vendors \"0xVVVV\" with arrays of devices")
      }
    }
    return found
  }
}
