// SPDX-License-Identifier: MIT
import Login
import Passwords
import System
import Users

/// The terminal at which somebody is asked, and the system that knows the answers.
struct LoginTerminal: LoginSystem {
  private let terminal = Terminal(.standardInput)
  /// As they were, but for what a shell expects.
  private let settings: TerminalSettings

  init() throws(SystemError) {
    var settings = try terminal.settings()
    settings.local.insert(.canonical | .echo | .signals)
    self.settings = settings
  }

  /// Leaves the terminal as a shell expects it.
  func restore() {
    do throws(SystemError) { try terminal.set(settings) } catch { return }
  }

  func show(_ text: Text) { Handle.standardOutput.writeIgnoringErrors(text) }

  /// The characters that end a line end this question: no signal is sent.
  func ask(_ prompt: Text, isShown: Bool) -> LoginAnswer {
    var now = settings
    now.local.remove(.signals)
    if !isShown { now.local.remove(.echo) }
    now[.endOfLine] = settings[.interrupt]
    now[.endOfLine2] = settings[.quit]
    let enders = [settings[.interrupt], settings[.quit]].filter { $0 != ControlCharacter.none }
    var line = LineCollector(
      limit: isShown ? 256 : PasswordHash.passwordLimit, enders: enders)
    do throws(SystemError) {
      // What was typed before nothing was shown is not the password.
      try terminal.set(now, isShown ? .now : .flushed)
      try Handle.standardOutput.writeAll(prompt)
      var buffer = [UInt8](repeating: 0, count: 512)
      while true {
        do throws(SystemError) {
          let count = try Handle.standardInput.read(into: buffer.mutableSpan)
          if let answer = line.take(buffer.span.extracting(first: count)) { return answer }
        } catch { guard error == .interrupted else { throw error } }
      }
    } catch { return .end }
  }

  func accounts() throws(LoginFailure) -> LoginAccounts {
    try LoginAccounts(passwd: try table("/etc/passwd"), shadow: try table("/etc/shadow"))
  }

  private func table(_ path: Text) throws(LoginFailure) -> Text {
    do throws(SystemError) { return Text(try FileSystem.read(path, limit: 1 << 20)) } catch {
      throw LoginFailure(path + ": " + Text(error.explanation))
    }
  }

  func matches(_ hash: PasswordHash, _ password: Text) -> Bool? {
    guard var memory = HeapBuffer(count: hash.memoryByteCount) else { return nil }
    do throws(PasswordError) {
      return try hash.matches(password.span, in: memory.mutableBytes)
    } catch { return nil }
  }

  func pause() { Clock.sleep(.seconds(2)) }

  func note(_ line: Text) { Log.info(line) }

  /// What a file says; nothing if it is not there.
  static func content(of path: Text) -> Text {
    do throws(SystemError) { return Text(try FileSystem.read(path, limit: 4096)) } catch {
      return Text()
    }
  }
}
