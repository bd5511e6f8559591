// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Cmp: UtilityProgram {
  static var manual: Manual {
    Manual(
      "cmp", "compare two files byte by byte",
      synopsis: ["[-bls] [-i SKIP[:SKIP2]] [-n NUMBER] FILE [FILE2 [SKIP [SKIP2]]]"],
      description: """
        Says where two files differ first: the byte's number and the line's, both counted from 1. It \
        prints nothing if they are the same, and says on standard error if one is only the beginning \
        of the other. Without FILE2, and for a file named -, standard input is read. Numbers may end \
        in b (512), K, M, G (powers of 1024) or kB, MB, GB (powers of 1000).
        """,
      options: [
        .init("-b, --print-bytes", "print the bytes that differ, in octal and as characters"),
        .init(
          "-i, --ignore-initial=SKIP", "skip so many bytes of each file; SKIP:SKIP2 of the two"),
        .init("-l, --verbose", "print the number and the values (octal) of all bytes that differ"),
        .init("-n, --bytes=NUMBER", "compare no more than so many bytes"),
        .init("-s, --quiet, --silent", "print nothing; the status tells"),
      ],
      exitStatus: [
        .init("0", "the files are the same"), .init("1", "they differ"),
        .init("2", "a file cannot be read, output is lost, or the arguments make no sense"),
      ],
      seeAlso: ["sha256sum", "hexdump"], failureStatus: 2)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let request = try ComparisonRequest(try invocation.options())
    if request.isTrivial { return 0 }
    var files: [ComparedFile] = []
    defer { for file in files { file.input.close() } }
    for index in 0..<2 {
      guard let input = open(request.names[index], request, invocation) else { return 2 }
      files.append(ComparedFile(request.names[index], input))
    }
    if request.isSilent, differInLength(files, request, invocation.system) { return 1 }
    var comparison = FileComparison(request, files, invocation.system)
    do throws(SystemError) { return try comparison.run(invocation) } catch {
      if !request.isSilent { invocation.complain(comparison.failedName, error) }
      return 2
    }
  }

  private static func open(
    _ name: Text, _ request: ComparisonRequest, _ invocation: Invocation
  ) -> UtilityInput? {
    guard request.isSilent, name != "-" else { return invocation.openInput(name) }
    do throws(SystemError) {
      return UtilityInput(try invocation.system.openFile(name), invocation.system, isOwned: true)
    } catch { return nil }
  }

  /// Whether the lengths alone tell that the files differ where they are compared.
  private static func differInLength(
    _ files: [ComparedFile], _ request: ComparisonRequest, _ system: UtilitySystem
  ) -> Bool {
    var lengths: [UInt64] = []
    for (index, file) in files.enumerated() {
      // Files without a length of their own, as the kernel's texts, have that of zero.
      guard file.name != "-", let length = file.length(system), length > 0 else { return false }
      lengths.append(length - min(length, request.skips[index]))
    }
    return lengths[0] != lengths[1] && min(lengths[0], lengths[1]) < request.limit
  }
}

/// What is compared, and what is said of it.
struct ComparisonRequest {
  private(set) var names: [Text]
  /// Bytes at the beginning of each that are not compared.
  private(set) var skips: [UInt64] = [0, 0]
  private(set) var limit = UInt64.max
  let isSilent: Bool
  let listsAll: Bool
  let printsBytes: Bool

  init(_ options: Options) throws(UtilityStop) {
    let operands = options.operands
    guard !operands.isEmpty else { throw .usage("a file to compare is missing") }
    guard operands.count <= 4 else {
      throw .usage("extra operand " + operands[4].quotedForMessage)
    }
    names = [operands[0], operands.count > 1 ? operands[1] : "-"]
    isSilent = options.has("-s")
    listsAll = options.has("-l")
    printsBytes = options.has("-b")
    if isSilent, listsAll { throw .usage("-l and -s exclude each other") }
    if let value = options.value("-i") {
      let parts = value.split(at: UInt8(ascii: ":"), limit: 2)
      for index in 0..<2 { skips[index] = try quantity(parts[index % parts.count], "skip") }
    }
    for (index, operand) in operands.dropFirst(2).enumerated() {
      skips[index] = max(skips[index], try quantity(operand, "skip"))
    }
    if let value = options.value("-n") { limit = try quantity(value, "number of bytes") }
  }

  /// One and the same thing is compared with itself.
  var isTrivial: Bool { names[0] == "-" && names[1] == "-" && skips[0] == skips[1] }
}

/// One of the two files, read from front to back.
struct ComparedFile {
  let name: Text
  let input: UtilityInput
  /// What has been read and not been compared.
  private(set) var piece: ArraySlice<UInt8> = []
  private(set) var isAtEnd = false
  /// Reading it was what failed last.
  private(set) var hasFailed = false

  init(_ name: Text, _ input: UtilityInput) {
    self.name = name
    self.input = input
  }

  /// How long a regular file is; `nil` for others.
  func length(_ system: UtilitySystem) -> UInt64? {
    do throws(SystemError) {
      let status = try system.status(of: input.handle)
      return status.isRegular ? UInt64(status.size) : nil
    } catch { return nil }
  }

  /// Leaves out the first bytes: by going there, or by reading them where there is no going.
  mutating func skip(_ count: UInt64, _ system: UtilitySystem) throws(SystemError) {
    guard count > 0 else { return }
    if name != "-", length(system) != nil {
      do throws(SystemError) { return try system.seek(input.handle, to: count) } catch {
        guard error == .notSeekable else { throw error }
      }
    }
    var left = count
    while left > 0 {
      try fill()
      if isAtEnd { return }
      let taken = Int(min(left, UInt64(piece.count)))
      drop(taken)
      left -= UInt64(taken)
    }
  }

  /// Reads on if all that was read has been compared.
  mutating func fill() throws(SystemError) {
    guard piece.isEmpty, !isAtEnd else { return }
    // A slice that is still held would make the reader copy its buffer.
    piece = []
    hasFailed = true
    if let next = try input.nextPiece() { piece = next } else { isAtEnd = true }
    hasFailed = false
  }

  mutating func drop(_ count: Int) { piece = piece.dropFirst(count) }
}
