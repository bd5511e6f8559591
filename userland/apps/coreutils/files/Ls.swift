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
      "ls", "list directories", synopsis: ["[-1aAdFhilnRrStU] [--color[=WHEN]] [FILE…]"],
      description: """
        Shows what is in the directories that are named, in the working directory without any, and \
        the files that are named, sorted by name. On a terminal the names stand side by side, and \
        characters that would control the terminal are shown as question marks.
        """,
      options: [
        .init("-1", "one name a line"),
        .init("-a, --all", "also names that begin with a dot, . and .. among them"),
        .init("-A, --almost-all", "the same without . and .."),
        .init("-C", "names side by side, on no terminal too"),
        .init("-d, --directory", "directories themselves, not what is in them"),
        .init("-F, --classify", "mark directories by /, links by @, programs by *, and so on"),
        .init("-h, --human-readable", "with -l: sizes such as 4.0K and 17M"),
        .init("-i, --inode", "the number of each file"),
        .init("-l", "type, permissions, links, owner, group, size, time of change, name"),
        .init("-n, --numeric", "as -l, with numbers for owner and group"),
        .init("-R, --recursive", "also what is in directories further down"),
        .init("-r, --reverse", "in the opposite order"),
        .init("-S", "the largest first"),
        .init("-t", "the newest first"),
        .init("-U", "in the order of the file system"),
        .init("--color[=WHEN]", "colours by type: always, never, auto (on terminals; the default)"),
      ],
      exitStatus: [
        .init("0", "All was listed."),
        .init("1", "A directory further down could not be listed."),
        .init("2", "A file that was named could not be shown, or the call was wrong."),
      ],
      examples: [.init("ls -la /", "all about everything in the root")],
      seeAlso: ["stat", "du", "find"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var listing = Listing(invocation, try ListStyle(options, invocation.system))
    listing.list(options.operands.isEmpty ? ["."] : options.operands)
    return listing.hasBadOperand ? 2 : 0
  }
}

/// How files are listed.
struct ListStyle {
  enum Layout { case columns, lines, long }
  enum Order { case name, size, time, none }

  var layout: Layout
  var order = Order.name
  var isReversed: Bool
  var showsHidden: Bool
  var showsSelf: Bool
  var listsDirectories: Bool
  var marksTypes: Bool
  var hasReadableSizes: Bool
  var showsInodes: Bool
  var isNumeric: Bool
  var isRecursive: Bool
  var isColoured: Bool
  let isTerminal: Bool

  init(_ options: Options, _ system: UtilitySystem) throws(UtilityStop) {
    isTerminal = system.isTerminal(.standardOutput)
    layout = isTerminal ? .columns : .lines
    switch options.last(of: ["-1", "-C", "-l", "-n"]) {
    case 0: layout = options.has("-l") || options.has("-n") ? .long : .lines
    case 1: layout = .columns
    case nil: break
    default: layout = .long
    }
    switch options.last(of: ["-S", "-t", "-U"]) {
    case 0: order = .size
    case 1: order = .time
    case 2: order = .none
    default: break
    }
    isReversed = options.has("-r")
    showsSelf = options.has("-a")
    showsHidden = showsSelf || options.has("-A")
    listsDirectories = !options.has("-d")
    marksTypes = options.has("-F")
    hasReadableSizes = options.has("-h")
    showsInodes = options.has("-i")
    isNumeric = options.has("-n")
    isRecursive = options.has("-R") && listsDirectories
    isColoured = isTerminal
    guard options.has("--color") else { return }
    switch options.value("--color") {
    case nil, "always", "yes": isColoured = true
    case "auto": break
    case "never", "no": isColoured = false
    case let value?:
      throw .usage("--color takes always, auto or never, not " + value.quotedForMessage)
    }
  }

  /// Whether more than the names must be known.
  var needsStatus: Bool {
    layout == .long || order == .size || order == .time || marksTypes || isColoured
  }
}
