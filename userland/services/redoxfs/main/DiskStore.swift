// SPDX-License-Identifier: MIT
import RedoxFS
import System

/// A disk, a partition or an image file, by its path: read and written at offsets that are whole
/// blocks of 4096 bytes. A driver that dies is waited for.
final class DiskStore: WritableBlockStore {
  /// By which nobody else uses it meanwhile.
  private let claim: DiskClaim
  private let file: File
  /// The same, written to so that what is written is on the medium at once.
  private let through: File
  /// Something was written that a flush may still have to bring onto the medium.
  private var isUnflushed = true
  let blockCount: UInt64
  let isReadOnly: Bool
  private static var blockBytes: UInt64 { UInt64(Layout.blockBytes) }

  /// How often a write that fails is tried again, after longer and longer pauses.
  private static var retries: Int { 4 }

  /// - Throws: what opening throws; `isDirectory`.
  init(_ claim: consuming DiskClaim) throws(SystemError) {
    let status = try claim.file.status()
    guard status.mode & FileMode.typeMask != FileMode.directory else { throw .isDirectory }
    blockCount = status.size / Self.blockBytes
    isReadOnly = claim.isReadOnly
    // A disk is opened anew when all that a predecessor asked for is done.
    let flags: OpenFlags = claim.isReadOnly ? .read : .readWrite
    file = File(try claim.file.handle.open("", flags | .runtimeHandle))
    through = File(
      try claim.file.handle.open(
        "", (claim.isReadOnly ? flags : flags | .synchronous) | .runtimeHandle))
    self.claim = claim
  }

  /// Does something until it succeeds, a few times at most: what a medium refuses once it may take the
  /// next time.
  private func persist(_ body: () throws(SystemError) -> Void) -> Bool {
    var failures = 0
    while true {
      do throws(SystemError) {
        try body()
        return true
      } catch {
        if error == .interrupted { continue }
        failures += 1
        guard failures <= Self.retries else { return false }
        Clock.sleep(.milliseconds(1 << (2 * failures)))
      }
    }
  }

  func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    let start = bytes.count
    let wanted = count &* Layout.blockBytes
    var done = 0
    while done < wanted {
      var part = [UInt8](repeating: 0, count: wanted &- done)
      let place = block &* Self.blockBytes &+ UInt64(done)
      do throws(SystemError) {
        let read = try file.read(into: part.mutableSpan, at: place)
        if read > 0 {
          if done == 0, read == wanted, start == 0 { bytes = part } else { bytes += part[..<read] }
          done &+= read
          continue
        }
      } catch { if error == .interrupted { continue } }
      bytes.removeLast(bytes.count &- start)
      return false
    }
    return true
  }

  func write(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    isUnflushed = true
    return write(block, bytes, to: file.handle)
  }

  /// A disk brings what one request writes onto the medium by itself, but what was written before it
  /// needs a flush of its own.
  func writeThrough(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    if isUnflushed { return write(block, bytes) && flush() }
    // Who knows how much of it came to the disk, if it fails?
    isUnflushed = true
    guard write(block, bytes, to: through.handle) else { return false }
    isUnflushed = false
    return true
  }

  private func write(_ block: UInt64, _ bytes: Span<UInt8>, to file: Handle) -> Bool {
    var done = 0
    while done < bytes.count {
      let place = block &* Self.blockBytes &+ UInt64(done)
      let isDone = persist { () throws(SystemError) in
        let written = try file.write(bytes.extracting(done..<bytes.count), at: place)
        guard written > 0 else { throw .inputOutput }
        done &+= written
      }
      guard isDone else { return false }
    }
    return true
  }

  /// One that fails is not tried again: what was written before may be lost already, and only what is
  /// written anew is there for certain.
  func flush() -> Bool {
    while true {
      do throws(SystemError) {
        try file.synchronise()
        isUnflushed = false
        return true
      } catch { guard error == .interrupted else { return false } }
    }
  }
}
