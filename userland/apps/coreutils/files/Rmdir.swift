// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

enum Rmdir: UtilityProgram {
  static var manual: Manual {
    Manual(
      "rmdir", "remove empty directories", synopsis: ["[-pv] DIRECTORY…"],
      description: "Removes the directories, each of which must be empty.",
      options: [
        .init("-p, --parents", "then the directories that it lay in: -p a/b removes a/b and a"),
        .init("--ignore-fail-on-non-empty", "a directory that is not empty is no error"),
        .init("-v, --verbose", "say what is removed"),
      ], seeAlso: ["rm", "mkdir"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which directory?") }
    for operand in options.operands {
      var path = operand
      while remove(path, options, invocation), options.has("-p") {
        let parent = Path.normalised(path).lastIndex(of: UInt8(ascii: "/"))
        guard let parent, parent > 0 else { break }
        path = Path.normalised(path)[0..<parent]
      }
    }
    return 0
  }

  private static func remove(
    _ path: Text, _ options: Options, _ invocation: Invocation
  ) -> Bool {
    do throws(SystemError) {
      // Taken out of the text, `a/.` would be `a`.
      if path == "." || path.hasSuffix("/.") { throw .invalidArgument }
      try invocation.system.removeDirectory(path)
    } catch {
      if error == .directoryNotEmpty, options.has("--ignore-fail-on-non-empty") { return false }
      invocation.complain(
        "failed to remove " + path.quotedForMessage + ": " + Text(error.explanation))
      return false
    }
    if options.has("-v") {
      invocation.output.put("rmdir: removed directory " + path.quotedForMessage + "\n")
    }
    return true
  }
}
