// SPDX-License-Identifier: MIT

/// Output that waits here, and not where it comes from, while its reader is slow.
///
/// A reader such as a pager may stop for minutes. Whoever produces the output is read all the same;
/// what comes is kept in memory and written as the reader takes it.
public struct Spool {
  private let descriptor: Int32
  private var waiting: [UInt8] = []
  private var start = 0

  /// What is ready takes this much without making us wait (POSIX: `PIPE_BUF` is 4,096 on Linux).
  private static let portion = 4096

  /// - Parameter descriptor: 1 or 2, our own standard output or error.
  public init(descriptor: Int32) { self.descriptor = descriptor }

  public var isEmpty: Bool { start == waiting.count }

  /// The descriptor to wait for, none when there is nothing to write.
  public var wanted: [Int32] { isEmpty ? [] : [descriptor] }

  /// Adds bytes behind those that wait.
  public mutating func append(_ bytes: [UInt8]) { waiting += bytes }

  /// Writes a portion, if the descriptor is among those that are ready.
  public mutating func write(ifReady ready: Set<Int32>) throws(HostError) {
    guard !isEmpty, ready.contains(descriptor) else { return }
    let end = min(start + Self.portion, waiting.count)
    try writeAll(Array(waiting[start..<end]), to: descriptor)
    start = end
    if isEmpty {
      waiting.removeAll(keepingCapacity: true)
      start = 0
    }
  }

  /// Writes all that is left, however long the reader takes.
  public mutating func finish() throws(HostError) {
    let rest = Array(waiting[start...])
    waiting = []
    start = 0
    try writeAll(rest, to: descriptor)
  }
}
