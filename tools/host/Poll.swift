// SPDX-License-Identifier: MIT
import Glibc
import Synchronization

/// Waiting for the first of several descriptors, with a deadline.
public enum Poll {
  /// The descriptors, by number, that can be read without waiting (or have ended). Empty when
  /// `deadline` passed first; without a deadline it waits for ever.
  public static func readable(
    _ numbers: [Int32], until deadline: ContinuousClock.Instant?
  ) throws(HostError) -> Set<Int32> {
    try ready(reading: numbers, writing: [], until: deadline)
  }

  /// As above, and also those of `writing` that take at least 4 KiB without waiting.
  public static func ready(
    reading: [Int32], writing: [Int32], until deadline: ContinuousClock.Instant?
  ) throws(HostError) -> Set<Int32> {
    var entries = reading.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    entries += writing.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
    while true {
      let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds(until: deadline))
      if count >= 0 { break }
      guard errno == EINTR else {
        throw .system(call: "poll", reason: HostError.reason(errno))
      }
    }
    return Set(entries.filter { $0.revents != 0 }.map(\.fd))
  }

  /// Waits, whatever happens.
  public static func pause(_ time: Duration) {
    _ = usleep(UInt32(min(max(time / .microseconds(1), 0), 999_999)))
  }

  /// Rounded up, so that waiting never ends just before the deadline and spins.
  private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
    guard let deadline else { return -1 }
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else { return 0 }
    return Int32(min(left / .milliseconds(1) + 1, 1_000_000))
  }
}

/// Requests to end this program (Ctrl-C, `kill`, a closed terminal), as something to wait for, so
/// that what we started is ended first. One value of this type at a time.
public struct EndRequests: ~Copyable {
  /// Readable once somebody asked.
  public let descriptor: Descriptor
  private let sink: Descriptor

  /// Where the signal handler, which may do next to nothing, writes the signal's number.
  private static let sinkNumber = Atomic<Int32>(-1)
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// From here to the end of this value the signals no longer end this program by themselves.
  public init() throws(HostError) {
    let pair = try Descriptor.pipe()
    descriptor = pair.ours
    sink = pair.theirs
    Self.sinkNumber.store(sink.number, ordering: .releasing)
    for number in Self.signals {
      _ = signal(number) { received in
        var byte = UInt8(truncatingIfNeeded: received)
        unsafe _ = write(EndRequests.sinkNumber.load(ordering: .acquiring), &byte, 1)
      }
    }
  }

  deinit {
    for number in Self.signals { _ = signal(number, SIG_DFL) }
    Self.sinkNumber.store(-1, ordering: .releasing)
  }

  /// The signal that asked, once `descriptor` is readable.
  public borrowing func next() throws(HostError) -> Int32 {
    guard case .bytes(let bytes) = try descriptor.read(limit: 1), let first = bytes.first else {
      return SIGTERM
    }
    return Int32(first)
  }
}
