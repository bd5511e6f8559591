// SPDX-License-Identifier: MIT
import RedoxFS
import Storage
import System
import VolumeService

/// A disk, a partition or an image file, by its path: read and written at offsets that are whole
/// blocks of 4096 bytes. A driver that dies is waited for. Disks are used through their rings, once they
/// are asked for; what has none, and what rings have failed at, by calls.
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
  private let isDisk: Bool
  private let hasVectors = VectorHash.isThere()
  private var queue: QueuedDisk<RingClient<DiskSubmission, DiskCompletion>>?
  private static var blockBytes: UInt64 { UInt64(Layout.blockBytes) }

  /// How often a write that fails is tried again, after longer and longer pauses.
  private static var retries: Int { 4 }

  /// - Throws: what opening throws; `isDirectory`.
  init(_ claim: consuming DiskClaim) throws(SystemError) {
    let status = try claim.file.status()
    guard status.mode & FileMode.typeMask != FileMode.directory else { throw .isDirectory }
    isDisk = status.mode & FileMode.typeMask == FileMode.blockDevice
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

  /// From here on a disk has many requests at a time.
  func beginQueueing() {
    guard isDisk, queue == nil else { return }
    do throws(SystemError) {
      var bytes = [UInt8](repeating: 0, count: DiskDescription.byteCount)
      _ = try file.handle.call(DiskRequest.describe.rawValue, into: bytes.mutableSpan)
      let disk: DiskDescription
      do throws(WireError) { disk = try DiskDescription(decoding: bytes.span) } catch { return }
      guard disk.blockBytes <= 4096, disk.transferLimit >= 4096 else { return }
      let handle = file.handle
      queue = QueuedDisk(
        try RingClient(
          File(OwnedHandle(try handle.duplicate(flags: .runtimeHandle))), capacity: 64,
          dataBytes: Limits.slots * Limits.slotBytes),
        sectorBytes: Int(disk.blockBytes), transferLimit: Int(clamping: disk.transferLimit)
      ) { block, data in
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: data.count) { output in
          data.append(0..<data.count, to: &output)
        }
        return Self.write(block, bytes.span, to: handle)
      }
    } catch {
      // By calls it goes as well, only slower.
      Log.warning { line in
        line.put("redoxfs: one request at a time, since its disk gives no ring: ")
        line.put(error.explanation)
      }
    }
  }

  /// Does something until it succeeds, a few times at most: what a medium refuses once it may take the
  /// next time.
  private static func persist(_ body: () throws(SystemError) -> Void) -> Bool {
    var failures = 0
    while true {
      do throws(SystemError) {
        try body()
        return true
      } catch {
        if error == .interrupted { continue }
        failures += 1
        guard failures <= retries else { return false }
        Clock.sleep(.milliseconds(1 << (2 * failures)))
      }
    }
  }

  func digest(_ bytes: Span<UInt8>) -> UInt64 {
    hasVectors
      ? SeaHash.digest(bytes) { bytes, lanes in VectorHash.absorb(bytes, into: &lanes) }
      : SeaHash.digest(bytes)
  }

  func expect(_ block: UInt64, count: Int) { queue?.expect(block, count: count) }

  func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    if let queue, queue.isUsable {
      return queue.read(block, count: count, onto: &bytes)
    }
    let start = bytes.count
    let wanted = count &* Layout.blockBytes
    bytes.append(zeros: wanted)
    var done = 0
    while done < wanted {
      let place = block &* Self.blockBytes &+ UInt64(done)
      var target = bytes.mutableSpan
      do throws(SystemError) {
        let read = try file.read(
          into: target._mutatingExtracting(start &+ done..<start &+ wanted), at: place)
        if read > 0 {
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
    if let queue, queue.isUsable { return queue.write(block, bytes) }
    isUnflushed = true
    return Self.write(block, bytes, to: file.handle)
  }

  /// A disk brings what one request writes onto the medium by itself, but what was written before it
  /// needs a flush of its own.
  func writeThrough(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    if let queue, queue.isUsable { return queue.writeThrough(block, bytes) }
    if isUnflushed { return write(block, bytes) && flush() }
    // Who knows how much of it came to the disk, if it fails?
    isUnflushed = true
    guard Self.write(block, bytes, to: through.handle) else { return false }
    isUnflushed = false
    return true
  }

  private static func write(_ block: UInt64, _ bytes: Span<UInt8>, to file: Handle) -> Bool {
    var done = 0
    while done < bytes.count {
      let place = block &* blockBytes &+ UInt64(done)
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
    if let queue {
      // What was lost with the rings is known by its failure, of which nobody hears but once.
      if !queue.isUsable { self.queue = nil }
      return queue.flush()
    }
    while true {
      do throws(SystemError) {
        try file.synchronise()
        isUnflushed = false
        return true
      } catch { guard error == .interrupted else { return false } }
    }
  }
}
