// SPDX-License-Identifier: MIT
import Partitions
import Project
import RedoxFS

/// The numbers that name an image's disk, partitions and file system. They follow from what is in the
/// image, so that two builds of the same sources are the same, and images of different ones are not
/// taken for each other.
struct ImageIdentity: Equatable {
  private let sums: [UInt8]

  /// - Parameter parts: everything else that the image's bytes depend on.
  init(of items: [ArchiveItem], parts: [[UInt8]]) {
    var sums: [UInt8] = []
    for part in parts { Self.append(SeaHash.digest(part.span), to: &sums) }
    for item in items {
      sums += Array(item.path.utf8) + [0]
      for number in [item.mode, item.user, item.group] { Self.append(UInt64(number), to: &sums) }
      switch item.content {
      case .file(let bytes):
        sums.append(1)
        Self.append(UInt64(bytes.count), to: &sums)
        Self.append(SeaHash.digest(bytes.span), to: &sums)
      case .link(let target): sums += [2] + Array(target.utf8) + [0]
      case .folder: sums.append(3)
      }
    }
    self.sums = sums
  }

  /// The number for one purpose.
  func identifier(_ purpose: String) -> GUID {
    let high = Array("high \(purpose)\0".utf8) + sums
    let low = Array("low \(purpose)\0".utf8) + sums
    return .derived(high: SeaHash.digest(high.span), low: SeaHash.digest(low.span))
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
  }
}
