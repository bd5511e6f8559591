// SPDX-License-Identifier: MIT
import ABI
public import Base
import Core

/// What the kernel says of memory, processors and itself, in numbers.
public struct SystemFigures: Sendable {
  private var lines: [(name: Text, value: UInt64)] = []

  /// - Parameter text: a line for each figure, name and number.
  @export(interface)
  public init(_ text: Text) {
    for line in text.lines() {
      let words = line.words()
      if words.count == 2, let value = wholeNumber(words[1]) { lines.append((words[0], value)) }
    }
  }

  /// Zero for what is not told.
  @export(interface)
  public func value(_ name: Text) -> UInt64 {
    lines.first { $0.name == name }?.value ?? 0
  }
}

/// A processor of the machine.
public struct ProcessorFigures: Equatable, Sendable {
  public var number: Int
  /// Nanoseconds in which it had nothing to do; `nil` if it is off.
  public var idle: UInt64?

  /// Reads `/scheme/sys/cpu`: a heading, then a line for each.
  @export(interface)
  public static func all(_ text: Text) -> [ProcessorFigures] {
    var all: [ProcessorFigures] = []
    for line in text.lines().dropFirst() {
      let words = line.words()
      guard words.count >= 2, let number = wholeNumber(words[0]), number < 4096 else { continue }
      all.append(ProcessorFigures(number: Int(number), idle: wholeNumber(words[1])))
    }
    return all
  }
}

extension Invocation {
  /// A file of `/scheme/sys` whole.
  @export(interface)
  public func systemText(_ name: Text) throws(UtilityStop) -> Text {
    let path = "/scheme/sys/" + name
    do throws(SystemError) { return Text(try system.contents(path, limit: 64 << 20)) } catch {
      throw .failed(path + ": " + Text(error.explanation))
    }
  }
}
