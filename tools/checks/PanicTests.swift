// SPDX-License-Identifier: MIT

/// A panic that a test hook of the kernel brings about, and what has to come of it: the report on
/// the console, QEMU's failure status, and what `apus exec` says and exits with.
public struct PanicTest: Sendable {
  public var name: String
  /// What makes the kernel panic at `event`.
  public var hook: String
  public var processorCount: Int
  /// What the panic says of itself.
  var reason: String
  /// What the registers begin with.
  var registers: String
  /// Functions of the backtrace, innermost first.
  var functions: [String]

  /// The trace event that the guest's program writes.
  static let event = 4_711

  public var commandLine: String { "\(hook)=\(Self.event)" }
  /// The program writes two other events first.
  public var command: String { "/scheme/initfs/tests/machine trace \(Self.event)" }

  public static let all = [
    PanicTest(
      name: "the kernel gives up", hook: "test.panic", processorCount: 2,
      reason: "test.panic on the command line asked for it (processor ",
      registers: "system call ",
      functions: ["panic(", "TestHooks.heed(event:", "dispatch(", "system_call_entry"]),
    PanicTest(
      name: "the kernel traps", hook: "test.fault", processorCount: 1,
      reason: "fault in the kernel (processor ", registers: "vector 06, ",
      functions: [
        "Swift runtime failure", "TestHooks.fault(", "TestHooks.heed(event:", "dispatch(",
        "system_call_entry",
      ]),
  ]

  /// What is known once the guest has gone.
  public struct Outcome: Sendable {
    /// What `apus exec` exits with and says.
    public var status: Int32
    public var lines: [String]
    /// The status that QEMU ended with.
    public var machineStatus: Int32?
    public var console: [String]

    public init(status: Int32, lines: [String], machineStatus: Int32?, console: [String]) {
      self.status = status
      self.lines = lines
      self.machineStatus = machineStatus
      self.console = console
    }
  }

  /// Everything that is not as it should be.
  ///
  /// - Parameters:
  ///   - expectedStatus: what `apus exec` exits with after a panic.
  ///   - expectedMachineStatus: what QEMU does.
  public func judge(
    _ outcome: Outcome, expectedStatus: Int32, expectedMachineStatus: Int32
  ) -> Tally {
    var faults: [String] = []
    func expect(_ condition: Bool, _ what: String) {
      if !condition { faults.append("\(name): \(what)") }
    }
    expect(outcome.status == expectedStatus && expectedStatus > 125, "status \(outcome.status)")
    expect(
      outcome.machineStatus == expectedMachineStatus && expectedMachineStatus != 0,
      "QEMU's status \(outcome.machineStatus.map { "\($0)" } ?? "is not known")")
    let first = outcome.lines.first ?? ""
    expect(first.hasPrefix("apus: the kernel panicked: \(reason)"), "the first line is: \(first)")
    var rest = outcome.lines.dropFirst()[...]
    for function in functions {
      guard let index = rest.firstIndex(where: { $0.contains(function) }) else {
        expect(false, "\(function) is not in its place in the backtrace")
        continue
      }
      rest = rest[(index + 1)...]
    }
    var console = outcome.console[...]
    for start in [
      "KERNEL PANIC: \(reason)", registers, "rip ", "backtrace: 0x", "trace: the last records",
    ] {
      guard let index = console.firstIndex(where: { $0.hasPrefix(start) }) else {
        expect(false, "the console lacks, or has too early: \(start)")
        continue
      }
      console = console[(index + 1)...]
    }
    for end in [" user-\(Self.event - 2) a b", " user-\(Self.event - 1) c d", "END OF PANIC"] {
      expect(console.contains { $0.hasSuffix(end) }, "the console lacks: \(end)")
    }
    return faults.isEmpty
      ? Tally(passed: 1)
      : Tally(failed: 1, report: faults + outcome.lines.map { "  \($0)" })
  }
}
