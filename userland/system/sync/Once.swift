// SPDX-License-Identifier: MIT
import ABI
import Synchronization

/// Runs a piece of code once, whichever thread comes first; the others wait until it is done.
public struct Once: ~Copyable, Sendable {
  /// 0: not yet, 1: running, 2: running and somebody waits, 3: done.
  private let state = FutexWord()

  @inline(__always)
  public init() {}

  /// Runs `body` if nobody has yet; returns when it has been run. `body` must not come here again.
  @inline(__always)
  public func run(_ body: () -> Void) {
    if state.value.load(ordering: .acquiring) == 3 { return }
    if begin() {
      body()
      end()
    }
  }

  @inline(never)
  @export(interface)
  func begin() -> Bool {
    while true {
      let (exchanged, found) = state.value.compareExchange(
        expected: 0, desired: 1, ordering: .acquiring)
      if exchanged { return true }
      if found == 3 { return false }
      if found == 1 {
        _ = state.value.compareExchange(expected: 1, desired: 2, ordering: .acquiring)
      }
      // Whatever ends the wait, the state is looked at again.
      do throws(SystemError) { try state.wait(while: 2) } catch { continue }
    }
  }

  @inline(never)
  @export(interface)
  func end() {
    if state.value.exchange(3, ordering: .releasing) == 2 { state.wake(UInt(Int32.max)) }
  }
}
