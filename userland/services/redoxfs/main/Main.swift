// SPDX-License-Identifier: MIT
import RedoxFS
import System
import VolumeService

/// `redoxfs DISKPATH SCHEME`: serves the RedoxFS volume on a disk, or in an image file.
/// `redoxfs --uuid NUMBER SCHEME`: serves the volume with this number, on whatever disk it is. With `-r`
/// before that, or on a disk that cannot be written, nothing is. Called as `redoxfs-mkfs` or `mkfs` it
/// makes one.
@main struct RedoxFSProgram {
  static func main() {
    let name = Path.name(of: Arguments.text(at: 0))
    if name == "redoxfs-mkfs" || name == "mkfs" { exit(Making.run(name)) }
    var arguments = Arguments.all
    let wantsReadOnly = arguments.first == "-r" || arguments.first == "--read-only"
    if wantsReadOnly { arguments.removeFirst() }
    let byNumber = arguments.count == 3 && arguments[0] == "--uuid"
    guard arguments.count == 2 || byNumber else {
      return end("usage: redoxfs [-r] DISKPATH SCHEME, or redoxfs [-r] --uuid NUMBER SCHEME")
    }
    let place = arguments[byNumber ? 1 : 0]
    guard let disk = byNumber ? DiskSearch.path(of: place) : place else {
      return end("no disk has the volume " + place)
    }
    let scheme = arguments[byNumber ? 2 : 1]
    let (capsule, prepared): (CapsuleStore?, PreparedScheme)
    let (store, isSuccessor): (DiskStore, Bool)
    do throws(SystemError) {
      capsule = try takeCapsule()
      prepared = try PreparedScheme(scheme)
      let claim = try DiskClaim.take(
        disk, wantsReadOnly ? .keep : .change, in: prepared.session)
      isSuccessor = claim.isInherited
      store = try DiskStore(claim)
    } catch { return end(disk + ": " + DiskClaim.explanation(error)) }
    store.beginQueueing()
    do throws(MountError) {
      let volume = try MountedVolume(mounting: store, capsule, readOnly: store.isReadOnly)
      if store.isReadOnly, !wantsReadOnly {
        Log.warning(disk + " cannot be written: the volume is served read-only")
      }
      volume.complain = { line in Log.error(line) }
      if volume.replayed > 0 {
        Log.info { line in
          line.put(decimal: UInt64(volume.replayed))
          line.put(volume.replayed == 1 ? " operation was" : " operations were")
          line.put(" done again")
        }
      }
      if !store.isReadOnly { grow(volume) }
      for name in volume.files.lostSnapshots {
        Log.warning("snapshot " + name + " was damaged by another system, and is gone")
      }
      Stopping.prepare()
      Daemon.serve(VolumeServer(volume, capsule), as: prepared)
    } catch {
      // What cannot be mounted may be made anew.
      if !isSuccessor { DiskClaim.giveUp(in: prepared.session) }
      // init drops the capsule if that happens three times in a row, and says so.
      end(disk + ": " + error.explanation)
    }
  }

  /// An image that was copied to a larger disk uses all of it from its first mount there.
  private static func grow(_ volume: VolumeServer.Volume) {
    do throws(SystemError) {
      let added = try volume.grow()
      guard added > 0 else { return }
      Log.info { line in
        line.put("the volume has grown by ")
        line.put(decimal: added)
        line.put(" blocks")
      }
    } catch { Log.error("the volume cannot grow: " + Text(error.explanation)) }
  }

  /// The memory that outlives this program, which stays mapped for as long as it runs.
  private static func takeCapsule() throws(SystemError) -> CapsuleStore? {
    guard let capsule = try Service.takeCapsule() else { return nil }
    return capsule.store
  }

  private static func end(_ reason: Text) {
    Log.error(reason)
    exit(1)
  }
}
