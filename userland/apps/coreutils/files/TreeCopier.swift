// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Copies files and trees, and complains of what cannot be copied.
struct TreeCopier {
  let invocation: Invocation
  let rules: CopyRules
  private let names = CopiedNames()
  private let made: MadePlaces?

  init(invocation: Invocation, rules: CopyRules, made: MadePlaces? = nil) {
    self.invocation = invocation
    self.rules = rules
    self.made = made
  }

  private var system: UtilitySystem { invocation.system }

  /// Copies one operand.
  /// - Returns: whether all of it was copied, or was to be left out.
  func copy(_ source: Text, to target: Text) -> Bool {
    do throws(SystemError) {
      let status = try system.status(source, following: rules.following != .nothing)
      guard status.isDirectory else { return copyOne(source, status, to: target) }
      guard rules.isRecursive else {
        invocation.complain("-r not specified; omitting directory " + source.quotedForMessage)
        return false
      }
      if try isInside(target, source) {
        invocation.complain(
          "cannot copy a directory, " + source.quotedForMessage + ", into itself, "
            + target.quotedForMessage)
        return false
      }
    } catch {
      complain("cannot copy ", source, error)
      return false
    }
    return copyTree(source, to: target)
  }

  /// Whether `path` is `directory` or lies in it, after all links.
  private func isInside(_ path: Text, _ directory: Text) throws(SystemError) -> Bool {
    let outer = try system.realPath(directory)
    let inner = try system.realPath(path, missing: .all)
    return inner == outer || inner.hasPrefix(outer == "/" ? outer : outer + "/")
  }

  private func copyTree(_ source: Text, to target: Text) -> Bool {
    var walk = FileWalk(source, system, following: rules.following)
    var isComplete = true
    // A directory that is not made is not finished either.
    var isSkipped = false
    while let item = walk.next() {
      // The walk's paths begin with the source's, as it was written.
      let place = item.depth == 0 ? target : Path.join(target, rest(of: item.path, after: source))
      switch item.visit {
      case .file where rules.following == .all && item.status.isLink:
        // The walk shows a link that it should have followed: it leads nowhere.
        complain("cannot copy ", item.path, .notFound)
        isComplete = false
      case .file: isComplete = copyOne(item.path, item.status, to: place) && isComplete
      case .enter:
        if !makeDirectory(item, place) {
          isComplete = false
          isSkipped = true
          walk.skip()
        }
      case .leave where isSkipped: isSkipped = false
      case .leave: isComplete = finishDirectory(item, place) && isComplete
      case .failed(let error):
        complain("cannot copy ", item.path, error)
        isComplete = false
      }
      if invocation.output.failure != nil { return false }
    }
    return isComplete
  }

  private func rest(of path: Text, after root: Text) -> Text {
    var start = root.count
    while start < path.count, path[start] == UInt8(ascii: "/") { start += 1 }
    return path[start...]
  }

  // MARK: Directories

  private func makeDirectory(_ item: FileWalk.Item, _ place: Text) -> Bool {
    if let old = system.statusIfAny(place) {
      guard !old.isDirectory else { return true }
      invocation.complain(
        "cannot overwrite non-directory " + place.quotedForMessage + " with directory "
          + item.path.quotedForMessage)
      return false
    }
    do throws(SystemError) {
      // Until it is left, its maker must be able to make files in it.
      try system.makeDirectory(place, mode: item.status.permissions & 0o777 | 0o700)
    } catch {
      complain("cannot create directory ", place, error)
      return false
    }
    say(item.path, place)
    return true
  }

  private func finishDirectory(_ item: FileWalk.Item, _ place: Text) -> Bool {
    if rules.preserves { return preserve(item.status, place) }
    let wanted = item.status.permissions & 0o777 & ~system.creationMask
    guard let made = system.statusIfAny(place), made.isDirectory,
      item.status.permissions & 0o700 != 0o700, made.permissions & 0o700 == 0o700
    else { return true }
    var attributes = FileAttributes()
    attributes.valid = 1
    attributes.mode = wanted
    do throws(SystemError) {
      try system.setAttributes(place, attributes, following: false)
      return true
    } catch {
      complain("cannot set permissions of ", place, error)
      return false
    }
  }

  // MARK: Files and links

  /// Copies what is no directory.
  func copyOne(_ source: Text, _ status: FileStatus, to target: Text) -> Bool {
    var replaced: FileStatus?
    if let old = system.statusIfAny(target, following: false) {
      guard let decision = mayReplace(source, status, target, old) else { return false }
      if !decision { return true }
      if let made, !made.allow(source, at: target, invocation) { return false }
      replaced = old
    }
    let isCopied: Bool
    switch status.type {
    case FileMode.symbolicLink: isCopied = copyLink(source, target, replaced != nil)
    case FileMode.directory: isCopied = false
    case _ where rules.making != .copies: isCopied = makeName(source, target, replaced != nil)
    case FileMode.regular, 0:
      if rules.keepsNames, isNamed(target, as: status, replaced != nil) {
        made?.note(target)
        say(source, target)
        return true
      }
      isCopied = copyContent(source, status, target, replaced)
      if isCopied { names.note(status, at: target) }
    default:
      guard !rules.isRecursive else {
        invocation.complain("not copying the special file " + source.quotedForMessage)
        return false
      }
      isCopied = copyContent(source, status, target, replaced)
    }
    guard isCopied else { return false }
    made?.note(target)
    say(source, target)
    // What is the same file has its attributes already.
    let isOwnFile = status.isLink || rules.making == .copies
    return !rules.preserves || !isOwnFile || preserve(status, target)
  }

  /// - Returns: `nil` if it cannot be, false if it is not to be.
  private func mayReplace(
    _ source: Text, _ status: FileStatus, _ target: Text, _ old: FileStatus
  ) -> Bool? {
    if old.isDirectory {
      invocation.complain(
        "cannot overwrite directory " + target.quotedForMessage + " with non-directory "
          + source.quotedForMessage)
      return nil
    }
    let reached = system.statusIfAny(target) ?? old
    let isSame =
      status.isSame(as: old) || !status.isLink && status.isSame(as: reached)
    if isSame {
      // The name is there already.
      if rules.making == .furtherNames, status.isSame(as: old) { return false }
      invocation.complain(
        source.quotedForMessage + " and " + target.quotedForMessage + " are the same file")
      return nil
    }
    if rules.onlyNewer, status.modified <= old.modified { return false }
    switch rules.replacing {
    case .always: return true
    case .never: return false
    case .asking: return invocation.isConfirmed("overwrite " + target.quotedForMessage + "?")
    }
  }

  /// Gives the copy that another name of the file has become this name too.
  /// - Returns: false if there is none, or it cannot have the name: then this one becomes a file.
  private func isNamed(_ target: Text, as status: FileStatus, _ replaces: Bool) -> Bool {
    guard let copy = names.place(of: status) else { return false }
    do throws(SystemError) {
      if replaces { try system.remove(target) }
      try system.link(copy, as: target)
      return true
    } catch { return false }
  }

  private func copyLink(_ source: Text, _ target: Text, _ replaces: Bool) -> Bool {
    do throws(SystemError) {
      let leadsTo = try system.target(ofLink: source)
      if replaces { try system.remove(target) }
      try system.makeLink(target, to: leadsTo)
      return true
    } catch {
      complain("cannot create link ", target, error)
      return false
    }
  }

  private func copyContent(
    _ source: Text, _ status: FileStatus, _ target: Text, _ replaced: FileStatus?
  ) -> Bool {
    var copying = FileCopying(system: system)
    let failure = copying.copy(
      source, target, mode: status.permissions & 0o777, isForced: rules.isForced,
      replaces: replaced != nil, synchronises: rules.synchronises)
    guard let failure else { return true }
    switch failure.place {
    case .source: complain("cannot open ", source, failure.error)
    case .reading: complain("error reading ", source, failure.error)
    case .target: complain("cannot create ", target, failure.error)
    case .writing: complain("error writing ", target, failure.error)
    }
    if failure.leavesPart {
      invocation.complain(target.quotedForMessage + " is incomplete")
    }
    return false
  }

  // MARK: Attributes

  private func preserve(_ status: FileStatus, _ place: Text) -> Bool {
    var attributes = FileAttributes()
    attributes.accessed = status.accessed
    attributes.modified = status.modified
    attributes.user = status.user
    attributes.group = status.group
    attributes.mode = status.permissions
    do throws(SystemError) {
      let new = try system.status(place, following: false)
      // The owner first: changing it may take set-id bits away. A link's mode says nothing.
      if new.user != status.user || new.group != status.group {
        attributes.valid = 2 | 4
        do throws(SystemError) {
          try system.setAttributes(place, attributes, following: false)
        } catch {
          // Only who may manage files gives them away; nobody gets set-id bits of another owner.
          guard error == .notPermitted || error == .accessDenied else { throw error }
          attributes.mode &= 0o1777
        }
      }
      attributes.valid = new.isLink ? 8 | 16 : 1 | 8 | 16
      try system.setAttributes(place, attributes, following: false)
      return true
    } catch {
      complain("cannot preserve attributes of ", place, error)
      return false
    }
  }

  // MARK: Words

  private func say(_ source: Text, _ target: Text) {
    guard rules.isVerbose else { return }
    invocation.output.put(source.quotedForMessage + " -> " + target.quotedForMessage + "\n")
  }

  private func complain(_ what: Text, _ path: Text, _ error: SystemError) {
    invocation.complain(what + path.quotedForMessage + ": " + Text(error.explanation))
  }
}
