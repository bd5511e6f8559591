// SPDX-License-Identifier: MIT
import ABI
import Memory
import System

/// Four words that go to the server and come back, in memory of their own.
struct CallMessage {
  private let bytes: SharedBytes

  init() {
    do throws(SystemError) { bytes = try Mapping(byteCount: 4096).shared() } catch {
      stop("no memory for a message")
    }
  }

  @inline(__always)
  func stamp(_ value: UInt64) {
    for word in 0..<4 { bytes.store(value &+ UInt64(word), at: word &* 8) }
  }

  @inline(__always)
  func isAnswer(to value: UInt64) -> Bool {
    for word in 0..<4 {
      guard bytes.load(at: word &* 8, as: UInt64.self) == value &+ UInt64(word) &+ 1 else {
        return false
      }
    }
    return true
  }

  /// - Returns: the server's result word.
  @inline(__always)
  func send(to handle: Handle) throws(SystemError) -> UInt {
    let span = UserSpan(address: bytes.address, count: 32)
    return try perform(
      CallScheme {
        $0.handle = handle
        $0.operation = 7
        $0.input = span
        $0.output = span
      })
  }
}
