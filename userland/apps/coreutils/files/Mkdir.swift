// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Mkdir: UtilityProgram {
  static var manual: Manual {
    Manual(
      "mkdir", "make directories", synopsis: ["[-pv] [-m MODE] DIRECTORY…"],
      description: "Makes the directories, each of which must not be there yet.",
      options: [
        .init(
          "-m, --mode=MODE",
          "the permissions, as chmod takes them; the creation mask does not count"),
        .init(
          "-p, --parents", "also the directories on the way; what is there already is no error"),
        .init("-v, --verbose", "say what is made"),
      ],
      examples: [.init("mkdir -m a=rwxt /tmp", "a directory where everyone may make files")],
      seeAlso: ["rmdir", "chmod"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which directory?") }
    var mode: SymbolicMode?
    if let text = options.value("-m") {
      mode = SymbolicMode(text)
      guard mode != nil else { throw .usage("invalid mode " + text.quotedForMessage) }
    }
    let maker = DirectoryMaker(invocation: invocation, mode: mode, isVerbose: options.has("-v"))
    for operand in options.operands {
      if options.has("-p") { maker.makeAll(operand) } else { _ = maker.make(operand, mode: mode) }
    }
    return 0
  }
}

private struct DirectoryMaker {
  let invocation: Invocation
  let mode: SymbolicMode?
  let isVerbose: Bool

  func makeAll(_ path: Text) {
    var place: Text = Path.isAbsolute(path) ? "/" : Text()
    let parts = path.split(at: UInt8(ascii: "/")).filter { !$0.isEmpty && $0 != "." }
    for (index, part) in parts.enumerated() {
      place = Path.join(place, part)
      let isLast = index == parts.count - 1
      if invocation.system.isDirectory(place) { continue }
      guard make(place, mode: isLast ? mode : nil) else { return }
    }
  }

  func make(_ path: Text, mode: SymbolicMode?) -> Bool {
    do throws(SystemError) {
      try invocation.system.makeDirectory(path, mode: 0o777)
      if let mode {
        var attributes = FileAttributes()
        attributes.valid = 1
        attributes.mode = mode.applied(
          to: 0o777, isDirectory: true, mask: invocation.system.creationMask)
        try invocation.system.setAttributes(path, attributes, following: false)
      }
    } catch {
      invocation.complain(
        "cannot create directory " + path.quotedForMessage + ": " + Text(error.explanation))
      return false
    }
    if isVerbose {
      invocation.output.put("mkdir: created directory " + path.quotedForMessage + "\n")
    }
    return true
  }
}
