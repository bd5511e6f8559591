// SPDX-License-Identifier: MIT
public import Base
import Core

/// A file for a new volume.
public struct FATFile: Sendable {
  /// With slashes between folders, which are made.
  public var path: Text
  public var contents: [UInt8]

  public init(_ path: Text, _ contents: [UInt8]) {
    self.path = path
    self.contents = contents
  }
}

/// Why a volume cannot be made.
public enum FATFailure: Error, Equatable {
  /// FAT16 has 4,085 to 65,524 clusters of 512 to 32,768 bytes: volumes of 2.1 MiB to 2 GiB.
  case size
  /// It is no name of MS-DOS, or two files have it.
  case name(Text)
  case full
  /// The root has room for 511 names.
  case rootFull
}

/// A FAT16 volume to be made.
public struct FATVolume: Sendable {
  /// Whole sectors of 512 bytes.
  public var sectorCount: UInt64
  /// Sectors of the disk before the volume.
  public var hiddenSectors: UInt32 = 0
  public var serial: UInt32 = 0
  public var label: Text = "EFI"

  public init(sectorCount: UInt64) { self.sectorCount = sectorCount }

  /// The volume with `files`, from its first sector on; the sectors behind the bytes are zeros.
  @export(interface)
  public func bytes(of files: [FATFile]) throws(FATFailure) -> [UInt8] {
    let geometry = try FATGeometry(sectorCount: sectorCount)
    var folders = try FATFolder.tree(files)
    var clusters = FATClusters(geometry)
    for index in folders.indices.dropFirst() {
      folders[index].cluster = try clusters.take(folders[index].byteCount)
    }
    guard folders[0].children.count < FATBootSector.rootEntries else { throw .rootFull }
    var places: [UInt16] = []
    for file in files { places.append(try clusters.take(file.contents.count)) }

    var image = try bootSector(geometry)
    let table = clusters.table
    for _ in 0..<2 {
      image += table
      image += [UInt8](repeating: 0, count: geometry.tableBytes - table.count)
    }
    image += try root(folders, files, places)
    image += [UInt8](repeating: 0, count: geometry.dataStart - image.count)
    for (index, folder) in folders.enumerated().dropFirst() {
      image += folder.bytes(folders, files, places, isRoot: false, own: folders[index].cluster)
      Self.fill(&image, geometry)
    }
    for file in files {
      image += file.contents
      Self.fill(&image, geometry)
    }
    return image
  }

  private static func fill(_ image: inout [UInt8], _ geometry: FATGeometry) {
    let used = (image.count - geometry.dataStart) % geometry.clusterBytes
    if used > 0 { image += [UInt8](repeating: 0, count: geometry.clusterBytes - used) }
  }

  private func bootSector(_ geometry: FATGeometry) throws(FATFailure) -> [UInt8] {
    guard let label = FATName.stored(label) else { throw .name(label) }
    var sector = FATBootSector()
    sector.clusterSectors = UInt8(geometry.clusterBytes / FATBootSector.sectorBytes)
    sector.tableSectors = UInt16(geometry.tableBytes / FATBootSector.sectorBytes)
    sector.hiddenSectors = hiddenSectors
    sector.totalSectors = UInt32(sectorCount)
    sector.serial = serial
    sector.label = label
    return FATFolder.encoded(sector)
  }

  /// The root begins with the volume's label.
  private func root(
    _ folders: [FATFolder], _ files: [FATFile], _ places: [UInt16]
  ) throws(FATFailure) -> [UInt8] {
    var entry = FATEntry()
    guard let label = FATName.stored(label) else { throw .name(label) }
    entry.name = label
    entry.attributes = FATEntry.label
    return FATFolder.encoded(entry) + folders[0].bytes(folders, files, places, isRoot: true, own: 0)
  }
}

/// Where things lie in a volume, in bytes.
struct FATGeometry {
  let clusterBytes: Int
  let clusterCount: Int
  let tableBytes: Int
  let dataStart: Int

  /// The smallest clusters that are few enough.
  init(sectorCount: UInt64) throws(FATFailure) {
    guard sectorCount > 100, sectorCount < 1 << 23 else { throw .size }
    let sectors = Int(sectorCount)
    let rootSectors = FATBootSector.rootEntries * FATEntry.byteCount / 512
    for shift in 0...6 {
      let clusterSectors = 1 << shift
      // The tables take room from what they describe: a little more of them does no harm.
      let tableSectors = ((sectors / clusterSectors + 2) * 2 + 511) / 512
      let dataSectors = sectors - 1 - 2 * tableSectors - rootSectors
      let count = dataSectors / clusterSectors
      if count > 65_524 { continue }
      guard count >= 4085 else { throw .size }
      clusterBytes = clusterSectors * 512
      clusterCount = count
      tableBytes = tableSectors * 512
      dataStart = (1 + 2 * tableSectors + rootSectors) * 512
      return
    }
    throw .size
  }
}

/// Clusters in rising order, in runs.
private struct FATClusters {
  let geometry: FATGeometry
  /// The first two entries are no clusters.
  var table: [UInt8] = [0xF8, 0xFF, 0xFF, 0xFF]
  var next = 2

  init(_ geometry: FATGeometry) { self.geometry = geometry }

  /// A run for so many bytes; zero for none.
  mutating func take(_ byteCount: Int) throws(FATFailure) -> UInt16 {
    let count = (byteCount + geometry.clusterBytes - 1) / geometry.clusterBytes
    guard count <= geometry.clusterCount + 2 - next else { throw .full }
    if count == 0 { return 0 }
    let first = next
    for cluster in first..<first + count {
      let entry = cluster == first + count - 1 ? 0xFFFF : cluster + 1
      table.append(UInt8(entry & 0xFF))
      table.append(UInt8(entry >> 8))
    }
    next += count
    return UInt16(first)
  }
}
