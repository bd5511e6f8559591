// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

// States that the volume keeps. Each change is a commit of its own, so it needs no entry in the log; one
// that comes again finds that it was done.
extension MountedVolume {
  /// Keeps the present state under `name`.
  /// - Throws: `alreadyExists`, `invalidArgument`.
  public func makeSnapshot(
    _ name: Text, now: UInt64, isRepeated: Bool
  ) throws(SystemError) {
    do throws(FileSystemError) { try files.makeSnapshot(name, now: time(now)) } catch {
      if error == .exists, isRepeated { return }
      throw report(error, 0)
    }
  }

  /// - Throws: `notFound`.
  public func removeSnapshot(_ name: Text, isRepeated: Bool) throws(SystemError) {
    do throws(FileSystemError) { try files.removeSnapshot(name) } catch {
      if error == .notFound, isRepeated { return }
      throw report(error, 0)
    }
  }

  /// Makes the state that is kept under `name` the present one. Nobody may have a file open.
  /// - Throws: `notFound`.
  public func rollBack(to name: Text) throws(SystemError) {
    do throws(FileSystemError) { try files.rollBack(to: name) } catch { throw report(error, 0) }
    places = KnownPlaces()
  }

  /// A line for each: commit, seconds since 1970, name.
  public var snapshotList: Text {
    Text { list in
      for snapshot in files.snapshots {
        list.put(decimal: snapshot.generation)
        list.put("\t")
        list.put(decimal: snapshot.created.seconds)
        list.put("\t")
        list.put(snapshot.name)
        list.put("\n")
      }
    }
  }
}
