// SPDX-License-Identifier: MIT
public import Host
import Partitions

/// The partitions of a disk image, as they are now.
public enum DiskPartitions {
  /// Where the root file system lies, in bytes: the first RedoxFS partition.
  public static func root(of file: RandomAccessFile) -> (start: UInt64, byteCount: UInt64)? {
    let sectorBytes = DiskLayout.sectorBytes
    var scan = PartitionScan(
      sectorBytes: Int(sectorBytes), sectorCount: file.byteCount / sectorBytes)
    while let wanted = scan.wanted {
      var bytes: [UInt8] = []
      let isRead = file.read(at: wanted.byteStart, count: Int(wanted.byteCount), onto: &bytes)
      scan.supply(isRead ? bytes : nil)
    }
    for partition in scan.table.partitions {
      if case .gpt(.redoxFileSystem, _, _, _) = partition.kind {
        return (partition.sectors.byteStart, partition.sectors.byteCount)
      }
    }
    return nil
  }
}
