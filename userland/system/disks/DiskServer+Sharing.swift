// SPDX-License-Identifier: MIT
import ABI
import Core
import Schemes

/// What somebody has a disk open for, as far as others are concerned.
public enum DiskUse: UInt8, BitwiseCopyable, Sendable {
  /// It is read, whoever writes it meanwhile.
  case reads
  /// It is read, and nobody may write it meanwhile.
  case keeps
  /// It is written, by nobody else.
  case writes

  /// `exclusive` without `create` is for those who read and want it to stay as it is.
  init(_ flags: OpenFlags) {
    self = flags.contains(.write) ? .writes : flags.contains(.exclusive) ? .keeps : .reads
  }

  func excludes(_ other: DiskUse) -> Bool {
    switch (self, other) {
    case (.reads, _), (_, .reads), (.keeps, .keeps): false
    case (.writes, _), (_, .writes): true
    }
  }
}

// Who may have a disk open at the same time (docs/decisions/0052-a-disk-has-one-writer.md). It follows
// from what the kernel lists as open, so that it outlives this server.
extension DiskServer where Device: ~Copyable {
  /// Refuses to open what somebody else uses in a way that does not go together with it.
  ///
  /// - Throws: `busy`; what listing throws.
  func checkOthers(_ file: DiskFile) throws(SystemError) {
    guard file.use != .reads, let session else { return }
    for record in try session.descriptions() {
      guard let other = DiskFile(word: record.word), other.part != 0, other.serial != 0,
        other.serial != file.serial, file.use.excludes(other.use), file.overlaps(other)
      else { continue }
      throw .busy
    }
  }
}

extension DiskFile {
  /// Partitions of one table lie apart.
  fileprivate func overlaps(_ other: DiskFile) -> Bool {
    disk == other.disk && (part == other.part || part == 1 || other.part == 1)
  }
}
