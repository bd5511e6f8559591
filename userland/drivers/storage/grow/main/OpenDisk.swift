// SPDX-License-Identifier: MIT
import DiskGrowth
import Partitions
import Storage
import System

/// A whole disk of a scheme `disk.NAME`.
final class OpenDisk: TableDisk {
  private let path: Text
  private let file: File
  let sectorBytes: Int
  let sectorCount: UInt64

  /// - Throws: what opening throws; `invalidArgument` for a disk that cannot be.
  init(_ path: Text) throws(SystemError) {
    let file = try File(path, .readWrite | .runtimeHandle)
    var record = [UInt8](repeating: 0, count: DiskDescription.byteCount)
    _ = try file.handle.call(DiskRequest.describe.rawValue, into: record.mutableSpan)
    let description: DiskDescription
    do throws(WireError) { description = try DiskDescription(decoding: record.span) } catch {
      throw .invalidArgument
    }
    self.path = path
    self.file = file
    sectorBytes = Int(description.blockBytes)
    sectorCount = description.blockCount
  }

  func read(_ sectors: SectorRange) -> [UInt8]? {
    let start = sectors.first &* UInt64(sectorBytes)
    var bytes = [UInt8](repeating: 0, count: Int(sectors.count) &* sectorBytes)
    var done = 0
    while done < bytes.count {
      var part = [UInt8](repeating: 0, count: bytes.count &- done)
      do throws(SystemError) {
        let count = try file.read(into: part.mutableSpan, at: start &+ UInt64(done))
        guard count > 0 else { return nil }
        for index in 0..<count { bytes[done &+ index] = part[index] }
        done &+= count
      } catch { guard error == .interrupted else { return nil } }
    }
    return bytes
  }

  func write(_ bytes: [UInt8], at sector: UInt64) -> Bool {
    let start = sector &* UInt64(sectorBytes)
    var done = 0
    while done < bytes.count {
      do throws(SystemError) {
        let count = try file.write(
          bytes.span.extracting(done..<bytes.count), at: start &+ UInt64(done))
        guard count > 0 else { return false }
        done &+= count
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

  /// Has the driver serve the partitions as they are now; nobody has one open yet.
  func readTableAnew() {
    do throws(SystemError) { _ = try file.handle.call(DiskRequest.rescan.rawValue) } catch {
      Log.error(path + ": its partitions are not read anew: " + Text(error.explanation))
    }
  }
}
