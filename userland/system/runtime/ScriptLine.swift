// SPDX-License-Identifier: MIT
import Base
import Core

/// The first line of a script: `#!`, the program that reads it, and at most one argument for that
/// program, which may have spaces in it.
public struct ScriptLine: Equatable, Sendable {
  public let interpreter: Text
  public let argument: Text?

  /// The line ends within this many bytes.
  public static var limit: Int { 256 }

  /// - Parameter head: the file's first bytes, at least `limit` of them if it has so many.
  /// - Returns: `nil` if the file is no script, or its first line names no program or is too long.
  public init?(_ head: Span<UInt8>) {
    guard head.starts(with: "#!") else { return nil }
    let limit = min(head.count, Self.limit)
    guard
      let end = head.extracting(first: limit).firstIndex(of: 0x0A)
        ?? (head.count <= Self.limit ? head.count : nil)
    else { return nil }
    let line = Text(head.extracting(2..<end)).trimmed()
    guard !line.isEmpty, !line.contains(0) else { return nil }
    var split = 0
    while split < line.count, !line[split].isASCIISpace { split += 1 }
    interpreter = line[0..<split]
    let rest = line[split...].trimmed()
    argument = rest.isEmpty ? nil : rest
  }

  /// The arguments of the interpreter for a script that was called with `arguments`.
  public func arguments(script path: Text, _ arguments: [Text]) -> [Text] {
    var all = [interpreter]
    if let argument { all.append(argument) }
    all.append(path)
    for index in arguments.indices.dropFirst() { all.append(arguments[index]) }
    return all
  }
}
