// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Dd: UtilityProgram {
  static var manual: Manual {
    Manual(
      "dd", "copy blocks of bytes", synopsis: ["[NAME=VALUE…]"],
      description: """
        Copies standard input to standard output, or what if= and of= name, in blocks. Numbers may \
        end in b (512), K, M, G (powers of 1024) or kB, MB, GB (powers of 1000), and may be products: \
        2x512.
        """,
      operands: [
        .init("if=FILE", "read from this file"),
        .init("of=FILE", "write to this file, which becomes as long as what is written"),
        .init("bs=N", "bytes of a block; 512 without it"),
        .init("ibs=N, obs=N", "bytes of a block of input, of output"),
        .init("count=N", "copy so many blocks of input"),
        .init("skip=N", "leave out so many blocks of input first"),
        .init("seek=N", "leave so many blocks of output as they are"),
        .init(
          "conv=WORD[,WORD…]",
          """
          notrunc: do not shorten the output; noerror: go on behind blocks that cannot be read; \
          sync: fill short blocks up with zeros; fsync: wait until all is on the medium; \
          excl: the output must not be there yet; nocreat: it must be; ucase, lcase: letters
          """),
        .init("iflag=fullblock", "read until a block is full"),
        .init("oflag=append", "write at the output's end"),
        .init(
          "status=WORD",
          "none: say nothing at the end; noxfer: not how fast; progress: all the time"),
      ],
      examples: [.init("dd if=/scheme/zero of=/tmp/x bs=1M count=4", "a file of 4 MiB")],
      seeAlso: ["cp", "hexdump"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let operands = try invocation.options().operands
    let plan = try BlockPlan(operands)
    var copy = BlockCopy(invocation: invocation, plan: plan)
    return try copy.run()
  }
}

/// What `dd` was told.
struct BlockPlan {
  var input: Text?
  var output: Text?
  var inputBytes = 512
  var outputBytes = 512
  /// With `bs`, short blocks are written as they were read.
  var isOneSize = false
  var count: UInt64?
  var skip: UInt64 = 0
  var seek: UInt64 = 0
  var conversions: [Text] = []
  var fillsBlocks = false
  var appends = false
  var status: Text = "usual"

  init(_ operands: [Text]) throws(UtilityStop) {
    for operand in operands {
      guard let equals = operand.firstIndex(of: UInt8(ascii: "=")) else {
        throw .usage("unknown operand " + operand.quotedForMessage)
      }
      try read(operand[0..<equals], operand[(equals + 1)...], operand)
    }
  }

  private mutating func read(
    _ name: Text, _ value: Text, _ operand: Text
  ) throws(UtilityStop) {
    switch name {
    case "if": input = value
    case "of": output = value
    case "bs":
      inputBytes = try Self.size(value)
      outputBytes = inputBytes
      isOneSize = true
    case "ibs": if !isOneSize { inputBytes = try Self.size(value) }
    case "obs": if !isOneSize { outputBytes = try Self.size(value) }
    case "count": count = try Self.number(value)
    case "skip", "iseek": skip = try Self.number(value)
    case "seek", "oseek": seek = try Self.number(value)
    case "conv":
      let known: [Text] = [
        "notrunc", "noerror", "sync", "fsync", "fdatasync", "excl", "nocreat", "ucase", "lcase",
      ]
      for word in value.split(at: UInt8(ascii: ",")) {
        guard known.contains(word) else {
          throw .usage("unknown conversion " + word.quotedForMessage)
        }
        conversions.append(word)
      }
    case "iflag":
      guard value == "fullblock" else { throw .usage("unknown flag " + value.quotedForMessage) }
      fillsBlocks = true
    case "oflag":
      guard value == "append" else { throw .usage("unknown flag " + value.quotedForMessage) }
      appends = true
    case "status":
      guard value == "none" || value == "noxfer" || value == "progress" else {
        throw .usage("unknown status " + value.quotedForMessage)
      }
      status = value
    default: throw .usage("unknown operand " + operand.quotedForMessage)
    }
  }

  func converts(_ name: Text) -> Bool { conversions.contains(name) }

  private static func number(_ text: Text) throws(UtilityStop) -> UInt64 {
    var product: UInt64 = 1
    for factor in text.split(at: UInt8(ascii: "x")) {
      guard let value = Quantity.parse(factor) else {
        throw .usage("invalid number " + text.quotedForMessage)
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: value)
      guard !overflow, next < 1 << 62 else {
        throw .usage("number too large: " + text.quotedForMessage)
      }
      product = next
    }
    return product
  }

  private static func size(_ text: Text) throws(UtilityStop) -> Int {
    let value = try number(text)
    guard value > 0, value <= 256 << 20 else {
      throw .usage("a block has 1 to 256M bytes, not " + text.quotedForMessage)
    }
    return Int(value)
  }
}
