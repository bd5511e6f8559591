// SPDX-License-Identifier: MIT
import Synchronization
import System

/// Whether the service is to end: it is stopped, or the machine is. A signal that comes between two
/// waits is found at the next moment at which there is something to commit, in time for init.
enum Stopping {
  private static let wanted = Atomic<Bool>(false)

  static var isWanted: Bool { wanted.load(ordering: .relaxed) }

  static func prepare() {
    do throws(SystemError) {
      try Signals.setAction(
        .terminate, .handle { _ in wanted.store(true, ordering: .relaxed) })
    } catch { Log.warning("SIGTERM ends it at once") }
  }
}
