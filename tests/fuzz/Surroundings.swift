// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What all workers of a campaign are given.
///
/// The names that they reach give no authority: `/scheme/sys` and `/scheme/proc` come without the
/// right to manage, so that nothing stops the machine or touches others' processes; ports, interrupts
/// and physical memory are not there at all but for one harmless handle of each. Their user is
/// nobody else's, so that a signal to all reaches only them.
struct Surroundings {
  /// Kept for as long as the supervisor runs, as are the others.
  let board: Handle
  private let namespace: Handle
  private let ports: Handle
  private let firmware: Handle
  private let interrupt: Handle
  private let translation: Handle
  private let authority: Handle

  static let user: UInt32 = 4242

  init() throws(SystemError) {
    board = try MemoryObject(byteCount: Board.byteCount).release()
    let names = try Namespace.empty()
    for name: Text in ["event", "memory", "pipe", "time", "sys", "proc", "initfs"] {
      let root = try File("/scheme/" + name, .read | .directory)
      try names.bind(name, to: root.handle)
    }
    namespace = names.release()
    ports = try File(Text(FuzzedPort.path), .readWrite).release()
    firmware = try File("/scheme/sys/acpi/tables").release()
    interrupt = try File("/scheme/irq/cpu-00/fuzz", .readWrite | .create | .nonBlocking).release()
    translation = try File("/scheme/memory/translation").release()
    authority = try File("/scheme/sys/authority").release()
    // Faults, and calls that there are not, are the workers' own affair, and nobody is told of them.
    try Process.setProperty(.exceptionHandle, Handle.none.word)
  }

  /// An account with room for what a worker does, and not for the whole machine.
  func makeAccount() throws(SystemError) -> Account {
    let account = try Account()
    try account.setLimit(.frames, maximum: 8192)
    try account.setLimit(.processes, maximum: 24)
    try account.setLimit(.threads, maximum: 48)
    try account.setLimit(.handles, maximum: 4000)
    try account.setLimit(.priority, maximum: 0)
    return account
  }

  func program(_ account: Handle) -> Program {
    var program = Program(Arguments.executablePath, [])
    program.handles = [
      (Worker.board, board), (Worker.ports, ports),
      (Worker.firmware, firmware), (Worker.interrupt, interrupt),
      (Worker.translation, translation),
    ]
    program.account = account
    program.namespace = namespace
    program.group = 0
    program.credentials = Credentials(
      user: Self.user, group: Self.user, authority: authority)
    return program
  }

  /// Ends all processes of the workers' user.
  func reap() throws(TestFailure) {
    var program = program(.none)
    program.arguments = [program.path, "reap"]
    let failure: SystemError
    do throws(ExecutableError) {
      let reaper = try Process.spawn(program)
      do throws(SystemError) {
        _ = try reaper.wait(until: .after(.seconds(5)))
        return
      } catch { failure = error }
    } catch { failure = error.reason }
    throw TestFailure(reason("the reaper", failure))
  }
}

/// A process of the workers' user that ends all others of it.
enum Reaper {
  static func run() -> Never {
    do throws(SystemError) { try Process.signal(-1, .kill) } catch { exit(1) }
    exit(0)
  }
}
