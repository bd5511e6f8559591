// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import UtilityFrame

/// What `chmod` and `chown` share: going through operands and trees, and saying what was changed.
final class AttributeChanger {
  private let invocation: Invocation
  private let isRecursive: Bool
  private let isSilent: Bool
  private let saysChanges: Bool
  private let saysAll: Bool
  private let attributes: (Text, FileStatus) -> FileAttributes
  /// Something could not be changed, said or not.
  private(set) var hasFailed = false

  /// - Parameters:
  ///   - options: with `-R`, `-c`, `-f`, `-v`.
  ///   - attributes: what a file gets.
  init(
    invocation: Invocation, options: Options,
    attributes: @escaping (Text, FileStatus) -> FileAttributes
  ) {
    self.invocation = invocation
    isRecursive = options.has("-R")
    isSilent = options.has("-f")
    saysChanges = options.has("-c")
    saysAll = options.has("-v")
    self.attributes = attributes
  }

  /// - Parameter following: whether a link that is named is followed; those in trees are left.
  func change(_ operand: Text, following: Bool) {
    guard isRecursive else {
      do throws(SystemError) {
        let status = try invocation.system.status(operand, following: following)
        change(operand, status, following: following)
      } catch { complain(operand, error) }
      return
    }
    var walk = FileWalk(operand, invocation.system, following: following ? .root : .nothing)
    while let item = walk.next() {
      switch item.visit {
      // A directory first: what is in it may become reachable.
      case .file where item.status.isLink && (following || item.depth > 0): continue
      case .file, .enter:
        change(item.path, item.status, following: following && item.depth == 0)
      case .leave: continue
      case .failed(let error): complain(item.path, error)
      }
    }
  }

  private func change(_ path: Text, _ status: FileStatus, following: Bool) {
    let new = attributes(path, status)
    let isChange =
      new.valid & 1 != 0 && new.mode != status.permissions
      || new.valid & 2 != 0 && new.user != status.user
      || new.valid & 4 != 0 && new.group != status.group
    do throws(SystemError) {
      try invocation.system.setAttributes(path, new, following: following)
    } catch {
      complain(path, error)
      return
    }
    guard saysAll || saysChanges && isChange else { return }
    var line = (isChange ? "changed " : "kept ") + path.quotedForMessage + ": "
    if new.valid & 1 != 0 {
      line.put(octal: UInt64(status.permissions), digits: 4)
      line.put(" -> ")
      line.put(octal: UInt64(new.mode), digits: 4)
    } else {
      put(status.user, status.group, &line)
      line.put(" -> ")
      put(
        new.valid & 2 != 0 ? new.user : status.user,
        new.valid & 4 != 0 ? new.group : status.group, &line)
    }
    invocation.output.put(line + "\n")
  }

  private func put(_ user: UInt32, _ group: UInt32, _ line: inout Text) {
    line.put(decimal: UInt64(user))
    line.put(":")
    line.put(decimal: UInt64(group))
  }

  private func complain(_ path: Text, _ error: SystemError) {
    hasFailed = true
    guard !isSilent else { return }
    invocation.complain("cannot change " + path.quotedForMessage + ": " + Text(error.explanation))
  }
}
