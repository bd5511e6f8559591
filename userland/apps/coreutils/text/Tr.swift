// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import Regular
import UtilityFrame

enum Tr: UtilityProgram {
  static var manual: Manual {
    Manual(
      "tr", "translate, squeeze or delete bytes", synopsis: ["[-cdst] SET1 [SET2]"],
      description: """
        Copies standard input to standard output and changes each byte of SET1 into the one at the \
        same place in SET2; the last of SET2 is taken again as often as it is needed.

        Sets are written as bytes, as ranges (a-z), as classes ([:alpha:], alnum, blank, cntrl, \
        digit, graph, lower, print, punct, space, upper, xdigit), as repetitions in SET2 ([x*] as \
        often as needed, [x*5]) and with \\n, \\t, \\r, \\a, \\b, \\f, \\v, \\\\ and octal \\NNN.
        """,
      options: [
        .init("-c, --complement", "take all bytes that are not in SET1"),
        .init("-C", "the same as -c"),
        .init("-d, --delete", "delete the bytes of SET1"),
        .init("-s, --squeeze-repeats", "print bytes of the last set that repeat only once"),
        .init("-t, --truncate-set1", "leave bytes as they are that SET2 has none for"),
      ],
      examples: [
        .init("tr a-z A-Z", "makes letters of ASCII capital"),
        .init("tr -d '\\r'", "takes carriage returns out"),
      ],
      seeAlso: ["cut"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(operandsEndOptions: true)
    let translation = try Translation(options)
    var last: UInt8?
    var result: [UInt8] = []
    try invocation.readPieces("-") { piece in
      result.removeAll(keepingCapacity: true)
      translation.apply(piece, &last, &result)
      invocation.output.put(result.span)
      return true
    }
    return 0
  }
}

/// What becomes of each byte.
struct Translation {
  private var table: [UInt8] = []
  private var deleted = ByteSet()
  private var squeezed = ByteSet()
  private let isPlain: Bool

  init(_ options: Options) throws(UtilityStop) {
    let operands = options.operands
    let deletes = options.has("-d")
    let squeezes = options.has("-s")
    let complements = options.has("-c") || options.has("-C")
    let needed = deletes == squeezes ? 2 : 1
    guard let first = operands.first else { throw .usage("missing operand") }
    guard operands.count >= needed else {
      throw .usage("missing operand after " + first.quotedForMessage)
    }
    guard operands.count <= (deletes && !squeezes ? 1 : 2) else {
      throw .usage("extra operand " + operands[operands.count - 1].quotedForMessage)
    }
    var from = try TranslationSet(first, isSecond: false)
    if complements { from.complement() }
    isPlain = !deletes && !squeezes
    for byte in 0...UInt8.max { table.append(byte) }
    if deletes { deleted = ByteSet(from) }
    if operands.count == 2 {
      var to = try TranslationSet(operands[1], isSecond: true)
      if deletes {
        to.fill(to: to.bytes.count)
        squeezed = ByteSet(to)
        return
      }
      to.fill(to: from.bytes.count)
      guard !to.bytes.isEmpty || from.bytes.isEmpty else {
        throw .usage("the second set must not be empty")
      }
      try translate(from, to, truncates: options.has("-t"))
      if squeezes { squeezed = ByteSet(to) }
    } else if squeezes {
      squeezed = ByteSet(from)
    }
  }

  private mutating func translate(
    _ from: TranslationSet, _ to: TranslationSet, truncates: Bool
  ) throws(UtilityStop) {
    for index in from.bytes.indices {
      if index >= to.bytes.count, truncates { break }
      // Of a byte that is in the set twice, the last place counts.
      table[Int(from.bytes[index])] = to.bytes[min(index, to.bytes.count - 1)]
    }
  }

  /// - Parameter last: the byte that was printed last.
  func apply(_ piece: Span<UInt8>, _ last: inout UInt8?, _ result: inout [UInt8]) {
    result.reserveCapacity(piece.count)
    if isPlain {
      for index in piece.indices { result.append(table[Int(piece[index])]) }
      return
    }
    for index in piece.indices {
      let byte = piece[index]
      if deleted[byte] { continue }
      let changed = table[Int(byte)]
      if changed == last, squeezed[changed] { continue }
      last = changed
      result.append(changed)
    }
  }
}

extension ByteSet {
  fileprivate init(_ set: TranslationSet) {
    self.init()
    for byte in set.bytes { insert(byte) }
  }
}
