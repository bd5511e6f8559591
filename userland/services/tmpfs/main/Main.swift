// SPDX-License-Identifier: MIT
import System
import TemporaryFiles

/// `tmpfs [SCHEME [FOLDER]]`: serves the scheme `tmp`, or another, from the memory that init keeps for
/// it. A new volume begins as a copy of the folder.
@main struct TemporaryFileProgram {
  static func main() {
    guard Arguments.count <= 3 else { return end("tmpfs: usage: tmpfs [SCHEME [FOLDER]]") }
    let name = Arguments.count > 1 ? Arguments.text(at: 1) : "tmp"
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("tmpfs: needs a capsule; lib/services/tmpfs says how large")
      }
      var volume = try take(capsule.store)
      if Arguments.count > 2, !volume.isFilled { fill(&volume, from: Arguments.text(at: 2)) }
      Daemon.serve(TemporaryFileServer(volume, in: capsule), as: name)
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

  /// A system starts better with an incomplete root than with none: what is wrong is said.
  private static func fill(_ volume: inout Volume<CapsuleStore>, from folder: Text) {
    do throws(SystemError) {
      try volume.fill(with: try SkeletonFolder(folder).items, now: Clock.wallClock())
    } catch {
      Log.error { line in
        line.put("tmpfs: cannot copy ")
        line.put(folder)
        line.put(": ")
        line.put(error.explanation)
      }
    }
  }

  private static func end(_ reason: Text) {
    Log.error(reason)
    exit(1)
  }
}
