// SPDX-License-Identifier: MIT
import Base
import Core
import Regular
import ShellExpander
import ShellParser

extension Shell {
  func echo(_ words: [Text]) {
    var endsLine = true
    var hasEscapes = false
    var separator: Text = " "
    var index = 1
    options: while index < words.count {
      switch words[index] {
      case "-n": endsLine = false
      case "-e": hasEscapes = true
      case "-s": separator = ""
      case "-ne", "-en":
        endsLine = false
        hasEscapes = true
      case "--":
        index += 1
        break options
      default: break options
      }
      index += 1
    }
    var text = words[index...].map { $0 }.joined(by: separator)
    if hasEscapes {
      if let end = text.endOfEcho {
        text = text[0..<end]
        endsLine = false
      }
      text = text.unescapedForEcho
    }
    if endsLine { text.put(0x0A) }
    write(text)
    status = 0
  }

  /// 0 if `condition` holds for the first argument and one of the others.
  func compare(_ words: [Text], _ condition: (Text, Text) -> Bool) -> Int {
    guard words.count > 2 else { return 2 }
    return words[2...].contains { condition(words[1], $0) } ? 0 : 1
  }

  func equal(_ words: [Text]) {
    let isInverted = words.count == 4 && words[1] == "not"
    guard words.count == (isInverted ? 4 : 3) else {
      return fail(words[0], "two texts are needed", status: 2)
    }
    let isSame = words[words.count - 2] == words[words.count - 1]
    status = isSame != isInverted ? 0 : 1
  }

  func matches(_ words: [Text]) {
    guard words.count == 3 else {
      return fail(words[0], "a text and a regular expression are needed", status: 2)
    }
    do throws(RegularExpressionError) {
      status = try RegularExpression(words[2]).matches(words[1]) ? 0 : 1
    } catch {
      fail(words[0], error.message, status: 2)
    }
  }

  func bool(_ words: [Text]) {
    guard words.count == 2 else { return fail(words[0], "one argument is needed") }
    let name = words[1].hasPrefix("$") ? words[1][1...] : words[1]
    let value = state.variables[name]?.text ?? name
    let isTrue = value == "1" || value == "true"
    write(isTrue ? "true\n" : "false\n")
    status = 0
  }

  func math(_ words: [Text]) {
    guard words.count > 1 else { return fail(words[0], "an expression is needed") }
    let text = words[1...].map { $0 }.joined(by: " ")
    do throws(ExpansionError) {
      write(try expander.number(of: text).text + "\n")
      status = 0
    } catch { fail(words[0], error.message) }
  }

  /// What `random` goes up to without bounds.
  private static var largestRandom: UInt64 { 32767 }

  func random(_ words: [Text]) {
    let number = system.randomNumber()
    if words.count > 1, words[1] == "choice" {
      guard words.count > 2 else { return fail(words[0], "nothing to choose from") }
      status = 0
      return write(words[2 + Int(number % UInt64(words.count - 2))] + "\n")
    }
    var bounds: [UInt64] = []
    for word in words[1...] {
      guard let bound = try? UInt64(decimal: word.span) else {
        return fail(words[0], "'" + word + "' is not a number")
      }
      bounds.append(bound)
    }
    status = 0
    switch bounds.count {
    case 0: write(Text { $0.put(decimal: number % (Self.largestRandom + 1)) } + "\n")
    case 2 where bounds[0] < bounds[1]:
      write(Text { $0.put(decimal: bounds[0] + number % (bounds[1] - bounds[0])) } + "\n")
    case 3 where bounds[0] < bounds[2] && bounds[1] > 0:
      let steps = (bounds[2] - bounds[0] - 1) / bounds[1] + 1
      write(Text { $0.put(decimal: bounds[0] + number % steps * bounds[1]) } + "\n")
    case 1: fail(words[0], "a seed cannot be given")
    default:
      fail(words[0], "nothing is needed, or START END or START STEP END with END above START")
    }
  }

  /// `read NAME…` takes a line for each name, or one line if no name is given.
  func read(_ words: [Text]) {
    status = 0
    for name in words.dropFirst() {
      guard !name.isEmpty, !name.bytes.contains(where: { !$0.isNamePart }) else {
        return fail(words[0], "'" + name + "' is no name of a variable")
      }
      guard var line = readLine() else {
        status = 1
        return
      }
      if line.bytes.last == 0x0A { line.bytes.removeLast() }
      state.variables.set(name, .string(line))
    }
  }

  func mapFile(_ words: [Text]) {
    var delimiter: UInt8 = 0x0A
    var names: [Text] = []
    var index = 1
    while index < words.count {
      if words[index] == "-d", index + 1 < words.count,
        let byte = words[index + 1].unescaped.bytes.first
      {
        delimiter = byte
        index += 1
      } else if words[index].hasPrefix("-"), words[index].count > 1 {
        return fail(words[0], "'" + words[index] + "' is not an option")
      } else {
        names.append(words[index])
      }
      index += 1
    }
    guard let name = names.first, names.count <= 2 else {
      return fail(words[0], "an array, and maybe a file, is needed")
    }
    var text: Text
    if names.count == 2 {
      do throws(SystemFailure) { text = try contents(of: names[1]) } catch {
        return fail(words[0], names[1] + ": " + error.reason)
      }
    } else {
      text = readAll()
    }
    if text.bytes.last == delimiter { text.bytes.removeLast() }
    state.variables.set(name, Value(text.isEmpty ? [] : text.split(at: delimiter)))
    status = 0
  }

  func contents(of path: Text) throws(SystemFailure) -> Text {
    let handle = try system.open(path, for: .reading)
    defer { system.close(handle) }
    var bytes: [UInt8] = []
    while bytes.count < ShellLimits.captureBytes {
      let more = try system.read(handle, limit: 65_536)
      if more.isEmpty { break }
      bytes += more
    }
    return Text(bytes)
  }
}
