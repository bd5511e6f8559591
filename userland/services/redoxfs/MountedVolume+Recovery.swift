// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

// A medium that refuses to write, or to flush. What is in memory may then be ahead of it by a part of a
// commit, so nothing is changed any more: the volume is read until it can be mounted anew.
extension MountedVolume {
  /// Nothing can be changed because the medium refused.
  public var hasFailed: Bool { files.hasFailed }

  /// Says once that changes are refused.
  func sayFailure() {
    guard !saidFailure else { return }
    saidFailure = true
    var line: Text =
      "the disk refuses writes: the volume can only be read until it takes them again; "
    line += "what was done since the last commit is "
    line += log == nil ? "lost" : "kept"
    complain(line)
  }

  /// Tries to mount the volume anew, as a successor of this server would: the last commit, and then what
  /// the log has. Nodes keep their numbers, so open files go on.
  /// - Returns: whether the volume can be changed again.
  public func recover() -> Bool {
    guard hasFailed else { return true }
    let before = (files, log, replayed)
    do throws(MountError) {
      // Whoever has files open that have no name still has them.
      (files, log) = try Self.open(disk, capsule, readOnly: false, keepsReleased: true)
      replayed = 0
      try replay()
      let done = replayed
      replayed += before.2
      do throws(FileSystemError) {
        try files.commitAnyway()
        try files.settle()
      } catch { throw .volume(error) }
      saidFailure = false
      complain(
        Text { line in
          line.put("the disk takes writes again; ")
          line.put(decimal: UInt64(done))
          line.put(done == 1 ? " operation was" : " operations were")
          line.put(" done again")
        })
      return true
    } catch {
      // What could be read before can be read all the same.
      (files, log, replayed) = before
      return false
    }
  }
}
