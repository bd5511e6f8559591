// SPDX-License-Identifier: MIT
import ABI
import Core

extension TerminalState {
  /// The most that one byte of output can become.
  private static var longestOutput: Int { 8 }

  /// Takes what a program writes.
  /// - Returns: how many bytes there was room for.
  @export(interface)
  public mutating func write(_ bytes: Span<UInt8>) -> Int {
    for index in bytes.indices {
      guard output.room >= Self.longestOutput else { return index }
      post(bytes[index])
    }
    return bytes.count
  }

  /// Shows words of the system's own, unprocessed, if there is room for them.
  @export(interface)
  public mutating func show(_ text: StaticString) {
    let bytes = text.bytes
    guard output.room >= bytes.count else { return }
    for index in bytes.indices { output.append(bytes[index]) }
  }

  /// Whether a program can write something now.
  @inline(__always)
  public var hasRoom: Bool { output.room >= Self.longestOutput }

  /// Whether there is something to be shown that is not held back.
  @inline(__always)
  public var hasOutput: Bool { !isStopped && !output.isEmpty }

  /// Takes up to `limit` bytes that are to be shown.
  /// - Returns: where they are in `output`, until others take their places.
  @export(interface)
  public mutating func takeOutput(_ limit: Int) -> (position: UInt64, count: Int) {
    guard hasOutput else { return (output.start, 0) }
    let count = min(limit, output.count)
    let position = output.take(count)
    askToStart()
    return (position, count)
  }

  /// Copies bytes that `takeOutput` took.
  @inline(__always)
  public mutating func copyOutput(
    from position: UInt64, count: Int, into bytes: inout OutputSpan<UInt8>
  ) { output.copy(from: position, count: count, into: &bytes) }

  /// Processes one byte on its way to the screen; there has to be room for what becomes of it, else
  /// it is lost.
  mutating func post(_ byte: UInt8) {
    guard output.room >= Self.longestOutput else { return }
    guard settings.output.contains(.process) else {
      output.append(byte)
      return move(past: byte)
    }
    switch byte {
    case 0x0A:
      if settings.output.contains(.newLineToReturnNewLine) {
        output.append(0x0D)
        column = 0
      } else if settings.output.contains(.newLineReturns) {
        column = 0
      }
      output.append(0x0A)
    case 0x0D:
      if settings.output.contains(.noReturnInFirstColumn), column == 0 { return }
      if settings.output.contains(.returnToNewLine) {
        if settings.output.contains(.newLineReturns) { column = 0 }
        output.append(0x0A)
      } else {
        output.append(byte)
        column = 0
      }
    case 0x09 where settings.output.contains(.expandTabs):
      repeat {
        output.append(0x20)
        column &+= 1
      } while column & 7 != 0
    default:
      output.append(byte)
      move(past: byte)
    }
  }

  /// Follows the cursor.
  private mutating func move(past byte: UInt8) {
    switch byte {
    case 0x08: if column > 0 { column &-= 1 }
    case 0x09: column = (column & ~7) &+ 8
    case 0x0D: column = 0
    case 0x20...0x7E, 0xC0...0xFF: column &+= 1
    default: break
    }
  }
}
