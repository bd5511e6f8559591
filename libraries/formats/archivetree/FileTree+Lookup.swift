// SPDX-License-Identifier: MIT
public import Base
import Core

/// Where a path leads.
public enum Lookup: Equatable, Sendable {
  case found(Int)
  /// The path, or a link on it, leaves the scheme: whoever asks goes on at this path, which is
  /// absolute.
  case elsewhere(Text)
  case notFound
  /// Something that is no directory is used as one.
  case notDirectory
  /// A chain of links that does not end.
  case tooManyLinks
}

extension FileTree {
  /// Links followed on one path.
  private static var linkLimit: Int { 16 }

  /// Follows `path` from `start`.
  ///
  /// - Parameter followsLast: whether a link at the end of the path is followed, too.
  @export(interface)
  public func look(up path: Text, from start: Int, followsLast: Bool) -> Lookup {
    var left = components(of: path)
    var node = path.hasPrefix("/") ? Self.root : start
    var links = 0
    while let name = left.popLast() {
      guard nodes[node].kind == .directory else { return .notDirectory }
      if name == "." { continue }
      if name == ".." {
        node = nodes[node].parent
        continue
      }
      guard let next = child(name.span, of: node) else { return .notFound }
      guard nodes[next].kind == .symbolicLink, followsLast || !left.isEmpty else {
        node = next
        continue
      }
      links += 1
      guard links <= Self.linkLimit else { return .tooManyLinks }
      let target = nodes[next].target
      if target.hasPrefix("/") {
        left.reverse()
        return .elsewhere(left.isEmpty ? target : target + "/" + left.joined(by: "/"))
      }
      left += components(of: target)
    }
    return .found(node)
  }

  /// The components, last one first; a path that ends in a slash means a directory.
  private func components(of path: Text) -> [Text] {
    var parts: [Text] = []
    for part in path.split(at: 0x2F) where !part.isEmpty { parts.append(part) }
    if path.hasSuffix("/"), !parts.isEmpty { parts.append(".") }
    parts.reverse()
    return parts
  }
}
