// SPDX-License-Identifier: MIT
import Partitions

/// What lies where on a disk image, in sectors of 512 bytes:
///
///     0        protective MBR, GPT
///     34       what BIOS loads
///     2048     the EFI system partition
///     …        the root file system, if there is one
///     at the end, after less than a MiB: the second GPT
struct DiskLayout: Equatable {
  static let sectorBytes: UInt64 = 512
  private static let sectorsPerMiB: UInt64 = 2048

  let biosBoot: SectorRange
  let system: SectorRange
  let root: SectorRange?
  let sectorCount: UInt64

  /// - Parameters: sizes in MiB.
  init(system: Int, root: Int) {
    biosBoot = SectorRange(first: 34, count: Self.sectorsPerMiB - 34)
    self.system = SectorRange(
      first: Self.sectorsPerMiB, count: UInt64(system) * Self.sectorsPerMiB)
    let end = self.system.first + self.system.count
    self.root =
      root > 0 ? SectorRange(first: end, count: UInt64(root) * Self.sectorsPerMiB) : nil
    sectorCount = end + UInt64(root) * Self.sectorsPerMiB + Self.sectorsPerMiB
  }

  var byteCount: UInt64 { sectorCount * Self.sectorBytes }
}

extension SectorRange {
  var byteStart: UInt64 { first * DiskLayout.sectorBytes }
  var byteCount: UInt64 { count * DiskLayout.sectorBytes }
}
