// SPDX-License-Identifier: MIT
import Exchange
import System

/// `ipcd`: serves channels, shared memory and Unix sockets from the memory that init keeps for it.
@main struct ExchangeProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("ipcd: needs a capsule; lib/services/ipcd says how large")
      }
      let exchange = try take(capsule.store)
      Daemon.serve(ExchangeServer(exchange, RuntimeSystem()), as: "")
    } catch {
      Log.error { line in
        line.put("ipcd: cannot use its capsule: ")
        line.put(error.explanation)
      }
      exit(1)
    }
  }

  private static func take(
    _ store: CapsuleStore
  ) throws(SystemError) -> Exchange<CapsuleStore> {
    do throws(ExchangeError) {
      return try Exchange.takenUp(from: store, now: Clock.wallClock() / 1_000_000_000)
    } catch {
      // init drops the capsule if that happens three times in a row, and says so.
      Log.error(
        error == .tooSmall
          ? "ipcd: the capsule is too small" : "ipcd: what the capsule holds is damaged")
      exit(1)
    }
  }

  private static func end(_ reason: Text) {
    Log.error(reason)
    exit(1)
  }
}

/// The kernel's part.
private struct RuntimeSystem: ExchangeSystem {
  func makeMemory(_ byteCount: UInt64) throws(SystemError) -> Handle {
    try perform(CreateMemory { $0.length = byteCount })
  }

  func resizeMemory(_ handle: Handle, to byteCount: UInt64) throws(SystemError) {
    _ = try perform(
      ResizeMemory {
        $0.object = handle
        $0.length = max(byteCount, 1)
      })
  }

  func random() -> UInt64 { UInt64.random(in: 0...UInt64.max) }
}
