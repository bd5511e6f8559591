// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Cat: UtilityProgram {
  static var manual: Manual {
    Manual(
      "cat", "print files one after another", synopsis: ["[-AbeEnstTuv] [FILE…]"],
      description: """
        Copies the files to standard output, one after another. Without a file, and for a file \
        named -, standard input is copied.
        """,
      options: [
        .init("-A, --show-all", "the same as -vET"),
        .init("-b, --number-nonblank", "number the lines that are not empty"),
        .init("-e", "the same as -vE"),
        .init("-E, --show-ends", "show $ at the end of each line"),
        .init("-n, --number", "number all lines"),
        .init("-s, --squeeze-blank", "print several empty lines in a row as one"),
        .init("-t", "the same as -vT"),
        .init("-T, --show-tabs", "show tabs as ^I"),
        .init("-u", "has no effect; output is never held back between files"),
        .init(
          "-v, --show-nonprinting",
          "show control characters as ^X, bytes above 127 as M-X"),
      ],
      seeAlso: ["head", "tail", "hexdump"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var printer = LinePrinter(options)
    let target = outputFile(invocation)
    for operand in options.operands.isEmpty ? ["-"] : options.operands {
      guard let input = invocation.openInput(operand) else { continue }
      defer { input.close() }
      if let target, isSame(input.handle, target, invocation.system) {
        invocation.complain(operand.shownSafely + ": input file is output file")
        continue
      }
      do throws(SystemError) {
        while let piece = try input.nextPiece() {
          if printer.isPlain {
            invocation.output.put(piece.span)
          } else {
            for byte in piece { printer.put(byte, &invocation.output) }
          }
          // A terminal's reader or a pipe's wants each piece as it comes.
          invocation.output.send()
          if invocation.output.failure != nil { return 1 }
        }
      } catch {
        invocation.complain(operand, error)
      }
    }
    return 0
  }

  /// Standard output, if it is a file that reading could run after for ever.
  private static func outputFile(_ invocation: Invocation) -> FileStatus? {
    do throws(SystemError) {
      let status = try invocation.system.status(of: .standardOutput)
      return status.isRegular && status.size > 0 ? status : nil
    } catch { return nil }
  }

  private static func isSame(
    _ handle: Handle, _ target: FileStatus, _ system: UtilitySystem
  ) -> Bool {
    do throws(SystemError) { return try system.status(of: handle).isSame(as: target) } catch {
      return false
    }
  }
}

/// Marks lines and bytes as the options say; goes on from file to file.
private struct LinePrinter {
  private let numbersAll: Bool
  private let numbersFilled: Bool
  private let showsEnds: Bool
  private let showsTabs: Bool
  private let showsControls: Bool
  private let squeezes: Bool
  private var line: UInt64 = 0
  private var isAtStart = true
  private var emptyLines = 0

  init(_ options: Options) {
    let all = options.has("-A")
    numbersFilled = options.has("-b")
    numbersAll = options.has("-n") && !numbersFilled
    showsEnds = all || options.has("-E") || options.has("-e")
    showsTabs = all || options.has("-T") || options.has("-t")
    showsControls = all || options.has("-v") || options.has("-e") || options.has("-t")
    squeezes = options.has("-s")
  }

  var isPlain: Bool {
    !(numbersAll || numbersFilled || showsEnds || showsTabs || showsControls || squeezes)
  }

  mutating func put(_ byte: UInt8, _ output: inout UtilityOutput) {
    if byte == 0x0A {
      emptyLines = isAtStart ? emptyLines + 1 : 0
      if squeezes, emptyLines > 1 { return }
      if isAtStart, numbersAll { putNumber(&output) }
      if showsEnds { output.put("$") }
      output.put(byte)
      isAtStart = true
      return
    }
    if isAtStart {
      if numbersAll || numbersFilled { putNumber(&output) }
      isAtStart = false
      emptyLines = 0
    }
    if byte == 0x09 {
      if showsTabs { output.put("^I") } else { output.put(byte) }
    } else if showsControls {
      putVisibly(byte, &output)
    } else {
      output.put(byte)
    }
  }

  private mutating func putNumber(_ output: inout UtilityOutput) {
    line += 1
    output.put(decimal: line, width: 6)
    output.put("\t")
  }

  private func putVisibly(_ byte: UInt8, _ output: inout UtilityOutput) {
    if byte >= 0x80 { output.put("M-") }
    let low = byte & 0x7F
    if low < 0x20 || low == 0x7F {
      output.put("^")
      output.put(low ^ 0x40)
    } else {
      output.put(low)
    }
  }
}
