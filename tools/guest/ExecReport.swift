// SPDX-License-Identifier: MIT

/// What the user is told about an outcome that is not the command's own: one line that says why, a
/// symbolised backtrace when there is one, and the console's last lines.
public struct ExecReport: Equatable, Sendable {
  /// What `apus exec` exits with.
  public var status: Int32
  /// For standard error; empty when the command ended by itself.
  public var lines: [String] = []
  /// The status that QEMU ended with, if it did, and all that the console said.
  public var machineStatus: Int32?
  public var console: [String] = []

  /// How many of the console's last lines are shown.
  public static let consoleLines = 25

  /// - Parameters:
  ///   - seconds: The time-out, for the words.
  ///   - describe: Names addresses in the kernel.
  public init(
    _ outcome: ExecSession.Outcome, console: Console, seconds: String,
    describe: ([CodeAddress]) -> [String]
  ) {
    switch outcome {
    case .exited(let code):
      // A host's status has eight bits; what does not fit must not turn into success.
      status = code <= 0xFF ? Int32(code) : 0xFF
      return
    case .interrupted(let signal):
      status = 128 + signal
      return
    case .panicked:
      status = ExecStatus.panicked
      let panic = PanicReport(in: console.lines)
      lines = ["apus: the kernel panicked: \(panic?.reason ?? "its report is missing")"]
      lines += describe(panic?.backtrace ?? []).map { "  \($0)" }
    case .timedOut(let wasReady, let processors):
      status = wasReady ? ExecStatus.timedOut : ExecStatus.neverReady
      lines = [
        wasReady
          ? "apus: the command did not end within \(seconds) seconds"
          : "apus: the system was not ready for the command within \(seconds) seconds"
      ]
      for (index, processor) in processors.enumerated() {
        lines += Self.place(of: processor, number: index, describe)
      }
    case .guestEnded(let reason, let wasReady):
      status = ExecStatus.ended
      let what =
        switch reason {
        case "guest-reset": "reset itself"
        case "guest-shutdown": "powered itself off"
        default: "ended (\(reason))"
        }
      lines = [
        wasReady
          ? "apus: the guest \(what) before the command had ended"
          : "apus: the guest \(what) before it was ready for the command"
      ]
    case .machineFailed(let code, let errors):
      status = ExecStatus.machineFailed
      let words = errors.split(separator: "\n").map(String.init)
      lines = ["apus: QEMU failed with status \(code): \(words.last ?? "it said nothing")"]
      lines += words.dropLast().map { "  \($0)" }
    }
    lines += Self.consoleTail(console)
  }

  private static func place(
    of processor: Monitor.ProcessorState, number: Int, _ describe: ([CodeAddress]) -> [String]
  ) -> [String] {
    let address = CodeAddress(processor.address, isReturnAddress: false)
    let what =
      processor.isHalted
      ? "waits for an interrupt"
      : processor.isUserMode ? "runs a program" : "runs the kernel"
    let head = "  processor \(number) \(what) at \(Symboliser.hexadecimal(address.value))"
    guard !processor.isUserMode else { return [head] }
    return [head] + describe([address]).map { "    \($0)" }
  }

  private static func consoleTail(_ console: Console) -> [String] {
    let tail = console.last(consoleLines)
    guard !tail.isEmpty else { return ["apus: the console is empty"] }
    return ["apus: the end of the console:"] + tail.map { "| \($0)" }
  }
}
