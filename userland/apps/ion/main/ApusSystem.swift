// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import IonShell
import ShellEvaluator
import System
import Users

/// Apus, as the shell's evaluator sees a system.
///
/// The shell's own handles lie in the runtime's range, so that no program that takes its place
/// inherits them.
final class ApusSystem {
  /// Made when something has to be waited for.
  var readiness: Readiness?
  /// The terminal's settings while no line is edited.
  var usualSettings: TerminalSettings?
  /// What is read comes here first.
  var buffer: [UInt8] = []

  var environment: [(name: Text, value: Text)] {
    var variables: [(name: Text, value: Text)] = []
    for index in 0..<Environment.count {
      let bytes = Environment.bytes(at: index)
      guard let equals = bytes.firstIndex(of: 0x3D) else { continue }
      variables.append(
        (
          Text(bytes.extracting(first: equals)),
          Text(bytes.extracting((equals + 1)..<bytes.count))
        ))
    }
    return variables
  }

  var workingDirectory: Text { WorkingDirectory.path }

  func changeDirectory(_ path: Text) throws(SystemFailure) {
    do throws(SystemError) { try WorkingDirectory.change(to: path) } catch {
      throw SystemFailure(error)
    }
  }

  func home(of user: Text) -> Text? {
    if user.isEmpty, let home = Environment.value(of: "HOME") { return home }
    let table: UserTable
    do throws(SystemError) {
      table = UserTable(parsing: Text(try FileSystem.read("/etc/passwd", limit: 1 << 20)))
    } catch { return nil }
    if user.isEmpty { return table.entry(identifier: UInt32(userIdentifier))?.home }
    return table.entry(named: user)?.home
  }

  var shellProgram: Text? {
    let places: [Text] = ["/scheme/initfs/bin/ion", "/bin/ion"]
    return places.first { facts($0) != nil }
  }
  var processIdentifier: Int { Int(Process.currentNumber) }
  var userIdentifier: Int { Int(Process.property(.effectiveUser)) }
  func randomNumber() -> UInt64 { randomWord() }

  func isTerminal(_ handle: Int) -> Bool {
    guard let number = UInt32(exactly: handle) else { return false }
    return Terminal.isTerminal(Handle(rawValue: number))
  }

  func setForeground(_ group: Int?) {
    let group = group.map { UInt32($0) } ?? UInt32(truncatingIfNeeded: Process.property(.group))
    // Whoever is not in the foreground group may change it only while SIGTTOU is held back.
    let mask = Signals.mask
    Signals.setMask(mask | SignalNumber.terminalOutput.bit)
    defer { Signals.setMask(mask) }
    do throws(SystemError) {
      try Terminal(.standardInput).setForegroundGroup(group)
    } catch {
      // The terminal has gone: the next read says so.
      return
    }
  }

  func beginSession() { Interrupt.watch() }
  func takeInterrupt() -> Bool { Interrupt.take() }
}

extension SystemFailure {
  init(_ error: SystemError) {
    let kind: Kind =
      switch error {
      case .notFound, .notDirectory: .notFound
      case .notPermitted, .accessDenied: .notPermitted
      case .brokenPipe: .brokenPipe
      case .interrupted: .interrupted
      default: .other
      }
    self.init(kind: kind, reason: Text(error.explanation))
  }
}
