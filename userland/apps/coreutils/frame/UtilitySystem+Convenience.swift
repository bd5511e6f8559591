// SPDX-License-Identifier: MIT
public import ABI
public import Base
import Core

extension UtilitySystem {
  /// Opens for reading.
  public final func openFile(_ path: Text) throws(SystemError) -> Handle {
    try openFile(path, .read, mode: 0)
  }

  /// Writes all of `bytes`; a signal in between does not stop it.
  @export(interface)
  public final func writeAll(_ handle: Handle, _ bytes: Span<UInt8>) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      do throws(SystemError) {
        let count = try write(handle, bytes.extracting(done..<bytes.count))
        // A system that takes nothing of something would be asked for ever.
        guard count > 0 else { throw SystemError.noSpace }
        done &+= count
      } catch {
        guard error == .interrupted else { throw error }
      }
    }
  }

  /// Reads, again if a signal came first.
  @export(interface)
  public final func readSome(
    _ handle: Handle, into buffer: inout [UInt8]
  ) throws(SystemError) -> Int {
    while true {
      do throws(SystemError) { return try read(handle, into: &buffer) } catch {
        guard error == .interrupted else { throw error }
      }
    }
  }

  /// Everything up to the end of the file.
  /// - Throws: `fileTooLarge` beyond `limit` bytes.
  @export(interface)
  public final func contents(
    _ path: Text, limit: Int = 1 << 30
  ) throws(SystemError) -> [UInt8] {
    let handle = try openFile(path)
    defer { close(handle) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 32 << 10)
    while true {
      let count = try readSome(handle, into: &piece)
      if count == 0 { return bytes }
      guard count <= limit - bytes.count else { throw .fileTooLarge }
      bytes += piece[0..<count]
    }
  }

  /// The value of an environment variable.
  @export(interface)
  public final func environmentValue(_ name: Text) -> Text? {
    let prefix = name + "="
    for variable in environment where variable.hasPrefix(prefix) {
      return variable[prefix.count...]
    }
    return nil
  }

  /// The status, or `nil` if nothing has that name or it cannot be asked.
  @export(interface)
  public final func statusIfAny(_ path: Text, following: Bool = true) -> FileStatus? {
    do throws(SystemError) { return try status(path, following: following) } catch { return nil }
  }

  public final func isDirectory(_ path: Text) -> Bool {
    statusIfAny(path)?.isDirectory ?? false
  }
}

extension FileStatus {
  public var type: UInt32 { mode & FileMode.typeMask }
  public var isDirectory: Bool { type == FileMode.directory }
  public var isRegular: Bool { type == FileMode.regular }
  public var isLink: Bool { type == FileMode.symbolicLink }
  /// Set-id, sticky and permission bits.
  public var permissions: UInt32 { mode & 0o7777 }

  /// Whether both are the same file. A system that numbers no files has no two that are the same.
  public func isSame(as other: FileStatus) -> Bool {
    inode != 0 && inode == other.inode && device == other.device
  }
}
