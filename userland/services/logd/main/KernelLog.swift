// SPDX-License-Identifier: MIT
import LogKeeping
import Schemes
import System

/// The kernel's log as it is taken over. How far is known to the book.
struct KernelLog {
  private let handle: Handle
  /// As much as the kernel keeps, in bytes.
  private static var kernelBytes: UInt64 { 65_536 }
  /// When some was lost, so much more is passed over, since the kernel goes on writing.
  private static var margin: UInt64 { 4096 }

  /// - Throws: what opening says; `busy` if too many have it open.
  init(_ session: SchemeSession) throws(SystemError) {
    handle = try File("/scheme/sys/log_stream", .read | .runtimeHandle).release()
    try session.watch(handle, .readable | .edge, data: 1)
  }

  /// Takes everything that is there.
  func take(into book: inout LogBook) {
    var bytes = [UInt8](repeating: 0, count: 1024)
    while true {
      do throws(SystemError) {
        let count = try handle.read(into: bytes.mutableSpan, at: book.state.kernelPosition)
        if count == 0 { return }
        book.takeKernel(bytes.span.extracting(first: count), at: Clock.now().nanoseconds)
      } catch {
        guard error == .gone, skip(&book) else { return }
      }
    }
  }

  /// - Returns: false if nothing can be done now; the next time is another try.
  private func skip(_ book: inout LogBook) -> Bool {
    do throws(SystemError) {
      let end = try handle.status().size
      guard end > Self.kernelBytes else { return false }
      book.skipKernel(
        to: end - Self.kernelBytes + Self.margin, at: Clock.now().nanoseconds)
      return true
    } catch { return false }
  }
}
