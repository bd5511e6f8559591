// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Answers what an expression asks of a file.
struct FindTester {
  private let system: UtilitySystem
  /// Nanoseconds since 1970.
  private let now: UInt64

  init(_ system: UtilitySystem, now: UInt64) {
    self.system = system
    self.now = now
  }

  func holds(_ test: FindTest, _ item: FileWalk.Item) -> Bool {
    let status = item.status
    switch test {
    case .always(let answer): return answer
    case .name(let pattern, let ignoresCase):
      return NamePattern.matches(Self.name(of: item.path), pattern, ignoringCase: ignoresCase)
    case .path(let pattern, let ignoresCase):
      return NamePattern.matches(item.path, pattern, ignoringCase: ignoresCase)
    case .linkTarget(let pattern):
      guard status.isLink else { return false }
      do throws(SystemError) {
        return NamePattern.matches(try system.target(ofLink: item.path), pattern)
      } catch { return false }
    case .type(let types): return types.contains(status.type)
    case .size(let number, let unit):
      return number.fits(status.size / unit + (status.size % unit == 0 ? 0 : 1))
    case .age(let time, let number, let unit):
      let moment = moment(time, status)
      return number.fits(now > moment ? (now - moment) / unit : 0)
    case .newer(let time, let reference): return moment(time, status) > reference
    case .permissions(let mode, let kind):
      switch kind {
      case .exact: return status.permissions == mode
      case .all: return status.permissions & mode == mode
      case .any: return mode == 0 || status.permissions & mode != 0
      }
    case .empty: return isEmpty(item)
    case .links(let number): return number.fits(UInt64(status.links))
    case .inode(let number): return number.fits(status.inode)
    case .user(let number): return number.fits(UInt64(status.user))
    case .group(let number): return number.fits(UInt64(status.group))
    }
  }

  private func moment(_ time: FindTime, _ status: FileStatus) -> UInt64 {
    switch time {
    case .accessed: status.accessed
    case .modified: status.modified
    case .changed: status.changed
    }
  }

  private func isEmpty(_ item: FileWalk.Item) -> Bool {
    if item.status.isRegular { return item.status.size == 0 }
    guard item.status.isDirectory else { return false }
    do throws(SystemError) { return try system.entries(item.path).isEmpty } catch { return false }
  }

  /// What is behind the last slash, of a path as it was written.
  private static func name(of path: Text) -> Text {
    var end = path.count
    while end > 1, path[end - 1] == 0x2F { end -= 1 }
    let trimmed = path[0..<end]
    guard end > 1, let slash = trimmed.lastIndex(of: 0x2F) else { return trimmed }
    return trimmed[(slash + 1)...]
  }
}
