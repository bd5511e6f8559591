// SPDX-License-Identifier: MIT
import System

/// What a disk is used for.
enum DiskUse {
  /// It is changed, by nobody else meanwhile.
  case change
  /// It is read, and nobody changes it meanwhile.
  case keep
  /// It is looked at, whatever others do.
  case look
}

/// The right to a disk, a partition or an image file, for as long as its open description lasts.
///
/// Disks refuse a second one who writes when they are opened; other files are locked as a whole, where
/// their scheme has locks, which everybody heeds who takes a volume by this.
struct DiskClaim: ~Copyable {
  let file: File
  let isReadOnly: Bool
  /// A predecessor had it.
  let isInherited: Bool

  /// Where the scheme keeps it, beside its locks.
  private static var place: Int { 4094 }

  /// Takes a disk. One that cannot be written is kept as it is instead of changed.
  ///
  /// - Parameter flags: `create` for a new image file.
  /// - Throws: `busy` if somebody uses it so that both do not go together; what opening throws.
  init(_ path: Text, _ use: DiskUse, _ flags: OpenFlags = OpenFlags()) throws(SystemError) {
    if use == .change, let file = try Self.writable(path, flags) {
      try Self.lock(file.handle, .exclusive)
      self.file = file
      (isReadOnly, isInherited) = (false, false)
      return
    }
    let keeps: OpenFlags = use == .look ? OpenFlags() : .exclusive
    let file = try File(path, .read | keeps | .runtimeHandle)
    if use != .look { try Self.lock(file.handle, .shared) }
    self.file = file
    (isReadOnly, isInherited) = (true, false)
  }

  /// - Returns: `nil` if it cannot be written.
  private static func writable(_ path: Text, _ flags: OpenFlags) throws(SystemError) -> File? {
    do throws(SystemError) {
      return try File(path, .readWrite | flags | .runtimeHandle, mode: 0o600)
    } catch {
      guard error == .readOnlyFileSystem || error == .accessDenied else { throw error }
      return nil
    }
  }

  private static func lock(_ file: Handle, _ kind: LockKind) throws(SystemError) {
    let isLocked: Bool
    do throws(SystemError) { isLocked = try file.tryLock(kind) } catch {
      guard error == .notSupported else { throw error }
      return
    }
    guard isLocked else { throw .busy }
  }

  // MARK: With the scheme

  /// What a predecessor left with the scheme, or else the disk at `path`, left there for successors:
  /// nobody gets it between a server's death and the next one's start.
  static func take(
    _ path: Text, _ use: DiskUse, in session: SchemeSession
  ) throws(SystemError) -> DiskClaim {
    if let kept = try kept(in: session) {
      return DiskClaim(inherited: kept, isReadOnly: try !kept.openFlags().contains(.write))
    }
    let claim = try DiskClaim(path, use)
    let copy = try claim.file.handle.duplicate(flags: .runtimeHandle)
    do throws(SystemError) { try session.keep(copy, at: Self.place) } catch {
      session.close(copy)
      throw error
    }
    return claim
  }

  private init(inherited handle: Handle, isReadOnly: Bool) {
    file = File(OwnedHandle(handle))
    self.isReadOnly = isReadOnly
    isInherited = true
  }

  private static func kept(in session: SchemeSession) throws(SystemError) -> Handle? {
    let copy: Handle
    do throws(SystemError) { copy = try session.copyKept(place) } catch {
      guard error == .notFound else { throw error }
      return nil
    }
    do throws(SystemError) {
      _ = try copy.status()
      return copy
    } catch {
      session.close(copy)
      // A disk that took it back, or a partition that is gone.
      guard error == .gone else { throw error }
      giveUp(in: session)
      return nil
    }
  }

  /// Others may have the disk when this program has ended.
  static func giveUp(in session: SchemeSession) { session.dropKept(place) }

  /// Why a disk cannot be had.
  static func explanation(_ error: SystemError) -> Text {
    error == .busy ? "in use: it is mounted, or somebody writes it" : Text(error.explanation)
  }
}
