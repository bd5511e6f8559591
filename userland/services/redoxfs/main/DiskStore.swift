// SPDX-License-Identifier: MIT
import RedoxFS
import System

/// A disk, a partition or an image file, by its path: read and written at offsets that are whole
/// blocks of 4096 bytes. A driver that dies is waited for.
final class DiskStore: WritableBlockStore {
  private let file: File
  let blockCount: UInt64
  private static var blockBytes: UInt64 { UInt64(Layout.blockBytes) }

  /// - Throws: what opening throws; `noDevice` for what has no blocks.
  init(_ path: Text) throws(SystemError) {
    let file = try File(path, .readWrite | .runtimeHandle)
    let status = try file.status()
    guard status.mode & FileMode.typeMask != FileMode.directory else { throw .isDirectory }
    blockCount = status.size / Self.blockBytes
    self.file = file
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
    var done = 0
    while done < bytes.count {
      let place = block &* Self.blockBytes &+ UInt64(done)
      do throws(SystemError) {
        let written = try file.write(bytes.extracting(done..<bytes.count), at: place)
        guard written > 0 else { return false }
        done &+= written
      } catch { guard error == .interrupted else { return false } }
    }
    return true
  }

  func flush() -> Bool {
    while true {
      do throws(SystemError) {
        try file.synchronise()
        return true
      } catch { guard error == .interrupted else { return false } }
    }
  }
}
