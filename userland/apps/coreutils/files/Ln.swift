// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

enum Ln: UtilityProgram {
  static var manual: Manual {
    Manual(
      "ln", "make links",
      synopsis: [
        "[-fnsTv] TARGET [LINK]", "[-fnsv] TARGET… DIRECTORY", "[-fnsv] -t DIRECTORY TARGET…",
      ],
      description: """
        Gives a file a further name, or with -s makes a symbolic link that leads to a path. Without \
        LINK the new name is that of the target, in the working directory.
        """,
      options: [
        .init("-f, --force", "replace a file that has the name"),
        .init(
          "-n, --no-dereference", "replace a link to a directory, make nothing in the directory"),
        .init("-s, --symbolic", "make symbolic links; their targets need not exist"),
        .init("-t, --target-directory=DIRECTORY", "where the links go"),
        .init("-T, --no-target-directory", "LINK is a name, even if it is a directory's"),
        .init("-v, --verbose", "say what is made"),
      ],
      seeAlso: ["cp", "readlink", "ls"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var targets = options.operands
    guard !targets.isEmpty else { throw .usage("which file?") }
    if let directory = options.value("-t") {
      guard invocation.system.isDirectory(directory) else {
        throw .failed("target " + directory.quotedForMessage + " is not a directory")
      }
      for target in targets {
        make(Path.join(directory, Path.name(of: target)), to: target, options, invocation)
      }
      return 0
    }
    guard targets.count > 1 else {
      make(Path.name(of: targets[0]), to: targets[0], options, invocation)
      return 0
    }
    let last = targets.removeLast()
    let isLink = invocation.system.statusIfAny(last, following: false)?.isLink ?? false
    let isDirectory =
      !options.has("-T") && invocation.system.isDirectory(last) && !(options.has("-n") && isLink)
    guard isDirectory || targets.count == 1 else {
      throw .usage("target " + last.quotedForMessage + " is not a directory")
    }
    for target in targets {
      make(
        isDirectory ? Path.join(last, Path.name(of: target)) : last, to: target, options,
        invocation)
    }
    return 0
  }

  private static func make(
    _ link: Text, to target: Text, _ options: Options, _ invocation: Invocation
  ) {
    let system = invocation.system
    do throws(SystemError) {
      if options.has("-f"), let old = system.statusIfAny(link, following: false) {
        if !options.has("-s"), old.isSame(as: try system.status(target, following: true)) {
          invocation.complain(
            target.quotedForMessage + " and " + link.quotedForMessage + " are the same file")
          return
        }
        try system.remove(link)
      }
      if options.has("-s") {
        try system.makeLink(link, to: target)
      } else {
        if system.isDirectory(target) { throw .isDirectory }
        try system.link(target, as: link)
      }
    } catch {
      invocation.complain(
        "cannot link " + link.quotedForMessage + " to " + target.quotedForMessage + ": "
          + Text(error.explanation))
      return
    }
    if options.has("-v") {
      invocation.output.put(link.quotedForMessage + " -> " + target.quotedForMessage + "\n")
    }
  }
}
