// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// What `stty` shows.
struct SettingsReport {
  var settings: TerminalSettings
  var columns: Int
  var rows: Int

  private var heading: Text {
    Text { text in
      text.put("speed ")
      text.put(decimal: UInt64(settings.outputSpeed))
      text.put(" baud; rows ")
      text.put(decimal: UInt64(rows))
      text.put("; columns ")
      text.put(decimal: UInt64(columns))
      text.put(";\n")
    }
  }

  var all: Text {
    var words: [Text] = []
    for key in TerminalKey.all {
      words.append(key.name + " = " + TerminalKey.shown(settings[key.character]) + ";")
    }
    words.append(number("min", .minimum))
    words.append(number("time", .time))
    var text = heading + Self.filled(words)
    for field in [TerminalFlag.Field.control, .input, .output, .local] {
      let flags = TerminalFlag.all.filter { $0.field == field }
      text.put(Self.filled(flags.map { ($0.isSet(in: settings) ? "" : "-") + $0.name }))
    }
    return text
  }

  var unusual: Text {
    var words: [Text] = []
    for key in TerminalKey.all where settings[key.character] != key.usual {
      words.append(key.name + " = " + TerminalKey.shown(settings[key.character]) + ";")
    }
    for flag in TerminalFlag.all where flag.isSet(in: settings) != flag.isUsual {
      words.append((flag.isUsual ? "-" : "") + flag.name)
    }
    return heading + Self.filled(words)
  }

  /// Numbers in hexadecimal, apart by colons.
  var saved: Text {
    Text { text in
      for bits in [
        settings.input.rawValue, settings.output.rawValue, settings.control.rawValue,
        settings.local.rawValue,
      ] {
        text.put(hexadecimal: UInt64(bits))
        text.put(":")
      }
      for index in settings.characters.indices {
        if index > 0 { text.put(":") }
        text.put(hexadecimal: UInt64(settings.characters[index]))
      }
      text.put("\n")
    }
  }

  private func number(_ name: Text, _ character: ControlCharacter) -> Text {
    Text { text in
      text.put(name)
      text.put(" = ")
      text.put(decimal: UInt64(settings[character]))
      text.put(";")
    }
  }

  /// Words in lines of 80 columns.
  private static func filled(_ words: [Text]) -> Text {
    var text = Text()
    var column = 0
    for word in words {
      if column > 0, column + 1 + word.count > 80 {
        text.put("\n")
        column = 0
      }
      if column > 0 { text.put(" ") }
      text.put(word)
      column += word.count + 1
    }
    if column > 0 { text.put("\n") }
    return text
  }
}

/// What `stty` is to change.
struct SettingsChange {
  private(set) var settings: TerminalSettings
  private(set) var columns: Int
  private(set) var rows: Int
  private(set) var hasNewSize = false
  /// What `size` and `speed` print.
  private(set) var output = Text()

  init(_ settings: TerminalSettings, _ size: (columns: Int, rows: Int)) {
    self.settings = settings
    columns = size.columns
    rows = size.rows
  }

  /// - Returns: what is wrong with the arguments.
  mutating func read(_ arguments: [Text]) -> Text? {
    var index = 0
    while index < arguments.count {
      let word = arguments[index]
      index += 1
      if readWord(word) || readFlag(word) || readSaved(word) { continue }
      guard index < arguments.count else {
        return isValued(word)
          ? word.quotedForMessage + " needs a value" : "invalid setting " + word.quotedForMessage
      }
      guard isValued(word) else { return "invalid setting " + word.quotedForMessage }
      let value = arguments[index]
      index += 1
      guard readValue(word, value) else {
        return "invalid value of " + word + ": " + value.quotedForMessage
      }
    }
    return nil
  }

  private mutating func readWord(_ word: Text) -> Bool {
    switch word {
    case "size":
      output.put(decimal: UInt64(rows))
      output.put(" ")
      output.put(decimal: UInt64(columns))
      output.put("\n")
    case "speed":
      output.put(decimal: UInt64(settings.outputSpeed))
      output.put("\n")
    case "sane":
      for flag in TerminalFlag.all { flag.set(flag.isUsual, in: &settings) }
      for key in TerminalKey.all { settings[key.character] = key.usual }
      settings[.minimum] = 1
      settings[.time] = 0
    case "raw", "-cooked": setRaw(true)
    case "-raw", "cooked": setRaw(false)
    default: return false
    }
    return true
  }

  private mutating func setRaw(_ isRaw: Bool) {
    let changed: [Text] =
      isRaw
      ? [
        "ignbrk", "brkint", "ignpar", "parmrk", "inpck", "istrip", "inlcr", "igncr", "icrnl",
        "ixon",
        "ixoff", "ixany", "imaxbel", "opost", "isig", "icanon", "iexten",
      ] : ["icrnl", "ixon", "opost", "isig", "icanon", "iexten"]
    for flag in TerminalFlag.all where changed.contains(flag.name) {
      flag.set(!isRaw, in: &settings)
    }
    settings[.minimum] = 1
    settings[.time] = 0
  }

  private mutating func readFlag(_ word: Text) -> Bool {
    let isOff = word.hasPrefix("-")
    let name = isOff ? word[1...] : word
    guard let flag = TerminalFlag.all.first(where: { $0.name == name }) else { return false }
    flag.set(!isOff, in: &settings)
    return true
  }

  private mutating func readSaved(_ word: Text) -> Bool {
    let parts = word.split(at: UInt8(ascii: ":"))
    guard parts.count == 4 + settings.characters.count else { return false }
    var numbers: [UInt32] = []
    for part in parts {
      do throws(NumberError) { numbers.append(try UInt32(hexadecimal: part.span)) } catch {
        return false
      }
    }
    var next = settings
    next.input = .init(rawValue: numbers[0])
    next.output = .init(rawValue: numbers[1])
    next.control = .init(rawValue: numbers[2])
    next.local = .init(rawValue: numbers[3])
    for index in settings.characters.indices {
      guard let byte = UInt8(exactly: numbers[4 + index]) else { return false }
      next.characters[index] = byte
    }
    settings = next
    return true
  }

  private func isValued(_ word: Text) -> Bool {
    ["rows", "cols", "columns", "min", "time"].contains(word)
      || TerminalKey.all.contains { $0.name == word }
  }

  private mutating func readValue(_ word: Text, _ value: Text) -> Bool {
    if let key = TerminalKey.all.first(where: { $0.name == word }) {
      guard let byte = TerminalKey.read(value) else { return false }
      settings[key.character] = byte
      return true
    }
    guard let number = wholeNumber(value) else { return false }
    switch word {
    case "min", "time":
      guard number <= 255 else { return false }
      settings[word == "min" ? .minimum : .time] = UInt8(number)
    default:
      guard number <= 65_535 else { return false }
      if word == "rows" { rows = Int(number) } else { columns = Int(number) }
      hasNewSize = true
    }
    return true
  }
}
