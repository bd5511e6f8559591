// SPDX-License-Identifier: MIT
import Disks
import LiveDisk
import System

/// `lived [FILE]`: serves a disk in memory.
@main struct LiveProgram {
  private static var transferBytes: Int { 1 << 20 }
  /// Where the disk begins in the capsule, behind its partitions and the word that says it is filled.
  private static var start: Int { (PartitionList.byteCount + 4096 + 4095) & ~4095 }
  private static var filled: UInt64 { 0x6465_6C6C_6966_7364 }

  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule(), capsule.bytes.count > start else {
        DriverProgram.fail("needs a capsule; lib/services/lived says how large")
      }
      let bytes = capsule.bytes
      let disk = bytes.extracting(start..<bytes.count)
      if Arguments.count > 1 { try fill(disk, bytes, from: Arguments.text(at: 1)) }
      let transfer = try Mapping(byteCount: transferBytes).shared()
      let partitions = try partitions(bytes)
      let unit = DiskUnit(
        0, MemoryDisk(disk),
        TransferMemory(transfer, addresses: [UInt64](repeating: 0, count: transferBytes / 4096)),
        partitions)
      Daemon.serve(
        DiskServer([unit], MemoryDiskHost(), firstSerial: Clock.now().nanoseconds >> 10),
        as: "disk.live")
    } catch {
      DriverProgram.fail(
        Text { line in
          line.put("cannot serve a disk in memory: ")
          line.put(error.explanation)
        })
    }
  }

  private static func partitions(_ bytes: SharedBytes) throws(SystemError) -> PartitionList {
    do throws(CapsuleError) { return try PartitionList(in: bytes) } catch { throw .outOfMemory }
  }

  /// Copies a file onto the disk, unless that was done before.
  private static func fill(
    _ disk: SharedBytes, _ bytes: SharedBytes, from path: Text
  ) throws(SystemError) {
    let mark = start - 8
    guard bytes.loadAcquiring64(at: mark) != filled else { return }
    let file = try File(path, .read | .runtimeHandle)
    guard try file.status().size <= UInt64(disk.count) else { throw .noSpace }
    var piece = [UInt8](repeating: 0, count: 65_536)
    var place = 0
    while true {
      let count = try file.read(into: piece.mutableSpan, at: UInt64(place))
      if count == 0 { break }
      guard count <= disk.count - place else { throw .noSpace }
      disk.copy(piece.span.extracting(0..<count), to: place)
      place += count
    }
    bytes.storeReleasing64(filled, at: mark)
  }
}

/// Nothing around a disk of memory interrupts, and no device reaches a client's memory.
private struct MemoryDiskHost: DiskHost {
  func now() -> UInt64 { Clock.now().nanoseconds }

  func attach(_ object: Handle, least: UInt64) throws(SystemError) -> ClientArea {
    let length = try object.memoryStatus(of: 0..<0).length
    guard length >= least, length <= 64 << 20, length >= 4096 else { throw .invalidArgument }
    let count = Int(length) & ~4095
    let bytes = try MemoryObject(OwnedHandle(object)).map(byteCount: count).shared()
    return ClientArea(bytes, pages: [UInt64](repeating: 0, count: count / 4096), name: 0)
  }

  func detach(_ area: ClientArea) {
    performIgnoringErrors(
      Unmap {
        $0.address = area.bytes.address
        $0.length = UInt(area.bytes.count)
      })
  }

  func watchInterrupts(_ session: SchemeSession) throws(SystemError) {}
  func takeInterrupt() {}
  func pause() {}
  func abandon() { exit(1) }
}
