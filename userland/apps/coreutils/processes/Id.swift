// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Id: UtilityProgram {
  static var manual: Manual {
    Manual(
      "id", "print user and group", synopsis: ["[-gGnu] [USER]"],
      description: """
        Prints whom this process, or a user, acts as, by number and name. Names come from \
        /etc/passwd and /etc/group. A process has one group.
        """,
      options: [
        .init("-u, --user", "only the user"), .init("-g, --group", "only the group"),
        .init("-G, --groups", "only the groups"), .init("-n, --name", "with these: the name"),
      ], seeAlso: ["whoami"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let names = UserNames(invocation.system)
    var user = invocation.system.user
    var group = invocation.system.group
    if let name = options.operands.first {
      guard options.operands.count == 1 else { throw .usage("only one user can be given") }
      guard let number = names.user(name), let login = names.loginGroup(of: number) else {
        throw .failed(name.quotedForMessage + ": no such user")
      }
      (user, group) = (number, login)
    }
    let groupName = names.name(ofGroup: group)
    let userName = names.name(ofUser: user)
    switch options.last(of: ["-u", "-g", "-G"]) {
    case 0: invocation.output.put(options.has("-n") ? userName : number(user))
    case 1, 2: invocation.output.put(options.has("-n") ? groupName : number(group))
    default:
      if options.has("-n") { throw .usage("-n goes with -u, -g or -G") }
      let words: [Text] = [
        "uid=" + number(user) + "(" + userName + ")",
        "gid=" + number(group) + "(" + groupName + ")",
        "groups=" + number(group) + "(" + groupName + ")",
      ]
      invocation.output.put(words.joined(by: " "))
    }
    invocation.output.put("\n")
    return 0
  }

  private static func number(_ value: UInt32) -> Text { Text { $0.put(decimal: UInt64(value)) } }
}

enum Whoami: UtilityProgram {
  static var manual: Manual {
    Manual(
      "whoami", "print the user's name", synopsis: [""],
      description: "Prints the name of the user that this process acts as.", seeAlso: ["id"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    guard try invocation.options().operands.isEmpty else {
      throw .usage("whoami takes no operands")
    }
    let names = UserNames(invocation.system)
    invocation.output.put(names.name(ofUser: invocation.system.user) + "\n")
    return 0
  }
}
