// SPDX-License-Identifier: MIT
import System

// Records of the ABI, as bytes that come through pipes.

/// Bytes of a record, with the fields at their places.
struct RecordBytes {
  private var bytes: [UInt8]

  init(_ byteCount: Int) { bytes = [UInt8](repeating: 0, count: byteCount) }

  /// Fills the record from `handle`.
  /// - Returns: false if there is none now.
  mutating func read(from handle: Handle) -> Bool {
    do throws(SystemError) {
      return try handle.read(into: bytes.mutableSpan) == bytes.count
    } catch { return false }
  }

  func word32(_ offset: Int) -> UInt32 {
    do throws(WireError) { return try bytes.span.little(at: offset, as: UInt32.self) } catch {
      return 0
    }
  }

  func word64(_ offset: Int) -> UInt64 {
    do throws(WireError) { return try bytes.span.little(at: offset, as: UInt64.self) } catch {
      return 0
    }
  }
}

extension ExceptionRecord {
  static var byteCount: Int { 48 }

  init(_ bytes: RecordBytes) {
    self.init()
    process = bytes.word32(0)
    thread = bytes.word32(4)
    kind = bytes.word32(8)
    code = bytes.word32(12)
    address = bytes.word64(16)
    instruction = bytes.word64(24)
    stack = bytes.word64(32)
    frame = bytes.word64(40)
  }
}
