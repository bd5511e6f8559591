// SPDX-License-Identifier: MIT
import ABI
import Base
import UtilityFrame

/// `cp -l` and `cp -s`: names that lead to a file in place of copies of it.
extension TreeCopier {
  /// - Returns: whether there is one now.
  func makeName(_ source: Text, _ target: Text, _ replaces: Bool) -> Bool {
    let system = invocation.system
    do throws(SystemError) {
      if rules.making == .symbolicLinks {
        guard try leadsBack(source, target) else {
          invocation.complain(
            "cannot link " + target.quotedForMessage
              + ": a relative path leads back from the working directory alone")
          return false
        }
        // As with `ln`, what is there goes only where that was asked for.
        if replaces, replacesNames { try system.remove(target) }
        try system.makeLink(target, to: source)
      } else {
        let path = rules.following == .nothing ? source : try system.realPath(source)
        if replaces, replacesNames { try system.remove(target) }
        try system.link(path, as: target)
      }
      return true
    } catch {
      invocation.complain(
        "cannot link " + target.quotedForMessage + " to " + source.quotedForMessage + ": "
          + Text(error.explanation))
      return false
    }
  }

  private var replacesNames: Bool { rules.isForced || rules.replacing == .asking }

  /// Whether `source` names the same file from the directory of `target`.
  private func leadsBack(_ source: Text, _ target: Text) throws(SystemError) -> Bool {
    if source.hasPrefix("/") { return true }
    let system = invocation.system
    let place = Path.parent(of: Path.resolved(target, from: system.workingDirectory))
    return try system.realPath(place) == (try system.realPath("."))
  }
}
