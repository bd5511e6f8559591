// SPDX-License-Identifier: MIT
import Getty
import System

/// Begins a session on the terminal whenever there is none.
struct SessionKeeper {
  private let request: GettyRequest
  private var pause = Pause()

  init(_ request: GettyRequest) { self.request = request }

  mutating func run() -> Never {
    while true {
      let start = Clock.now()
      do throws(SystemError) {
        if let leader = try livingLeader() {
          try awaitEnd(of: leader)
        } else {
          try begin()
        }
        try UserSession.takeBack(try open())
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

  /// Takes the terminal from whoever is left on it, asks for its size, and starts a session. Of a
  /// pseudo-terminal only the owner changes: the rest is its master's.
  private func begin() throws(SystemError) {
    let old = try open()
    var isPseudo = false
    do throws(SystemError) { try Terminal(old.handle).hangUp() } catch {
      guard error == .notSupported else { throw error }
      isPseudo = true
      try UserSession.takeBack(old)
    }
    let file = try open()
    if !isPseudo { try Terminal(file.handle).askWindowSize(milliseconds: 500) }
    if !request.keepsScreen { file.handle.writeIgnoringErrors("\u{1B}[2J\u{1B}[H") }
    var program = Program(Arguments.executablePath, request.shellArguments)
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
