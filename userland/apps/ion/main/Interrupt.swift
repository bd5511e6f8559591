// SPDX-License-Identifier: MIT
import Synchronization
import System

/// Control-C while the shell itself works on a command.
enum Interrupt {
  private static let pending = Atomic<Bool>(false)

  static var isPending: Bool { pending.load(ordering: .relaxed) }

  /// Whether it came since this was asked last.
  static func take() -> Bool {
    isPending && pending.exchange(false, ordering: .relaxed)
  }

  /// Takes the terminal's signals from now on. They are handled and not ignored, since what is
  /// ignored would be ignored by every program that the shell starts.
  static func watch() {
    for number in [SignalNumber.quit, .terminalStop, .terminalInput, .terminalOutput] {
      set(number, .handle { _ in })
    }
    set(.interrupt, .handle { _ in pending.store(true, ordering: .relaxed) })
  }

  private static func set(_ number: SignalNumber, _ action: SignalAction) {
    // All of them can be handled.
    do throws(SystemError) { try Signals.setAction(number, action) } catch { return }
  }
}
