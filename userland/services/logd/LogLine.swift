// SPDX-License-Identifier: MIT
public import Base
import Core

/// How serious a line is.
public enum LogLevel: UInt8, Sendable, CaseIterable {
  case error = 0
  case warning = 1
  case info = 2
  case debug = 3

  public var name: StaticString {
    switch self {
    case .error: "error"
    case .warning: "warning"
    case .info: "info"
    case .debug: "debug"
    }
  }
}

/// A line as a program wrote it, taken apart: `NAME: LEVEL: TEXT`, of which NAME may be
/// `NAME[PROCESS]` and both that and the level may be missing.
///
/// A service's lines come by way of init, which puts the service's name before them, so a name that
/// stands there twice counts once. A program that calls itself something else keeps that in its text.
public struct LogLine: Equatable, Sendable {
  /// Empty if there is none.
  public var name = Text()
  public var process: UInt32?
  public var level = LogLevel.info
  public var text = Text()

  /// The longest name, in bytes.
  public static var nameLimit: Int { 32 }

  /// - Parameter process: who wrote it, if that is known; else the line may say.
  @export(interface)
  public init(_ line: Text, from process: UInt32?) {
    self.process = process
    var rest = line
    while let (said, number, behind) = Self.tag(rest) {
      if Self.level(said) != nil { break }
      guard name.isEmpty || name == said else {
        if let (word, _, text) = Self.tag(behind), let level = Self.level(word) {
          self.level = level
          rest = said + ": " + text
        }
        break
      }
      name = said
      if self.process == nil { self.process = number }
      rest = behind
    }
    if let (said, _, behind) = Self.tag(rest), let level = Self.level(said) {
      self.level = level
      rest = behind
    }
    text = rest
  }

  private static func level(_ word: Text) -> LogLevel? {
    for level in LogLevel.allCases where word == level.name { return level }
    return nil
  }

  /// `NAME: ` or `NAME[PROCESS]: ` at the beginning of a line, and what follows.
  private static func tag(_ line: Text) -> (name: Text, process: UInt32?, rest: Text)? {
    guard let colon = line.firstIndex(of: 0x3A), colon > 0, colon <= nameLimit + 12,
      colon + 1 < line.count, line[colon + 1] == 0x20
    else { return nil }
    var end = colon
    var process: UInt32?
    if line[colon - 1] == UInt8(ascii: "]"), let open = line.firstIndex(of: UInt8(ascii: "[")),
      open < colon
    {
      do throws(NumberError) {
        process = UInt32(
          truncatingIfNeeded: try UInt64(decimal: line[open + 1..<colon - 1].span))
      } catch { return nil }
      end = open
    }
    guard end > 0, end <= nameLimit else { return nil }
    for index in 0..<end where !isOfName(line[index]) { return nil }
    return (line[0..<end], process, line[(colon + 2)...])
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "@")
  }

  /// Writes the line as the log has it: `[SECONDS] NAME[PROCESS] LEVEL: TEXT` and a line feed.
  ///
  /// Control characters, which could make a terminal do things, become question marks.
  /// - Parameter time: nanoseconds since the machine was started.
  @export(interface)
  public func put(to output: inout Text, at time: UInt64) {
    output.put(0x5B)
    output.put(decimal: time / 1_000_000_000, width: 5)
    output.put(0x2E)
    output.put(decimal: time / 1000 % 1_000_000, width: 6, fill: UInt8(ascii: "0"))
    output.put("] ")
    output.put(name.isEmpty ? "unnamed" : name)
    if let process {
      output.put(0x5B)
      output.put(decimal: UInt64(process))
      output.put(0x5D)
    }
    output.put(0x20)
    output.put(level.name)
    output.put(": ")
    for byte in text.bytes {
      output.put((byte < 0x20 && byte != 0x09) || byte == 0x7F ? UInt8(ascii: "?") : byte)
    }
    output.put(0x0A)
  }
}
