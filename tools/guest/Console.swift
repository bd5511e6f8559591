// SPDX-License-Identifier: MIT

/// What the guest wrote on its first serial port, line by line; old lines are forgotten.
public struct Console: Equatable, Sendable {
  public static let lineLimit = 2_000
  public static let lineLengthLimit = 4_096

  /// How far a kernel panic has been reported.
  public enum Panic: Equatable, Sendable { case none, begun, complete }

  public private(set) var lines: [String] = []
  public private(set) var panic = Panic.none
  private var partial: [UInt8] = []

  public init() {}

  public mutating func append(_ bytes: [UInt8]) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        endLine()
      } else if byte != UInt8(ascii: "\r") && partial.count < Self.lineLengthLimit {
        partial.append(byte)
      }
    }
  }

  /// Makes a line of what has no line end yet.
  public mutating func finish() {
    if !partial.isEmpty { endLine() }
  }

  /// The last lines, at most `count`.
  public func last(_ count: Int) -> ArraySlice<String> { lines.suffix(count) }

  private mutating func endLine() {
    let line = Self.printable(partial)
    lines.append(line)
    if panic == .none && line.contains(PanicReport.firstLine) { panic = .begun }
    if panic == .begun && line.contains(PanicReport.lastLine) { panic = .complete }
    partial.removeAll(keepingCapacity: true)
    if lines.count > Self.lineLimit + Self.lineLimit / 4 {
      lines.removeFirst(lines.count - Self.lineLimit)
    }
  }

  /// Without what would move the cursor of the user's terminal.
  private static func printable(_ bytes: [UInt8]) -> String {
    String(
      String(decoding: withoutSequences(bytes), as: UTF8.self).unicodeScalars.map {
        $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" ? Character($0) : "\u{FFFD}"
      })
  }

  /// Leaves out control sequences, operating system commands and other escapes (ECMA-48, §5.3 to 5.6).
  private static func withoutSequences(_ bytes: [UInt8]) -> [UInt8] {
    let escape: UInt8 = 0x1B
    var rest = bytes[...]
    var kept: [UInt8] = []
    while let byte = rest.popFirst() {
      guard byte == escape else {
        kept.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "["):
        rest = rest.drop { !(0x40...0x7E).contains($0) }.dropFirst()
      case UInt8(ascii: "]"):
        rest = rest.drop { $0 != 0x07 && $0 != escape }
        if rest.popFirst() == escape { rest = rest.dropFirst() }
      default:
        break
      }
    }
    return kept
  }
}
