// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Chmod: UtilityProgram {
  static var manual: Manual {
    Manual(
      "chmod", "change permissions",
      synopsis: ["[-Rcfv] MODE FILE…", "[-Rcfv] --reference=FILE FILE…"],
      description: """
        Changes the permissions of files. A mode is a number in octal, such as 755, or changes apart \
        by commas: whom it is about (u owner, g group, o others, a all), an action (+ - =) and what \
        (r read, w write, x execute, X execute for directories and programs, s set-id, t sticky, or \
        u, g, o to copy theirs). Links are followed, but with -R those inside a tree are left alone.
        """,
      options: [
        .init("-R, --recursive", "also all that is in directories"),
        .init("-c, --changes", "say what is changed"),
        .init("-f, --silent", "say nothing of what cannot be changed"),
        .init("-v, --verbose", "say of each file what became of it"),
        .init("--reference=FILE", "the mode of this file"),
      ],
      examples: [
        .init("chmod u+x,go-w run", "its owner may run it, others may not write it"),
        .init("chmod a=rwxt /tmp", "everyone may make files, only owners remove them"),
      ], seeAlso: ["chown", "stat", "ls"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var arguments = invocation.arguments
    var mode: SymbolicMode?
    // `-w` is a mode: it stands first among what is no option.
    for (index, argument) in arguments.enumerated() {
      guard argument.hasPrefix("-"), argument.count > 1, argument != "--" else { break }
      if let found = SymbolicMode(argument) {
        mode = found
        arguments.remove(at: index)
        break
      }
    }
    let options = try invocation.options(of: arguments)
    var operands = options.operands
    if let reference = options.value("--reference") {
      do throws(SystemError) {
        let status = try invocation.system.status(reference, following: true)
        mode = SymbolicMode(Text { $0.put(octal: UInt64(status.permissions)) })
      } catch {
        throw .failed(reference.shownSafely + ": " + Text(error.explanation))
      }
    } else if mode == nil {
      guard !operands.isEmpty else { throw .usage("which mode?") }
      let text = operands.removeFirst()
      mode = SymbolicMode(text)
      if mode == nil { throw .usage("invalid mode " + text.quotedForMessage) }
    }
    guard let mode, !operands.isEmpty else { throw .usage("which file?") }
    let changer = AttributeChanger(invocation: invocation, options: options) { path, status in
      var attributes = FileAttributes()
      attributes.valid = 1
      attributes.mode = mode.applied(
        to: status.permissions, isDirectory: status.isDirectory,
        mask: invocation.system.creationMask)
      return attributes
    }
    for operand in operands { changer.change(operand, following: true) }
    return changer.hasFailed ? 1 : 0
  }
}
