// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Head: UtilityProgram {
  static var manual: Manual {
    Manual(
      "head", "print the beginning of files",
      synopsis: ["[-NUM] [-qvz] [-c NUMBER] [-n NUMBER] [FILE…]"],
      description: """
        Prints the first 10 lines of each file, under its name if there are several. Without a \
        file, and for a file named -, standard input is read. Numbers may end in b (512), K, M, G \
        (powers of 1024) or kB, MB, GB (powers of 1000).
        """,
      options: [
        .init("-NUM", "as many lines"),
        .init("-c, --bytes=NUMBER", "as many bytes; with - before it, all but the last so many"),
        .init("-n, --lines=NUMBER", "as many lines; with - before it, all but the last so many"),
        .init("-q, --quiet, --silent", "never print names"),
        .init("-v, --verbose", "always print names"),
        .init("-z, --zero-terminated", "lines end in a zero byte"),
      ],
      seeAlso: ["tail", "cat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let amount = try Amount(options)
    let operands = options.operands.isEmpty ? ["-"] : options.operands
    var headings = Headings(operands, options)
    for operand in operands {
      guard let input = invocation.openInput(operand) else { continue }
      defer { input.close() }
      headings.put(operand, invocation)
      var part = BeginningOfText(amount, options.terminator)
      do throws(SystemError) {
        while !part.isOver, invocation.output.failure == nil, let piece = try input.nextPiece() {
          part.add(piece.span, &invocation.output)
        }
      } catch {
        invocation.complain(operand, error)
      }
      try invocation.checkOutput()
    }
    return 0
  }

  struct Amount {
    var number: UInt64 = 10
    var isBytes = false
    var isAllBut = false

    init(_ options: Options) throws(UtilityStop) {
      guard let last = options.last(of: ["-c", "-n", "-NUM"]) else { return }
      isBytes = last == 0
      let name: StaticString = last == 0 ? "-c" : last == 1 ? "-n" : "-NUM"
      var text = options.value(name) ?? Text()
      if text.hasPrefix("-") {
        isAllBut = true
        text = text[1...]
      } else if text.hasPrefix("+") {
        text = text[1...]
      }
      number = try quantity(text, isBytes ? "number of bytes" : "number of lines")
    }
  }
}

/// The names of files above what is printed of them.
struct Headings {
  private let isShown: Bool
  private var isFirst = true

  init(_ operands: [Text], _ options: Options) {
    switch options.last(of: ["-q", "-v"]) {
    case 0: isShown = false
    case 1: isShown = true
    default: isShown = operands.count > 1
    }
  }

  mutating func put(_ operand: Text, _ invocation: Invocation) {
    guard isShown else { return }
    invocation.output.put(isFirst ? "==> " : "\n==> ")
    invocation.output.put(operand == "-" ? "standard input" : operand.shownSafely)
    invocation.output.put(" <==\n")
    isFirst = false
  }
}

/// Passes on the first lines or bytes of what comes in pieces, or all but the last.
struct BeginningOfText {
  private let amount: Head.Amount
  private let terminator: UInt8
  private var left: UInt64
  /// What may be among the last, from `start` on, and how many lines of it have ended.
  private var held: [UInt8] = []
  private var start = 0
  private var heldLines: UInt64 = 0

  init(_ amount: Head.Amount, _ terminator: UInt8) {
    self.amount = amount
    self.terminator = terminator
    left = amount.number
  }

  /// Whether nothing more will be passed on.
  var isOver: Bool { !amount.isAllBut && left == 0 }

  mutating func add(_ piece: Span<UInt8>, _ output: inout UtilityOutput) {
    if amount.isAllBut {
      hold(piece, &output)
    } else if amount.isBytes {
      let count = Int(min(left, UInt64(piece.count)))
      output.put(piece.extracting(0..<count))
      left -= UInt64(count)
    } else {
      var end = 0
      while left > 0, end < piece.count {
        guard let found = piece.firstIndex(of: terminator, from: end) else {
          end = piece.count
          break
        }
        end = found + 1
        left -= 1
      }
      output.put(piece.extracting(0..<end))
    }
  }

  private mutating func hold(_ piece: Span<UInt8>, _ output: inout UtilityOutput) {
    held.append(copyOf: piece)
    let first = start
    if amount.isBytes {
      let excess = UInt64(held.count - start)
      if excess > amount.number { start += Int(excess - amount.number) }
    } else {
      heldLines += UInt64(piece.count(of: terminator))
      // A last line that has not ended yet counts as well, if there is one.
      var lines = heldLines + (held.last == terminator || held.count == start ? 0 : 1)
      while lines > amount.number,
        let end = held.span.firstIndex(of: terminator, from: start)
      {
        start = end + 1
        lines -= 1
        heldLines -= 1
      }
    }
    output.put(held.span.extracting(first..<start))
    if start > held.count / 2, start > 1 << 16 {
      held.removeFirst(start)
      start = 0
    }
  }
}
