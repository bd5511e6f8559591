// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

enum Cp: UtilityProgram {
  static var manual: Manual {
    Manual(
      "cp", "copy files and directories",
      synopsis: [
        "[-adfHiLlnPpRrsuvT] SOURCE TARGET", "[-adfHiLlnPpRrsuv] SOURCE… DIRECTORY",
        "[-adfHiLlnPpRrsuv] -t DIRECTORY SOURCE…",
      ],
      description: """
        Copies files, with -r also directories. If the target is a directory, the copies come to \
        lie in it. A copy that cannot be finished is removed; if there was a file of that name \
        before, what is left of it is reported.

        Devices and pipes are read, but not copied by -r. Several names of one file become several \
        files, but with -a and -d.
        """,
      options: [
        .init("-a, --archive", "the same as -rpd"),
        .init("-d", "the same as -P, and several names of one file become names of one copy"),
        .init("-f, --force", "remove a target that cannot be opened, and try again"),
        .init("-H", "follow links that are named"),
        .init("-i, --interactive", "ask before a file is replaced"),
        .init("-L, --dereference", "follow all links"),
        .init("-l, --link", "give files further names in place of copying them"),
        .init("-n, --no-clobber", "replace no file"),
        .init("-P, --no-dereference", "copy links as links; what -r does"),
        .init("-p, --preserve", "keep permissions, owners and times"),
        .init("-r, --recursive", "directories with all that is in them"),
        .init("-R", "the same as -r"),
        .init("-s, --symbolic-link", "make symbolic links to files in place of copying them"),
        .init("-t, --target-directory=DIRECTORY", "where the copies go"),
        .init("-T, --no-target-directory", "the target is a name, even if it is a directory's"),
        .init("-u, --update", "only what is newer than its target, or has none"),
        .init("-v, --verbose", "say what is copied"),
      ],
      seeAlso: ["mv", "rm", "dd"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var rules = CopyRules()
    let isArchive = options.has("-a")
    rules.isRecursive = isArchive || options.has("-r") || options.has("-R")
    rules.preserves = isArchive || options.has("-p")
    rules.keepsNames = isArchive || options.has("-d")
    rules.isForced = options.has("-f")
    rules.isVerbose = options.has("-v")
    rules.onlyNewer = options.has("-u")
    switch options.last(of: ["-l", "-s"]) {
    case 0: rules.making = .furtherNames
    case 1: rules.making = .symbolicLinks
    default: break
    }
    switch options.last(of: ["-i", "-n"]) {
    case 0: rules.replacing = .asking
    case 1: rules.replacing = .never
    default: break
    }
    switch options.last(of: ["-a", "-H", "-L", "-P", "-d"]) {
    case 0, 3, 4: rules.following = .nothing
    case 1: rules.following = .root
    case 2: rules.following = .all
    default: rules.following = rules.isRecursive ? .nothing : .all
    }
    var sources = options.operands
    let target = try CopyTarget.take(from: &sources, options, invocation)
    let made = MadePlaces(sources, target)
    let copier = TreeCopier(invocation: invocation, rules: rules, made: made)
    for source in sources {
      _ = copier.copy(source, to: target.place(of: source))
      try invocation.checkOutput()
    }
    return 0
  }
}
