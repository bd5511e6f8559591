// SPDX-License-Identifier: MIT
import Testing

@testable import Guest

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Feeds events to a session, one a millisecond, with the timer where `.timer` stands.
private func run(_ events: [ExecSession.Event]) -> (ExecSession, [ExecSession.Action]) {
  var now = ContinuousClock.now
  var session = ExecSession(limits: .init(timeout: .seconds(60)), at: now)
  var actions: [ExecSession.Action] = []
  for event in events {
    if case .timer = event, let deadline = session.deadline {
      now = deadline
    } else {
      now += .milliseconds(1)
    }
    actions += session.handle(event, at: now)
  }
  return (session, actions)
}

@Suite("ExecSession")
struct ExecSessionTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var events: [ExecSession.Event]
    var actions: [ExecSession.Action]
  }

  static let panic = "boot\nKERNEL PANIC: no memory\nrip 0x10\nbacktrace: 0x10 0x20\n"
  static let idle = Monitor.ProcessorState(address: 16, isHalted: true, isUserMode: false)
  static let poweredOff: ExecSession.Event = .monitor(.shutdown(reason: "guest-shutdown"))
  static let reset: ExecSession.Event = .monitor(.shutdown(reason: "guest-reset"))
  static let gone: ExecSession.Event = .ended(status: 0, errors: "")

  static let rows = [
    Row(
      testDescription: "output, status and an orderly power-off",
      events: [
        .message(.ready), .message(.output(bytes("a"))), .message(.error(bytes("b"))),
        .message(.exit(3)), poweredOff, gone,
      ],
      actions: [.output(bytes("a")), .error(bytes("b")), .finish(.exited(3))]),
    Row(
      testDescription: "a guest that does not power off is ended with its command's status",
      events: [.message(.ready), .message(.exit(0)), .timer, gone],
      actions: [.endMachine, .finish(.exited(0))]),
    Row(
      testDescription: "QEMU that does not end when told is left behind",
      events: [.message(.ready), .message(.exit(0)), .timer, .timer],
      actions: [.endMachine, .finish(.exited(0))]),
    Row(
      testDescription: "a command that does not end",
      events: [.message(.ready), .timer, .monitor(.processors([idle])), gone],
      actions: [
        .askRegisters, .endMachine, .finish(.timedOut(wasReady: true, processors: [idle])),
      ]),
    Row(
      testDescription: "a guest that is never ready, and a monitor that does not answer",
      events: [.timer, .timer, gone],
      actions: [
        .askRegisters, .endMachine, .finish(.timedOut(wasReady: false, processors: [])),
      ]),
    Row(
      testDescription: "a panic with its whole report",
      events: [.message(.ready), .console(bytes(panic)), .console(bytes("END OF PANIC\n")), gone],
      actions: [.finish(.panicked)]),
    Row(
      testDescription: "a panic whose machine goes on after its report",
      events: [.console(bytes(panic)), .console(bytes("END OF PANIC\n")), .timer, gone],
      actions: [.endMachine, .finish(.panicked)]),
    Row(
      testDescription: "a panic that ends QEMU by itself",
      events: [.console(bytes(panic)), .ended(status: 85, errors: "")],
      actions: [.finish(.panicked)]),
    Row(
      testDescription: "a panic that hangs in its report",
      events: [.console(bytes(panic)), .timer, gone],
      actions: [.endMachine, .finish(.panicked)]),
    Row(
      testDescription: "a panic without a word",
      events: [.ended(status: 85, errors: "")], actions: [.finish(.panicked)]),
    Row(
      testDescription: "a panic while powering off is not hidden by the command's success",
      events: [.message(.ready), .message(.exit(0)), .console(bytes(panic)), .timer, gone],
      actions: [.endMachine, .finish(.panicked)]),
    Row(
      testDescription: "a reset before the system was ready",
      events: [reset, gone],
      actions: [.finish(.guestEnded(reason: "guest-reset", wasReady: false))]),
    Row(
      testDescription: "a power-off while the command ran",
      events: [.message(.ready), poweredOff, gone],
      actions: [.finish(.guestEnded(reason: "guest-shutdown", wasReady: true))]),
    Row(
      testDescription: "QEMU refuses its arguments",
      events: [.ended(status: 1, errors: "bad option\n")],
      actions: [.finish(.machineFailed(status: 1, errors: "bad option\n"))]),
    Row(
      testDescription: "Ctrl-C",
      events: [.message(.ready), .interrupted(signal: 2), gone],
      actions: [.endMachine, .finish(.interrupted(signal: 2))]),
    Row(
      testDescription: "a file",
      events: [
        .message(.ready), .message(.fileStart(name: "/a", mode: 0o600, size: 1)),
        .message(.fileData([7])), .message(.fileEnd), .message(.exit(0)), gone,
      ],
      actions: [
        .startFile(name: "/a", mode: 0o600), .writeFile([7]), .endFile, .finish(.exited(0)),
      ]),
    Row(
      testDescription: "nothing is heard after the end",
      events: [.ended(status: 85, errors: ""), .message(.exit(0)), gone, .timer],
      actions: [.finish(.panicked)]),
  ]

  @Test(arguments: rows)
  func ends(_ row: Row) {
    let (session, actions) = run(row.events)
    #expect(actions == row.actions)
    #expect(session.deadline == nil)
  }

  @Test func aTimerBeforeItsTimeDoesNothing() {
    let now = ContinuousClock.now
    var session = ExecSession(limits: .init(timeout: .seconds(60)), at: now)
    #expect(session.handle(.timer, at: now + .seconds(59)).isEmpty)
  }
}

@Suite("ExecReport")
struct ExecReportTests {
  private func report(_ outcome: ExecSession.Outcome, console text: String = "") -> ExecReport {
    var console = Console()
    console.append(bytes(text))
    return ExecReport(outcome, console: console, seconds: "60") { addresses in
      addresses.map { "at \($0.value)" }
    }
  }

  @Test func aCommandsStatusIsPassedOnInSilence() {
    #expect(report(.exited(42), console: "noise\n") == ExecReport(status: 42))
    #expect(report(.exited(256)).status == 255)
  }

  @Test func aPanicIsExplained() {
    let lines = report(.panicked, console: ExecSessionTests.panic).lines
    #expect(lines.first == "apus: the kernel panicked: no memory")
    #expect(lines.dropFirst().prefix(2) == ["  at 16", "  at 32"])
    #expect(lines.contains("| boot"))
  }

  @Test func eachFailureHasItsOwnStatus() {
    let outcomes: [ExecSession.Outcome] = [
      .panicked, .timedOut(wasReady: true, processors: []),
      .timedOut(wasReady: false, processors: []),
      .guestEnded(reason: "guest-reset", wasReady: true),
      .machineFailed(status: 1, errors: ""),
    ]
    let statuses = outcomes.map { report($0).status }
    #expect(statuses == [190, 191, 192, 193, 194])
    #expect(outcomes.allSatisfy { report($0).lines.first?.hasPrefix("apus: ") == true })
  }
}

extension ExecReport {
  fileprivate init(status: Int32) {
    self.init(.exited(0), console: Console(), seconds: "") { _ in [] }
    self.status = status
  }
}
