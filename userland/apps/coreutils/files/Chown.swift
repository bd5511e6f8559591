// SPDX-License-Identifier: MIT
import ABI
import Base
import Manual
import OptionParser
import UtilityFrame

private func ownerOptions(_ reference: StaticString) -> [Manual.Entry] {
  [
    .init("-R, --recursive", "also all that is in directories"),
    .init("-c, --changes", "say what is changed"),
    .init("-f, --silent", "say nothing of what cannot be changed"),
    .init("-h, --no-dereference", "links themselves"),
    .init("-v, --verbose", "say of each file what became of it"),
    .init("--reference=FILE", reference),
  ]
}

enum Chown: UtilityProgram {
  static var manual: Manual {
    Manual(
      "chown", "change owners",
      synopsis: [
        "[-Rcfhv] USER[:[GROUP]] FILE…", "[-Rcfhv] :GROUP FILE…",
        "[-Rcfhv] --reference=FILE FILE…",
      ],
      description: """
        Changes the owner and the group of files. Both are names or numbers; after a colon without a \
        group the group is the one that the user logs in with. Links are followed unless -h is \
        given; with -R those inside a tree are left alone.
        """,
      options: ownerOptions("owner and group of this file"),
      seeAlso: ["chgrp", "chmod", "id", "ls"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    try run(invocation, isGroupOnly: false)
  }

  fileprivate static func run(
    _ invocation: Invocation, isGroupOnly: Bool
  ) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var operands = options.operands
    var wanted: FileAttributes
    if let reference = options.value("--reference") {
      wanted = try owner(of: reference, invocation)
      if isGroupOnly { wanted.valid = 4 }
    } else {
      guard !operands.isEmpty else {
        throw .usage(isGroupOnly ? "which group?" : "which owner?")
      }
      let name = operands.removeFirst()
      wanted = try owner(isGroupOnly ? ":" + name : name, UserNames(invocation.system))
    }
    guard !operands.isEmpty else { throw .usage("which file?") }
    let changer = AttributeChanger(invocation: invocation, options: options) { _, _ in wanted }
    for operand in operands { changer.change(operand, following: !options.has("-h")) }
    return changer.hasFailed ? 1 : 0
  }

  private static func owner(
    of reference: Text, _ invocation: Invocation
  ) throws(UtilityStop) -> FileAttributes {
    var wanted = FileAttributes()
    do throws(SystemError) {
      let status = try invocation.system.status(reference, following: true)
      (wanted.valid, wanted.user, wanted.group) = (2 | 4, status.user, status.group)
    } catch {
      throw .failed(reference.shownSafely + ": " + Text(error.explanation))
    }
    return wanted
  }

  private static func owner(
    _ text: Text, _ names: UserNames
  ) throws(UtilityStop) -> FileAttributes {
    let parts = text.split(at: UInt8(ascii: ":"), limit: 2)
    var wanted = FileAttributes()
    if !parts[0].isEmpty {
      guard let user = names.user(parts[0]) else {
        throw .usage("there is no user " + parts[0].quotedForMessage)
      }
      wanted.user = user
      wanted.valid |= 2
    }
    guard parts.count > 1 else { return wanted }
    if parts[1].isEmpty {
      guard wanted.valid != 0, let group = names.loginGroup(of: wanted.user) else {
        throw .usage("no group is known for " + text.quotedForMessage)
      }
      wanted.group = group
    } else {
      guard let group = names.group(parts[1]) else {
        throw .usage("there is no group " + parts[1].quotedForMessage)
      }
      wanted.group = group
    }
    wanted.valid |= 4
    return wanted
  }
}

enum Chgrp: UtilityProgram {
  static var manual: Manual {
    Manual(
      "chgrp", "change groups",
      synopsis: ["[-Rcfhv] GROUP FILE…", "[-Rcfhv] --reference=FILE FILE…"],
      description: """
        Changes the group of files, to a name or a number. Links are followed unless -h is given; with -R \
        those inside a tree are left alone.
        """,
      options: ownerOptions("the group of this file"), seeAlso: ["chown", "id", "ls"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    try Chown.run(invocation, isGroupOnly: true)
  }
}
