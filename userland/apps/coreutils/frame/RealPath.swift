// SPDX-License-Identifier: MIT
public import ABI
public import Base

extension UtilitySystem {
  /// The absolute path without links that leads to what `path` names.
  ///
  /// - Parameter missing: how much of the end need not be there.
  /// - Throws: `notFound`, `tooManySymbolicLinks` and what looking at a part throws.
  @export(interface)
  public final func realPath(
    _ path: Text, missing: MissingParts = .nothing
  ) throws(SystemError) -> Text {
    guard !path.isEmpty else { throw .notFound }
    // The next part is the last.
    var waiting = Array(
      Path.components(of: Path.resolved(path, from: workingDirectory)).reversed())
    var result: Text = "/"
    var links = 0
    while let name = waiting.popLast() {
      if name == ".." {
        result = Path.parent(of: result)
        continue
      }
      let place = Path.join(result, name)
      // What the kernel has at its root are schemes: no links, and some cannot be looked at.
      if result == "/" && name == "scheme" || result == "/scheme" {
        result = place
        continue
      }
      do throws(SystemError) {
        guard try status(place, following: false).isLink else {
          result = place
          continue
        }
      } catch {
        let mayMiss = missing == .all || missing == .last && waiting.isEmpty
        guard error == .notFound, mayMiss else { throw error }
        result = place
        continue
      }
      links += 1
      guard links <= 40 else { throw .tooManySymbolicLinks }
      let target = Path.resolved(try target(ofLink: place), from: result)
      waiting += Path.components(of: target).reversed()
      result = "/"
    }
    return result
  }
}

/// What of a path may be missing.
public enum MissingParts: Sendable { case nothing, last, all }
