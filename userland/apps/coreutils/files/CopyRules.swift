// SPDX-License-Identifier: MIT
import Base
import OptionParser
import UtilityFrame

/// What `cp` and `mv` do beside copying.
struct CopyRules {
  enum Replacing { case always, asking, never }
  /// What a file becomes at its target.
  enum Making { case copies, furtherNames, symbolicLinks }

  var replacing = Replacing.always
  var making = Making.copies
  /// Only what is newer than the target, or not there.
  var onlyNewer = false
  /// A target that cannot be opened is removed first.
  var isForced = false
  var isVerbose = false
  var isRecursive = false
  /// Mode, owner and times.
  var preserves = false
  /// Several names of one file become names of one copy.
  var keepsNames = false
  /// The copy is to be on its medium before it counts.
  var synchronises = false
  var following = FileWalk.Following.nothing
}

/// Where sources go: a directory, or one name.
struct CopyTarget {
  let path: Text
  let isDirectory: Bool

  /// Takes the target off the operands, which are the sources then.
  static func take(
    from operands: inout [Text], _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> CopyTarget {
    if let directory = options.value("-t") {
      guard !operands.isEmpty else { throw .usage("which file?") }
      guard invocation.system.isDirectory(directory) else {
        throw .failed("target " + directory.quotedForMessage + " is not a directory")
      }
      return CopyTarget(path: directory, isDirectory: true)
    }
    guard let first = operands.first else { throw .usage("which file?") }
    guard operands.count > 1 else {
      throw .usage("where to? after " + first.quotedForMessage)
    }
    let last = operands.removeLast()
    let isDirectory = !options.has("-T") && invocation.system.isDirectory(last)
    guard isDirectory || operands.count == 1 else {
      throw .failed("target " + last.quotedForMessage + " is not a directory")
    }
    return CopyTarget(path: last, isDirectory: isDirectory)
  }

  /// Where `source` goes. What ends in `.` or `..` has no name: then what is in it goes there.
  func place(of source: Text) -> Text {
    guard isDirectory else { return path }
    let last = source.split(at: 0x2F).last { !$0.isEmpty } ?? ""
    return last == "." || last == ".." ? path : Path.join(path, Path.name(of: source))
  }
}
