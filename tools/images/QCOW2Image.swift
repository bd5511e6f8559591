// SPDX-License-Identifier: MIT
public import Host

/// QEMU's own format for disk images, version 2, in which zeros take no room.
public enum QCOW2Image {
  private static let clusterBytes: UInt64 = 65536
  /// Places in one table of addresses, and counts in one table of those.
  private static let addressesPerCluster = clusterBytes / 8
  private static let countsPerCluster = clusterBytes / 2
  /// Says that a cluster has no other user.
  private static let unshared: UInt64 = 1 << 63

  /// Copies the raw image at `source` to `target`.
  public static func convert(_ source: String, to target: String) throws(HostError) {
    let raw = try RandomAccessFile(reading: source)
    let used = try usedClusters(raw, source)
    let plan = Plan(byteCount: raw.byteCount, used: used.count)
    let file = try RandomAccessFile(creating: target, byteCount: plan.end * clusterBytes)
    try write(plan.header(raw.byteCount), at: 0, file, target)
    try write(plan.counts, at: clusterBytes, file, target)
    var tables = [UInt64](repeating: 0, count: Int(plan.tables * addressesPerCluster))
    for (index, cluster) in used.enumerated() {
      let place = plan.dataStart + UInt64(index)
      tables[Int(cluster)] = place * clusterBytes | unshared
      let count = min(clusterBytes, raw.byteCount - cluster * clusterBytes)
      var bytes: [UInt8] = []
      guard raw.read(at: cluster * clusterBytes, count: Int(count), onto: &bytes) else {
        throw .file(path: source, action: "read", reason: "it ends early")
      }
      try write(bytes, at: place * clusterBytes, file, target)
    }
    let directory = (0..<plan.tables).map { (plan.tablesStart + $0) * clusterBytes | unshared }
    try write(big(directory), at: plan.directoryStart * clusterBytes, file, target)
    try write(big(tables), at: plan.tablesStart * clusterBytes, file, target)
  }

  /// The clusters of a raw image that are not all zeros.
  private static func usedClusters(
    _ raw: RandomAccessFile, _ path: String
  ) throws(HostError) -> [UInt64] {
    let zeros = [UInt8](repeating: 0, count: Int(clusterBytes))
    var used: [UInt64] = []
    var place: UInt64 = 0
    while place < raw.byteCount {
      let count = min(clusterBytes, raw.byteCount - place)
      var bytes: [UInt8] = []
      guard raw.read(at: place, count: Int(count), onto: &bytes) else {
        throw .file(path: path, action: "read", reason: "it ends early")
      }
      if bytes != (bytes.count == zeros.count ? zeros : Array(zeros.prefix(bytes.count))) {
        used.append(place / clusterBytes)
      }
      place += count
    }
    return used
  }

  private static func write(
    _ bytes: [UInt8], at place: UInt64, _ file: RandomAccessFile, _ path: String
  ) throws(HostError) {
    guard file.write(bytes.span, at: place) else {
      throw .file(path: path, action: "write", reason: "the host refuses")
    }
  }

  private static func big(_ words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
  }

  /// Where things lie, in clusters: header, the table of tables of counts, those, the directory of
  /// tables of addresses, those, data.
  private struct Plan {
    let countTables: UInt64
    let directoryStart: UInt64
    let tablesStart: UInt64
    let tables: UInt64
    let dataStart: UInt64
    let end: UInt64

    init(byteCount: UInt64, used: Int) {
      let clusters = (byteCount + clusterBytes - 1) / clusterBytes
      tables = (clusters + addressesPerCluster - 1) / addressesPerCluster
      let directoryClusters = (tables + addressesPerCluster - 1) / addressesPerCluster
      let others = 2 + directoryClusters + tables + UInt64(used)
      // One count table has room for 2 GiB, and itself is counted.
      countTables = others / (countsPerCluster - 1) + 1
      directoryStart = 2 + countTables
      tablesStart = directoryStart + directoryClusters
      dataStart = tablesStart + tables
      end = dataStart + UInt64(used)
    }

    func header(_ byteCount: UInt64) -> [UInt8] {
      var bytes: [UInt8] = []
      func put(_ number: UInt64, _ count: Int) {
        for index in 0..<count {
          bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - index))))
        }
      }
      put(0x5146_49FB, 4)
      put(2, 4)
      put(0, 8)  // No image behind this one.
      put(0, 4)
      put(16, 4)  // Bits of an offset in a cluster.
      put(byteCount, 8)
      put(0, 4)
      put(tables, 4)
      put(directoryStart * clusterBytes, 8)
      put(clusterBytes, 8)  // The table of tables of counts.
      put(1, 4)
      put(0, 4)
      put(0, 8)
      return bytes
    }

    /// The table of tables of counts, and those: each cluster has one user.
    var counts: [UInt8] {
      let places = (0..<countTables).map { (2 + $0) * clusterBytes }
      var bytes = big(places)
      bytes += [UInt8](repeating: 0, count: Int(clusterBytes) - bytes.count)
      for _ in 0..<end { bytes += [0, 1] }
      bytes += [UInt8](
        repeating: 0, count: Int((1 + countTables) * clusterBytes) - bytes.count)
      return bytes
    }
  }
}
