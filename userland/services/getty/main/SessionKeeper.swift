// SPDX-License-Identifier: MIT
import Getty
import System

/// Begins a session on the terminal whenever there is none.
struct SessionKeeper {
  private let request: GettyRequest
  private var pause = Pause()

  init(_ request: GettyRequest) { self.request = request }

  mutating func run() -> Never {
    guard let user = request.user else {
      say("There is no login yet, and nobody is logged in here without one.\n")
      Log.error("getty: nobody to log in on " + request.terminal)
      exit(0)
    }
    while true {
      let start = Clock.now()
      do throws(SystemError) {
        if let leader = try livingLeader() {
          try awaitEnd(of: leader)
        } else {
          try begin(user)
        }
      } catch {
        Log.error("getty: " + request.terminal + ": " + Text(error.explanation))
      }
      let lasted = UInt64(Clock.now().since(start).wholeNanoseconds) / 1_000_000
      Clock.sleep(.milliseconds(Int(pause.next(lasted: lasted))))
    }
  }

  private func open() throws(SystemError) -> File {
    try File(request.terminal, .readWrite | .runtimeHandle)
  }

  private func say(_ text: Text) {
    do throws(SystemError) {
      let file = try open()
      try file.writeAll(text)
    } catch { return }
  }

  /// The leader of the session that the terminal has, if it lives.
  private func livingLeader() throws(SystemError) -> Process? {
    let file = try open()
    let session = try Terminal(file.handle).session()
    guard session != 0 else { return nil }
    let path = Text {
      $0.put("/scheme/proc/")
      $0.put(decimal: UInt64(session))
      $0.put("/handle")
    }
    do throws(SystemError) {
      return try Process(OwnedHandle(try File(path, .read | .runtimeHandle).release()))
    } catch {
      guard error == .notFound || error == .noProcess else { throw error }
      return nil
    }
  }

  /// Takes the terminal from whoever is left on it, and starts a session.
  private func begin(_ user: Text) throws(SystemError) {
    let old = try open()
    try Terminal(old.handle).hangUp()
    let file = try open()
    let terminal = Terminal(file.handle)
    // A pseudo-terminal is told its size.
    do throws(SystemError) { try terminal.askWindowSize(milliseconds: 500) } catch {
      guard error == .notSupported else { throw error }
    }
    if !request.keepsScreen { file.handle.writeIgnoringErrors("\u{1B}[2J\u{1B}[H") }
    var program = Program(Arguments.executablePath, request.shellArguments(user))
    program.environment = Environment.all
    program.handles = [
      (.standardInput, file.handle), (.standardOutput, file.handle),
      (.standardError, file.handle),
    ]
    program.beginsSession = true
    do throws(ExecutableError) {
      let child = try Process.spawn(program)
      wait(for: child)
    } catch {
      Log.error("getty: " + error.explanation)
      throw error.reason
    }
  }

  private func wait(for child: borrowing Process) {
    while true {
      do throws(SystemError) {
        _ = try child.wait()
        return
      } catch { guard error == .interrupted else { return } }
    }
  }

  /// Waits for a process that is another one's child.
  private func awaitEnd(of leader: borrowing Process) throws(SystemError) {
    let queue = try EventQueue()
    try queue.watch(leader.handle, .readable, data: 0)
    var events = EventBatch()
    while events.count == 0 {
      do throws(SystemError) { try queue.wait(for: &events) } catch {
        guard error == .interrupted else { throw error }
      }
    }
  }
}
