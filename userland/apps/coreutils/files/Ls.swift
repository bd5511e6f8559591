// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Ls: UtilityProgram {
  static var manual: Manual {
    Manual(
      "ls", "list directories",
      synopsis: ["[-1aAcCdFghilLmnopQRrsStuUvxX] [--color[=WHEN]] [FILE…]"],
      description: """
        Shows what is in the directories that are named, in the working directory without any, and \
        the files that are named, sorted by name. On a terminal the names stand side by side, and \
        characters that would control the terminal are shown as question marks.
        """,
      options: [
        .init("-1", "one name a line"),
        .init("-a, --all", "also names that begin with a dot, . and .. among them"),
        .init("-A, --almost-all", "the same without . and .."),
        .init("-c", "with -l and -t: the time of the last change of status"),
        .init("-C", "names side by side, on no terminal too"),
        .init("-d, --directory", "directories themselves, not what is in them"),
        .init("-F, --classify", "mark directories by /, links by @, programs by *, and so on"),
        .init("-g", "as -l, without owners"),
        .init("-h, --human-readable", "with -l and -s: sizes such as 4.0K and 17M"),
        .init("-i, --inode", "the number of each file"),
        .init("-l", "type, permissions, links, owner, group, size, time of change, name"),
        .init("-L, --dereference", "of links, what they lead to"),
        .init("-m", "names one behind the other, with commas"),
        .init("-n, --numeric", "as -l, with numbers for owner and group"),
        .init("-N, --literal", "names as they are, on terminals too"),
        .init("-o", "as -l, without groups"), .init("-p", "mark directories by /"),
        .init("-Q, --quote-name", "names in double quotes"),
        .init("-R, --recursive", "also what is in directories further down"),
        .init("-r, --reverse", "in the opposite order"),
        .init("-s, --size", "the space that each file takes, in units of 1024 bytes"),
        .init("-S", "the largest first"),
        .init("-t", "the newest first"),
        .init("-u", "with -l and -t: the time of the last access"),
        .init("-U", "in the order of the file system"),
        .init("-v", "by name, with numbers in names by their value"),
        .init("-x", "names side by side, read across"),
        .init("-X", "by the ending of names"),
        .init("--color[=WHEN]", "colours by type: always, never, auto (on terminals; the default)"),
        .init("--full-time", "as -l, with times to the nanosecond"),
        .init("--group-directories-first", "directories before other files"),
        .init("--sort=WORD", "by none, size, time, version, extension or name"),
        .init("--time-style=STYLE", "times as full-iso, long-iso, iso, locale or +FORMAT of date"),
      ],
      exitStatus: [
        .init("0", "All was listed."),
        .init("1", "A directory further down could not be listed."),
        .init(
          "2", "A file that was named could not be shown, output was lost, or the call was wrong."),
      ],
      examples: [.init("ls -la /", "all about everything in the root")],
      seeAlso: ["stat", "du", "find"], failureStatus: 2)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var listing = Listing(invocation, try ListStyle(options, invocation.system))
    listing.list(options.operands.isEmpty ? ["."] : options.operands)
    return listing.hasBadOperand ? 2 : 0
  }
}
