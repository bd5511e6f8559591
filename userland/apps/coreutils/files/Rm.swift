// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

enum Rm: UtilityProgram {
  static var manual: Manual {
    Manual(
      "rm", "remove files", synopsis: ["[-dfirv] FILE…"],
      description: """
        Removes the names of files. Links are removed, not what they lead to. The root, . and .. \
        are never removed.
        """,
      options: [
        .init("-d, --dir", "also empty directories"),
        .init("-f, --force", "do not ask, and say nothing of files that are not there"),
        .init("-i", "ask before each file"),
        .init("-r, --recursive", "directories with all that is in them"),
        .init("-R", "the same as -r"),
        .init("-v, --verbose", "say what is removed"),
      ],
      examples: [.init("rm -- -x", "remove a file whose name begins with a dash")],
      seeAlso: ["rmdir", "mv"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let isForced = options.last(of: ["-i", "-f"]) == 1
    guard !options.operands.isEmpty || isForced else { throw .usage("which file?") }
    var remover = TreeRemover(
      invocation: invocation, isForced: isForced, asks: options.last(of: ["-i", "-f"]) == 0,
      isRecursive: options.has("-r") || options.has("-R"), removesEmpty: options.has("-d"),
      isVerbose: options.has("-v"))
    for operand in options.operands { remover.remove(operand) }
    return 0
  }
}

/// Removes files and trees, and complains of what cannot be removed.
struct TreeRemover {
  let invocation: Invocation
  var isForced = false
  var asks = false
  var isRecursive = true
  var removesEmpty = false
  var isVerbose = false

  /// - Returns: whether all of it is gone.
  @discardableResult
  mutating func remove(_ path: Text) -> Bool {
    guard isAllowed(path) else { return false }
    guard isRecursive else { return removeOne(path) }
    var walk = FileWalk(path, invocation.system)
    // For each depth, whether something below is still there: its directory cannot be removed then.
    var isKept: [Bool] = []
    var isGone = true
    while let item = walk.next() {
      var isRemoved = true
      switch item.visit {
      case .file: isRemoved = removeFile(item.path)
      case .enter:
        isKept.append(false)
        if asks, !isEntered(item) {
          walk.skip()
          isKept[isKept.count - 1] = true
        }
        continue
      case .leave:
        isRemoved = isKept.popLast() == false && removeDirectory(item.path)
      case .failed(let error):
        if error == .notFound, isForced { continue }
        complain(item.path, error)
        // A directory that cannot be listed is left next.
        isRemoved = false
      }
      if isRemoved { continue }
      if isKept.isEmpty { isGone = false } else { isKept[isKept.count - 1] = true }
    }
    return isGone
  }

  private func isAllowed(_ path: Text) -> Bool {
    var end = path.count
    while end > 1, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
    let last = path[0..<end].split(at: UInt8(ascii: "/")).last ?? Text()
    if last == "." || last == ".." {
      invocation.complain("refusing to remove '.' or '..': skipping " + path.quotedForMessage)
      return false
    }
    let place = Path.resolved(path, from: invocation.system.workingDirectory)
    if !path.isEmpty, place == "/" || place == "/scheme" {
      invocation.complain("refusing to remove the root: skipping " + path.quotedForMessage)
      return false
    }
    return true
  }

  private func removeOne(_ path: Text) -> Bool {
    do throws(SystemError) {
      guard try invocation.system.status(path, following: false).isDirectory else {
        return removeFile(path)
      }
    } catch {
      if error == .notFound, isForced { return true }
      complain(path, error)
      return false
    }
    guard removesEmpty else {
      complain(path, .isDirectory)
      return false
    }
    return removeDirectory(path)
  }

  private func removeFile(_ path: Text) -> Bool {
    if asks, !invocation.isConfirmed("remove " + path.quotedForMessage + "?") { return false }
    do throws(SystemError) { try invocation.system.remove(path) } catch {
      // Somebody else was faster.
      if error == .notFound, isForced { return true }
      complain(path, error)
      return false
    }
    if isVerbose { invocation.output.put("removed " + path.quotedForMessage + "\n") }
    return true
  }

  private func isEntered(_ item: FileWalk.Item) -> Bool {
    // An empty one is asked about once.
    do throws(SystemError) {
      if try invocation.system.entries(item.path).isEmpty { return true }
    } catch { return true }
    return invocation.isConfirmed("descend into directory " + item.path.quotedForMessage + "?")
  }

  private func removeDirectory(_ path: Text) -> Bool {
    if asks, !invocation.isConfirmed("remove directory " + path.quotedForMessage + "?") {
      return false
    }
    do throws(SystemError) { try invocation.system.removeDirectory(path) } catch {
      complain(path, error)
      return false
    }
    if isVerbose { invocation.output.put("removed directory " + path.quotedForMessage + "\n") }
    return true
  }

  private func complain(_ path: Text, _ error: SystemError) {
    invocation.complain(
      "cannot remove " + path.quotedForMessage + ": " + Text(error.explanation))
  }
}
