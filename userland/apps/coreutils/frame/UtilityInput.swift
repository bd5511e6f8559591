// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core

/// A file that is read from front to back, in pieces or in lines.
public final class UtilityInput {
  public let handle: Handle
  private let system: UtilitySystem
  private let isOwned: Bool
  private var buffer: [UInt8] = []
  private var start = 0
  private var end = 0
  private var isAtEnd = false

  /// - Parameter isOwned: whether `close` closes the handle.
  public init(_ handle: Handle, _ system: UtilitySystem, isOwned: Bool) {
    self.handle = handle
    self.system = system
    self.isOwned = isOwned
  }

  @export(interface)
  public func close() {
    if isOwned { system.close(handle) }
  }

  /// The next bytes, at least one of them; `nil` at the end.
  @export(interface)
  public func nextPiece() throws(SystemError) -> ArraySlice<UInt8>? {
    guard try fill() else { return nil }
    let piece = buffer[start..<end]
    start = end
    return piece
  }

  /// Appends the next line to `line`, without its `terminator`.
  ///
  /// - Returns: whether there was one, and whether the terminator ended it: the last line of a file
  ///   may lack it.
  @export(interface)
  public func readLine(
    into line: inout [UInt8], terminator: UInt8 = 0x0A
  ) throws(SystemError) -> LineEnd {
    var result = LineEnd.none
    while try fill() {
      let bytes = buffer
      let found = bytes.span.extracting(start..<end).firstIndex(of: terminator)
      let stop = found.map { start + $0 } ?? end
      line.append(copyOf: bytes.span.extracting(start..<stop))
      start = found == nil ? stop : stop + 1
      if found != nil { return .terminated }
      result = .unterminated
    }
    return result
  }

  public enum LineEnd: Sendable { case none, terminated, unterminated }

  /// Whether there is something in the buffer, after reading if need be.
  private func fill() throws(SystemError) -> Bool {
    if start < end { return true }
    if isAtEnd { return false }
    if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: 64 << 10) }
    start = 0
    end = 0
    end = try system.readSome(handle, into: &buffer)
    // A terminal's end is one read of nothing; it is not to be asked for again.
    isAtEnd = end == 0
    return !isAtEnd
  }
}
