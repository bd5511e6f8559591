// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum HexDump: UtilityProgram {
  static var manual: Manual {
    Manual(
      "hexdump", "show bytes as numbers", synopsis: ["[-bCcdovx] [-n NUMBER] [-s NUMBER] [FILE…]"],
      description: """
        Shows the bytes of all files, one after another, 16 in a line behind their offset; by \
        default as words of 16 bits, the lower byte first, in hexadecimal. Lines that repeat are \
        shown as one *. Without a file, and for a file named -, standard input is read.
        """,
      options: [
        .init("-b, --one-byte-octal", "bytes in octal"),
        .init("-C, --canonical", "bytes in hexadecimal, and as characters"),
        .init("-c, --one-byte-char", "bytes as characters"),
        .init("-d, --two-bytes-decimal", "words in decimal"),
        .init("-n, --length=NUMBER", "show no more than so many bytes"),
        .init("-o, --two-bytes-octal", "words in octal"),
        .init("-s, --skip=NUMBER", "leave so many bytes out at the beginning"),
        .init("-v, --no-squeezing", "show lines that repeat"),
        .init("-x, --two-bytes-hex", "words in hexadecimal, further apart"),
      ],
      seeAlso: ["cat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var skipped = try number(options.value("-s"), "number of bytes to skip") ?? 0
    var left = try number(options.value("-n"), "number of bytes") ?? UInt64.max
    var dump = DumpLines(options, offset: skipped)
    for operand in options.operands.isEmpty ? ["-"] : options.operands {
      try invocation.readPieces(operand) { piece in
        let start = Int(min(skipped, UInt64(piece.count)))
        skipped -= UInt64(start)
        let count = Int(min(left, UInt64(piece.count - start)))
        left -= UInt64(count)
        dump.add(piece.extracting(start..<(start + count)), &invocation.output)
        return left > 0
      }
    }
    dump.finish(&invocation.output)
    return 0
  }

  /// Also as `0x10`.
  private static func number(_ text: Text?, _ what: Text) throws(UtilityStop) -> UInt64? {
    if let text, text.hasPrefix("0x"), let value = try? UInt64(hexadecimal: text[2...].span) {
      return value
    }
    return try quantity(text, what)
  }
}

/// Lines of 16 bytes, each behind its offset.
struct DumpLines {
  private let style: UInt8
  private let showsAll: Bool
  private var offset: UInt64
  private var line: [UInt8] = []
  private var previous: [UInt8] = []
  private var isSqueezing = false

  init(_ options: Options, offset: UInt64) {
    let styles: [StaticString] = ["-b", "-C", "-c", "-d", "-o", "-x"]
    style = options.last(of: styles).map { styles[$0].bytes[1] } ?? 0
    showsAll = options.has("-v")
    self.offset = offset
  }

  mutating func add(_ bytes: Span<UInt8>, _ output: inout UtilityOutput) {
    for index in bytes.indices {
      line.append(bytes[index])
      if line.count == 16 { putLine(&output) }
    }
  }

  mutating func finish(_ output: inout UtilityOutput) {
    if !line.isEmpty { putLine(&output) }
    guard offset > 0 || isSqueezing else { return }
    put(offset, &output)
    output.put("\n")
  }

  private mutating func putLine(_ output: inout UtilityOutput) {
    if !showsAll, line.count == 16, line == previous {
      if !isSqueezing { output.put("*\n") }
      isSqueezing = true
    } else {
      isSqueezing = false
      put(offset, &output)
      switch style {
      case UInt8(ascii: "C"): putCanonically(&output)
      case UInt8(ascii: "b"), UInt8(ascii: "c"): putBytes(&output)
      default: putWords(&output)
      }
      // The last line is as wide as the others.
      if style != UInt8(ascii: "C") { output.put(spaces: (16 - line.count) / unit * columns) }
      output.put("\n")
    }
    offset &+= UInt64(line.count)
    swap(&line, &previous)
    line.removeAll(keepingCapacity: true)
  }

  /// The bytes that are shown as one, and the columns they take.
  private var unit: Int { style == UInt8(ascii: "b") || style == UInt8(ascii: "c") ? 1 : 2 }
  private var columns: Int { unit == 1 ? 4 : style == 0 ? 5 : 8 }

  private func put(_ offset: UInt64, _ output: inout UtilityOutput) {
    output.put(hexadecimal: offset, digits: style == UInt8(ascii: "C") ? 8 : 7)
  }

  private func putCanonically(_ output: inout UtilityOutput) {
    for index in 0..<16 {
      output.put(index % 8 == 0 ? "  " : " ")
      if index < line.count {
        output.put(hexadecimal: UInt64(line[index]), digits: 2)
      } else {
        output.put("  ")
      }
    }
    output.put("  |")
    for byte in line { output.put(byte.isASCIIPrintable ? byte : 0x2E) }
    output.put("|")
  }

  private func putBytes(_ output: inout UtilityOutput) {
    for byte in line {
      output.put(" ")
      guard style == UInt8(ascii: "c") else {
        output.put(octal: UInt64(byte), digits: 3)
        continue
      }
      switch byte {
      case 0: output.put(" \\0")
      case 0x07: output.put(" \\a")
      case 0x08: output.put(" \\b")
      case 0x09: output.put(" \\t")
      case 0x0A: output.put(" \\n")
      case 0x0B: output.put(" \\v")
      case 0x0C: output.put(" \\f")
      case 0x0D: output.put(" \\r")
      case let byte where byte.isASCIIPrintable:
        output.put("  ")
        output.put(byte)
      default: output.put(octal: UInt64(byte), digits: 3)
      }
    }
  }

  private func putWords(_ output: inout UtilityOutput) {
    var index = 0
    while index < line.count {
      let high = index + 1 < line.count ? UInt64(line[index + 1]) : 0
      let word = UInt64(line[index]) | high << 8
      switch style {
      case UInt8(ascii: "d"):
        output.put("   ")
        output.put(decimal: word, width: 5, fill: 0x30)
      case UInt8(ascii: "o"):
        output.put("  ")
        output.put(octal: word, digits: 6)
      case UInt8(ascii: "x"):
        output.put("    ")
        output.put(hexadecimal: word, digits: 4)
      default:
        output.put(" ")
        output.put(hexadecimal: word, digits: 4)
      }
      index += 2
    }
  }
}
