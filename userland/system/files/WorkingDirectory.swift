// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Synchronization

/// The directory that relative paths begin at: a text of this process, passed on to its children.
public enum WorkingDirectory {
  private static let changed = Mutex<Text?>(nil)

  /// Its absolute, normalised path.
  @export(interface)
  public static var path: Text {
    if let path = changed.withLock({ $0 }) { return path }
    let initial = started.workingDirectoryText
    return Path.isAbsolute(initial) ? initial : "/"
  }

  /// Makes `path` the working directory.
  /// - Throws: `notFound`, `notDirectory`, `accessDenied` for one that may not be searched, and what
  ///   opening throws.
  @export(interface)
  public static func change(to path: Text) throws(SystemError) {
    let absolute = resolve(path)
    let directory = try openPath(absolute, .read | .statOnly | .directory | .runtimeHandle)
    // A scheme that says nothing about the file has opened it as a directory: that is enough.
    if let status = status(of: directory.handle) {
      guard status.mode & FileMode.typeMask == FileMode.directory else { throw .notDirectory }
      guard status.allowsThisProcess(1) else { throw .accessDenied }
    }
    changed.withLock { $0 = absolute }
  }

  private static func status(of handle: Handle) -> FileStatus? {
    do throws(SystemError) { return try handle.status() } catch { return nil }
  }

  /// The absolute, normalised form of `path`.
  @export(interface)
  public static func resolve(_ path: Text) -> Text {
    Path.isAbsolute(path) ? Path.normalised(path) : Path.resolved(path, from: self.path)
  }
}

/// Permission bits that files created by this process do not get.
public enum CreationMask {
  private static let changed = Atomic<UInt32>(UInt32.max)

  public static var current: UInt32 {
    @export(interface)
    get {
      let mask = changed.load(ordering: .relaxed)
      return mask == UInt32.max ? started.creationMask & 0o777 : mask
    }
  }

  /// - Returns: the mask before.
  @export(interface)
  public static func change(to mask: UInt32) -> UInt32 {
    let before = current
    changed.store(mask & 0o777, ordering: .relaxed)
    return before
  }
}

/// Whether there is a scheme `file`.
enum RootScheme {
  private static let seen = Atomic<Bool>(false)

  /// Asks until the answer has been yes once; a root file system does not go away.
  static func exists() -> Bool {
    if seen.load(ordering: .relaxed) { return true }
    do throws(SystemError) {
      _ = try open("file", .read | .statOnly | .directory | .runtimeHandle)
    } catch {
      // Any other answer comes from the scheme.
      if error == .notFound { return false }
    }
    seen.store(true, ordering: .relaxed)
    return true
  }
}
