// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFS

/// The files of a state of a volume that can be read, by their nodes: those have the same numbers after a
/// repair.
struct ReadableFiles {
  struct File: Equatable {
    let kind: NodeKind?
    let byteCount: UInt64
    /// Bytes of its beginning, of its middle and of its end.
    let samples: [[UInt8]]
  }

  private(set) var contents: [UInt32: File] = [:]
  var isEmpty: Bool { contents.isEmpty }

  /// Names the state that no snapshot is, as none is called so.
  static var present: Text { "" }

  static func ofAllStates(_ volume: Volume<MemoryStore>) -> [Text: ReadableFiles] {
    var states = [present: ReadableFiles(volume)]
    for snapshot in (try? volume.snapshots()) ?? [] {
      states[snapshot.name] = ReadableFiles(volume.view(snapshot))
    }
    return states
  }

  /// Follows all names from the root on.
  private init(_ volume: Volume<MemoryStore>) {
    var waiting: [UInt32] = [1]
    var seen: Set<UInt32> = [1]
    while let identifier = waiting.popLast() {
      guard let node = try? volume.node(identifier) else { continue }
      guard node.record.kind == .directory else {
        contents[identifier] = Self.file(node, in: volume)
        continue
      }
      for entry in (try? volume.entries(of: node)) ?? [] where seen.insert(entry.node).inserted {
        waiting.append(entry.node)
      }
    }
  }

  /// - Returns: `nil` if one of the samples cannot be read.
  private static func file(_ node: NodeBlock, in volume: Volume<MemoryStore>) -> File? {
    let size = node.record.byteCount
    var samples: [[UInt8]] = []
    for offset in [0, size / 2, size > 3000 ? size - 3000 : 0] {
      guard let bytes = try? volume.read(node, from: offset, count: 3000) else { return nil }
      samples.append(bytes)
    }
    return File(kind: node.record.kind, byteCount: size, samples: samples)
  }
}

extension Mend {
  /// Whether this says that the node could be read, and is not there for another reason: it is no root
  /// directory, or its block is another one's.
  func takes(node: UInt32) -> Bool {
    switch self {
    case .lostNode(node, .damaged(.circle, _)): true
    case .lostNode(node, .damaged(.node, _)): node == 1
    case .lostNodes(let first, let last, .damaged(.circle, _)): (first...last).contains(node)
    default: false
    }
  }

  /// Whether this says that the snapshot is gone.
  func takes(snapshot: Text) -> Bool {
    switch self {
    case .lostSnapshot(snapshot, _), .lostSnapshots: true
    default: false
    }
  }
}
