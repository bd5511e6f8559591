// SPDX-License-Identifier: MIT

/// What the kernel said when it panicked, found in the console.
///
/// The kernel prints a line that begins `KERNEL PANIC:`, the registers (one of them `rip`), a line
/// that begins `backtrace:` with addresses, the last trace records, and the line `END OF PANIC`.
public struct PanicReport: Equatable, Sendable {
  public static let firstLine = "KERNEL PANIC:"
  public static let lastLine = "END OF PANIC"

  /// What stands behind `KERNEL PANIC:`.
  public var reason: String
  /// From the first line to the last, as far as it came.
  public var lines: [String]
  /// Innermost first.
  public var backtrace: [CodeAddress]
  /// Whether the kernel reached the end of its report.
  public var isComplete: Bool

  /// The first panic in `lines`, nil when there is none.
  public init?(in lines: [String]) {
    guard let start = lines.firstIndex(where: { $0.contains(Self.firstLine) }),
      let range = lines[start].firstRange(of: Self.firstLine)
    else { return nil }
    let end = lines[start...].firstIndex { $0.contains(Self.lastLine) }
    isComplete = end != nil
    self.lines = Array(lines[start...(end ?? lines.index(before: lines.endIndex))])
    reason = String(lines[start][range.upperBound...].drop { $0 == " " })

    let faulting = self.lines.lazy.compactMap(Self.instructionPointer).first
    var found: [CodeAddress] = []
    for line in self.lines {
      guard let addresses = Self.backtrace(line) else { continue }
      for number in Self.numbers(in: addresses) {
        found.append(CodeAddress(number, isReturnAddress: number != faulting))
      }
    }
    // Registers without a backtrace: the report broke off between them.
    if let faulting, found.isEmpty {
      found.insert(CodeAddress(faulting, isReturnAddress: false), at: 0)
    }
    backtrace = found
  }

  /// The addresses of a line of the backtrace: what stands behind the word, or a line that begins
  /// with an address, which continues it.
  static func backtrace(_ line: String) -> Substring? {
    if let name = line.firstRange(of: "backtrace:") { return line[name.upperBound...] }
    let text = line.drop { $0 == " " }
    return text.hasPrefix("0x") ? text : nil
  }

  /// All numbers written `0x…` in a text.
  static func numbers(in text: Substring) -> [UInt64] {
    text.split { !$0.isHexDigit && $0 != "x" }.compactMap { word in
      word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil
    }
  }

  /// The value of `rip` in a line of registers, as `rip 0x…`, `rip=0x…` or `rip: …`.
  static func instructionPointer(_ line: String) -> UInt64? {
    let lower = line.lowercased()
    guard let name = lower.firstRange(of: "rip") else { return nil }
    let word = lower[name.upperBound...].drop { " =:".contains($0) }.prefix { !$0.isWhitespace }
    return UInt64(word.hasPrefix("0x") ? word.dropFirst(2) : word, radix: 16)
  }
}

/// An address in code. A return address names the instruction after the call that is meant.
public struct CodeAddress: Equatable, Sendable {
  public var value: UInt64
  public var isReturnAddress: Bool

  public init(_ value: UInt64, isReturnAddress: Bool) {
    self.value = value
    self.isReturnAddress = isReturnAddress
  }

  /// An address inside the instruction that is meant.
  var lookUp: UInt64 { isReturnAddress && value > 0 ? value - 1 : value }
}
