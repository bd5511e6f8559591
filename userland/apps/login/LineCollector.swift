// SPDX-License-Identifier: MIT
import Base
import Core

/// A line of what a terminal gives, read by read.
public struct LineCollector: Sendable {
  private var line = Text()
  private var isTooLong = false
  private let limit: Int
  private let enders: [UInt8]

  /// - Parameters:
  ///   - limit: how many bytes a line may have.
  ///   - enders: characters that end the line beside the new line, and the dialogue with it.
  public init(limit: Int, enders: [UInt8]) {
    self.limit = limit
    self.enders = enders
  }

  /// Takes what one read gave, which is nothing at the end of the input.
  /// - Returns: the answer once it is complete.
  @export(interface)
  public mutating func take(_ bytes: Span<UInt8>) -> LoginAnswer? {
    guard !bytes.isEmpty else { return .end }
    let last = bytes[bytes.count - 1]
    if enders.contains(last) { return .end }
    let part = last == 0x0A ? bytes.extracting(first: bytes.count - 1) : bytes
    if part.count > limit - line.count {
      isTooLong = true
    } else {
      line.put(part)
    }
    guard last == 0x0A else { return nil }
    return isTooLong ? .tooLong : .line(line)
  }
}
