// SPDX-License-Identifier: MIT
import ABI
import Base

// Reading and writing by number: for the standard handles, which nobody owns, and for those who
// keep handles in tables. `File` does the same for a file that has an owner.
extension Handle {
  /// Stands for the file's own offset.
  private static var ownOffset: UInt64 { UInt64.max }

  /// Reads at the file's own offset, which advances.
  /// - Returns: the bytes read, zero at the end; perhaps fewer than asked for.
  @export(interface)
  public func read(into buffer: consuming MutableSpan<UInt8>) throws(SystemError) -> Int {
    try read(into: buffer, at: Self.ownOffset)
  }

  /// Reads at `offset`.
  @export(interface)
  public func read(
    into buffer: consuming MutableSpan<UInt8>, at offset: UInt64
  ) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try buffer.withClaim { (claim) throws(SystemError) in
        try perform(
          Read {
            $0.handle = self
            $0.buffer = claim
            $0.offset = offset
          })
      })
  }

  /// Writes at the file's own offset, which advances.
  /// - Returns: the bytes written, perhaps fewer than given.
  @export(interface)
  public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
    try write(bytes, at: Self.ownOffset)
  }

  /// Writes at `offset`.
  @export(interface)
  public func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try bytes.withClaim { (claim) throws(SystemError) in
        try perform(
          Write {
            $0.handle = self
            $0.buffer = claim
            $0.offset = offset
          })
      })
  }

  /// Writes all of `bytes`, in as many calls as it takes; a signal in between does not stop it.
  @export(interface)
  public func writeAll(_ bytes: Span<UInt8>) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      do throws(SystemError) {
        let count = try write(bytes.extracting(done..<bytes.count))
        // A scheme that takes nothing of something would be asked for ever.
        guard count > 0 else { throw SystemError.noSpace }
        done &+= count
      } catch {
        guard error == .interrupted else { throw error }
      }
    }
  }

  /// Writes all of `text`, if that works, where nobody could be told that it does not.
  @export(interface)
  public func writeIgnoringErrors(_ text: Text) {
    do throws(SystemError) { try writeAll(text.span) } catch { return }
  }

  /// Writes all of `text`.
  public func writeAll(_ text: StaticString) throws(SystemError) { try writeAll(text.bytes) }

  /// Reads to the end.
  /// - Throws: `fileTooLarge` beyond `limit` bytes.
  @export(interface)
  public func readAll(limit: Int = 1 << 30) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count: Int
      do throws(SystemError) {
        count = try read(into: piece.mutableSpan)
      } catch {
        if error == .interrupted { continue }
        throw error
      }
      if count == 0 { return bytes }
      guard count <= limit - bytes.count else { throw .fileTooLarge }
      bytes += piece[0..<count]
    }
  }

  /// Mode, size, owner and times.
  @export(interface)
  public func status() throws(SystemError) -> FileStatus {
    var record = FileStatus()
    _ = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        Status {
          $0.handle = self
          $0.buffer = claim
        })
    }
    return record
  }

  /// The path under which the file was opened, with its scheme.
  @export(interface)
  public func path() throws(SystemError) -> Text {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var span = buffer.mutableSpan
    let count = try span.withClaim { (claim) throws(SystemError) in
      try perform(
        PathOf {
          $0.handle = self
          $0.buffer = claim
        })
    }
    return Text(buffer[0..<Int(truncatingIfNeeded: count)])
  }
}
