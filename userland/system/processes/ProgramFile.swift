// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import ELF
import Runtime

/// A program's file, open and mapped for a look at its headers.
struct ProgramFile: ~Copyable {
  /// What its segments are mapped from: the file, or a copy of one that cannot be mapped.
  let source: OwnedHandle
  let mapping: Mapping
  let byteCount: Int
  /// Where the program begins in the source, in bytes.
  let start: UInt64

  /// Larger files are no programs.
  private static var limit: UInt64 { 1 << 30 }

  private init(
    _ source: consuming OwnedHandle, _ mapping: consuming Mapping, _ byteCount: Int,
    start: UInt64
  ) {
    self.source = source
    self.mapping = mapping
    self.byteCount = byteCount
    self.start = start
  }

  /// Opens the program in the file `path`.
  static func open(_ path: Text) throws(ExecutableError) -> ProgramFile {
    do throws(SystemError) {
      let file = try openPath(path, .read | .runtimeHandle)
      let status = try file.handle.status()
      guard status.mode & FileMode.typeMask != FileMode.directory else { throw .isDirectory }
      guard status.mode & 0o111 != 0 else { throw .accessDenied }
      guard status.size > 0 else { throw .badExecutable }
      guard status.size <= limit else { throw .fileTooLarge }
      return try map(file, Int(status.size))
    } catch {
      throw ExecutableError(error, path)
    }
  }

  /// A program that lies in a memory object.
  static func inside(_ image: ProgramImage, _ path: Text) throws(ExecutableError) -> ProgramFile {
    do throws(SystemError) {
      guard image.byteCount > 0 else { throw .badExecutable }
      let source = OwnedHandle(try image.memory.duplicate(flags: .runtimeHandle))
      let mapping = try Mapping(image.memory, byteCount: image.byteCount, at: image.start, .read)
      return ProgramFile(source, mapping, image.byteCount, start: image.start)
    } catch {
      throw ExecutableError(error, path)
    }
  }

  private static func map(
    _ file: consuming OwnedHandle, _ byteCount: Int
  ) throws(SystemError) -> ProgramFile {
    do throws(SystemError) {
      let mapping = try Mapping(file.handle, byteCount: byteCount, .read)
      return ProgramFile(file, mapping, byteCount, start: 0)
    } catch {
      // A file system may want for room to map what it can read.
      guard error == .noDevice || error == .notSupported || error == .noSpace else { throw error }
    }
    let copy = try copy(file.handle, byteCount)
    let mapping = try Mapping(copy.handle, byteCount: byteCount, .read)
    return ProgramFile(OwnedHandle(copy.release()), mapping, byteCount, start: 0)
  }

  /// The file's bytes in memory, for schemes that do not map.
  private static func copy(
    _ file: Handle, _ byteCount: Int
  ) throws(SystemError) -> MemoryObject {
    let object = try MemoryObject(byteCount: byteCount)
    var target = try object.map(byteCount: byteCount)
    var bytes = target.mutableBytes
    var done = 0
    while done < byteCount {
      let rest = bytes._mutatingExtracting(done..<byteCount)
      let count = try file.read(into: rest, at: UInt64(done))
      guard count > 0 else { throw .inputOutput }
      done += count
    }
    return object
  }

  /// Runs `body` with the file's bytes.
  func withBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(mapping.bytes.extracting(first: byteCount))
  }
}
