// SPDX-License-Identifier: MIT
import System
import TemporaryFiles

/// `tmpfs`: serves the scheme `tmp` from the memory that init keeps for it.
@main struct TemporaryFileProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("tmpfs: needs a capsule; lib/services/tmpfs says how large")
      }
      let volume = try take(CapsuleStore(capsule.bytes, bringIn: { hasMemory(at: $0) }))
      Daemon.serve(TemporaryFileServer(volume, in: capsule), as: "tmp")
    } catch {
      Log.error { line in
        line.put("tmpfs: cannot use its capsule: ")
        line.put(error.explanation)
      }
      exit(1)
    }
  }

  private static func take(
    _ store: CapsuleStore
  ) throws(SystemError) -> Volume<CapsuleStore> {
    do throws(VolumeError) {
      return try Volume.takenUp(from: store, now: Clock.wallClock())
    } catch {
      // init drops the capsule if that happens three times in a row, and says so.
      Log.error(
        error == .tooSmall
          ? "tmpfs: the capsule is too small" : "tmpfs: what the capsule holds is damaged")
      exit(1)
    }
  }

  private static func end(_ reason: Text) {
    Log.error(reason)
    exit(1)
  }
}

/// Whether there is memory behind an address: the kernel looks at the word there, and says so if it
/// cannot. A touch by the program itself would be its end.
private func hasMemory(at address: UInt) -> Bool {
  do throws(SystemError) {
    _ = try perform(
      FutexWait {
        $0.address = address
        $0.expected = 0x5EED_F00D
        $0.deadline = .immediately
        $0.flags = .processPrivate
      })
    return true
  } catch { return error != .outOfMemory }
}
