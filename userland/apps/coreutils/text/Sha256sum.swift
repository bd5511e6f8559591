// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Sha256sum: UtilityProgram {
  static var manual: Manual {
    Manual(
      "sha256sum", "print or check SHA-256 digests",
      synopsis: [
        "[-btz] [--tag] [FILE…]", "-c [-w] [--ignore-missing] [--quiet] [--status] [FILE…]",
      ],
      description: """
        Prints the SHA-256 digest of each file before its name. With -c, reads such lines from the \
        files and says whether the files they name still have these digests. Without a file, and \
        for a file named -, standard input is read.
        """,
      options: [
        .init("-b, --binary", "mark names with * before them"),
        .init("-c, --check", "read digests and check them"),
        .init("-t, --text", "do not mark names, which is the default"),
        .init("-w, --warn", "say which lines of a list are none"),
        .init("-z, --zero", "lines end in a zero byte, and names are not escaped"),
        .init("--ignore-missing", "with -c, say nothing of files that are missing"),
        .init("--quiet", "with -c, say nothing of files that are right"),
        .init("--status", "with -c, say nothing at all"),
        .init("--tag", "print lines as BSD has them: SHA256 (FILE) = DIGEST"),
      ],
      exitStatus: [
        .init("0", "all went well"), .init("1", "a file is missing, or a digest is not as listed"),
      ],
      examples: [.init("sha256sum -c SUMS", "checks the files that SUMS lists")],
      seeAlso: ["hexdump"], usageStatus: 1)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let operands = options.operands.isEmpty ? ["-"] : options.operands
    if options.has("-c") {
      var checker = DigestChecker(options, invocation)
      for operand in operands { try checker.check(operand) }
      return checker.status
    }
    for operand in operands {
      guard let digest = try digest(of: operand, invocation) else { continue }
      put(digest, operand, options, &invocation.output)
    }
    return 0
  }

  /// The digest in hexadecimal; `nil` after a complaint.
  static func digest(of path: Text, _ invocation: Invocation) throws(UtilityStop) -> Text? {
    guard let digest = invocation.system.makeSHA256() else {
      throw .failed("this system has no SHA-256")
    }
    let isRead = try invocation.readPieces(path) { piece in
      digest.update(piece)
      return true
    }
    guard isRead else { return nil }
    return Text { text in
      for byte in digest.finish() { text.put(hexadecimal: UInt64(byte), digits: 2) }
    }
  }

  /// A name with a line feed or backslash in it is escaped, which a backslash before the line says.
  private static func put(
    _ digest: Text, _ name: Text, _ options: Options, _ output: inout UtilityOutput
  ) {
    var shown = name
    if !options.has("-z"), name.contains(0x0A) || name.contains(0x5C) || name.contains(0x0D) {
      output.put("\\")
      shown = Text { text in
        for byte in name.bytes {
          switch byte {
          case 0x0A: text.put("\\n")
          case 0x0D: text.put("\\r")
          case 0x5C: text.put("\\\\")
          default: text.put(byte)
          }
        }
      }
    }
    if options.has("--tag") {
      output.put("SHA256 (")
      output.put(shown.span)
      output.put(") = ")
      output.put(digest.span)
    } else {
      output.put(digest.span)
      output.put(options.last(of: ["-t", "-b"]) == 1 ? " *" : "  ")
      output.put(shown.span)
    }
    output.put(options.terminator)
  }
}

/// A line of a list: a digest and the name it belongs to.
struct DigestLine {
  var digest: Text
  var name: Text

  /// `nil` if it is none.
  init?(_ line: Text) {
    var line = line
    var isEscaped = false
    if line.hasPrefix("\\") {
      isEscaped = true
      line = line[1...]
    }
    if line.hasPrefix("SHA256 (") {
      guard line.count >= 8 + 4 + 64, line[(line.count - 68)..<(line.count - 64)] == ") = " else {
        return nil
      }
      digest = line[(line.count - 64)...]
      name = line[8..<(line.count - 68)]
    } else {
      guard line.count > 66, line[64] == 0x20, line[65] == 0x20 || line[65] == 0x2A else {
        return nil
      }
      digest = line[0..<64]
      name = line[66...]
    }
    for index in digest.indices {
      guard digest[index].digitValue ?? 99 < 16 else { return nil }
      digest.bytes[index] = digest[index].lowercased
    }
    if isEscaped { name = Self.unescaped(name) }
  }

  private static func unescaped(_ name: Text) -> Text {
    Text { text in
      var index = 0
      while index < name.count {
        guard name[index] == 0x5C, index + 1 < name.count else {
          text.put(name[index])
          index += 1
          continue
        }
        switch name[index + 1] {
        case 0x6E: text.put(0x0A)
        case 0x72: text.put(0x0D)
        case let byte: text.put(byte)
        }
        index += 2
      }
    }
  }
}

/// Checks the files that lists name.
private struct DigestChecker {
  private(set) var status: Int32 = 0
  private let invocation: Invocation
  private let isQuiet: Bool
  private let isSilent: Bool
  private let warns: Bool
  private let ignoresMissing: Bool
  private let terminator: UInt8

  init(_ options: Options, _ invocation: Invocation) {
    self.invocation = invocation
    isSilent = options.has("--status")
    isQuiet = options.has("--quiet") || isSilent
    warns = options.has("-w")
    ignoresMissing = options.has("--ignore-missing")
    terminator = options.terminator
  }

  mutating func check(_ list: Text) throws(UtilityStop) {
    var (good, wrong, unread, unknown) = (0, 0, 0, 0)
    var lines: [Text] = []
    try invocation.readLines([list], terminator: terminator) { line, _ in lines.append(Text(line)) }
    for (index, text) in lines.enumerated() where !text.isEmpty && !text.hasPrefix("#") {
      guard let line = DigestLine(text) else {
        unknown += 1
        if warns {
          var message = list.shownSafely + ":"
          message.put(decimal: UInt64(index + 1))
          warn(message + ": improperly formatted SHA256 checksum line")
        }
        continue
      }
      if ignoresMissing, invocation.system.statusIfAny(line.name) == nil { continue }
      guard let digest = try Sha256sum.digest(of: line.name, invocation) else {
        unread += 1
        say(line.name, "FAILED open or read")
        continue
      }
      if digest.bytes == line.digest.bytes {
        good += 1
        if !isQuiet { say(line.name, "OK") }
      } else {
        wrong += 1
        say(line.name, "FAILED")
      }
    }
    if good + wrong + unread == 0 {
      warn(list.shownSafely + ": no properly formatted SHA256 checksum lines found")
      status = 1
      return
    }
    if wrong + unread > 0 { status = 1 }
    tell(unknown, "line is improperly formatted", "lines are improperly formatted")
    tell(unread, "listed file could not be read", "listed files could not be read")
    tell(wrong, "computed checksum did NOT match", "computed checksums did NOT match")
  }

  private func say(_ name: Text, _ what: StaticString) {
    guard !isSilent else { return }
    invocation.output.put(name.shownSafely + ": ")
    invocation.output.put(what)
    invocation.output.put("\n")
  }

  private func tell(_ count: Int, _ one: StaticString, _ many: StaticString) {
    guard count > 0, !isSilent else { return }
    var message: Text = "WARNING: "
    message.put(decimal: UInt64(count))
    message.put(" ")
    message.put(count == 1 ? one : many)
    warn(message)
  }

  private func warn(_ message: Text) { invocation.say("sha256sum: " + message) }
}
