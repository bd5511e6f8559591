// SPDX-License-Identifier: MIT
internal import Guest
internal import Host

/// A machine whose console is the standard output of its QEMU.
struct LinuxConsole {
  /// For QEMU.
  var arguments: [String]

  /// What a machine printed, and why that is not all; nil when it is.
  struct Session: Equatable {
    var text: String
    var failure: String?
  }

  /// Runs the machine until it ends, which it must do within `timeout` and after it printed `mark`.
  /// Whatever happens, it has ended afterwards.
  ///
  /// - Throws: `interrupted` when this program is asked to end.
  func run(until mark: String, timeout: Duration) throws(BenchError) -> Session {
    let (text, end) = try onHost { () throws(HostError) in try observe(for: timeout) }
    switch end {
    case .interrupted: throw .interrupted
    case .closed where text.contains(mark): return Session(text: text)
    case .closed: return Self.failed("the machine ended before it was done", text)
    case .timedOut: return Self.failed("it was not done after \(timeout)", text)
    }
  }

  private static func failed(_ reason: String, _ text: String) -> Session {
    let last = text.split(whereSeparator: \.isNewline).last.map { "; its last line: \($0)" } ?? ""
    return Session(text: text, failure: reason + last)
  }

  private enum End { case closed, timedOut, interrupted }

  private func observe(for timeout: Duration) throws(HostError) -> (String, End) {
    let deadline = ContinuousClock.now + timeout
    let requests = try EndRequests()
    let channel = try Descriptor.socketPair()
    let theirs = channel.theirs.number
    // The host ends the machine if we die first.
    let command = Command("setpriv", ["--pdeathsig", "KILL", "--", Machine.program] + arguments)
    let child = try command.start(descriptors: [(0, theirs), (1, theirs), (2, theirs)])
    let output = channel.keepingOurs()
    var bytes: [UInt8] = []
    let end = try Self.follow(output, beside: requests, until: deadline, into: &bytes)
    if end != .closed { child.kill() }
    _ = try child.wait()
    return (String(decoding: bytes, as: UTF8.self), end)
  }

  private static func follow(
    _ output: borrowing Descriptor, beside requests: borrowing EndRequests,
    until deadline: ContinuousClock.Instant, into bytes: inout [UInt8]
  ) throws(HostError) -> End {
    let outputNumber = output.number
    let requestNumber = requests.descriptor.number
    while true {
      let ready = try Poll.readable([outputNumber, requestNumber], until: deadline)
      if ready.isEmpty { return .timedOut }
      if ready.contains(requestNumber) { return .interrupted }
      switch try output.read() {
      case .bytes(let more): bytes += more
      case .end: return .closed
      }
    }
  }
}
