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
      let volume = try take(capsule.store)
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
