// SPDX-License-Identifier: MIT
public import Base

/// A line being typed on a bare terminal: takes bytes, says what to show, and hands out whole lines.
public struct LineInput: Sendable {
  public enum Event: Equatable, Sendable {
    /// Send this to the terminal.
    case echo(Text)
    /// A line is complete; its end has been echoed.
    case line(Text)
    /// Control-D on an empty line.
    case end
  }

  public static var lineBytes: Int { 1024 }

  private var line = Text()
  /// A carriage return came last: a line feed right after it is part of it.
  private var hasReturned = false

  public init() {}

  /// Takes one byte from the terminal.
  @export(interface)
  public mutating func take(_ byte: UInt8) -> [Event] {
    let follows = hasReturned
    hasReturned = byte == 0x0D
    switch byte {
    case 0x0A where follows: return []
    case 0x0A, 0x0D: return finish()
    case 0x03:
      line = Text()
      return [.echo("^C\r\n"), .line(Text())]
    case 0x04: return line.isEmpty ? [.end] : []
    case 0x08, 0x7F: return erase()
    case 0x15:
      var events: [Event] = []
      while !line.isEmpty { events += erase() }
      return events
    case 0x20..<0x7F, 0x80...:
      guard line.count < Self.lineBytes else { return [.echo("\u{7}")] }
      line.put(byte)
      return [.echo(Text([byte]))]
    default: return []
    }
  }

  private mutating func finish() -> [Event] {
    let finished = line
    line = Text()
    return [.echo("\r\n"), .line(finished)]
  }

  /// Takes a whole character back.
  private mutating func erase() -> [Event] {
    guard !line.isEmpty else { return [] }
    while let last = line.bytes.popLast() {
      if last & 0xC0 != 0x80 { break }
    }
    return [.echo("\u{8} \u{8}")]
  }
}
