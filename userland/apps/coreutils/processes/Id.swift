// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

/// Whom this process, or a user, acts as.
private struct Person {
  var user: UInt32
  var group: UInt32
  /// With `group` first, each once.
  var groups: [UInt32]

  init(_ user: UInt32, _ group: UInt32, further: [UInt32]) {
    self.user = user
    self.group = group
    groups = [group]
    for number in further where !groups.contains(number) { groups.append(number) }
  }

  /// This process.
  init(_ system: UtilitySystem) {
    self.init(system.user, system.group, further: system.groups)
  }

  /// - Throws: if there is no such user.
  init(named name: Text, _ names: UserNames) throws(UtilityStop) {
    guard let number = names.user(name), let login = names.loginGroup(of: number) else {
      throw .failed(name.quotedForMessage + ": no such user")
    }
    self.init(number, login, further: names.groups(withMember: names.name(ofUser: number)))
  }
}

enum Id: UtilityProgram {
  static var manual: Manual {
    Manual(
      "id", "print user and groups", synopsis: ["[-gGnu] [USER]"],
      description: """
        Prints whom this process, or a user, acts as, by number and name. Names, and the groups of a \
        user, come from /etc/passwd and /etc/group. A process has one group of its own and can be \
        in others.
        """,
      options: [
        .init("-u, --user", "only the user"), .init("-g, --group", "only the group"),
        .init("-G, --groups", "only the groups, its own first"),
        .init("-n, --name", "with these: the name"),
      ], seeAlso: ["groups", "whoami"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let names = UserNames(invocation.system)
    var person = Person(invocation.system)
    if let name = options.operands.first {
      guard options.operands.count == 1 else { throw .usage("only one user can be given") }
      person = try Person(named: name, names)
    }
    let isNamed = options.has("-n")
    func group(_ number: UInt32) -> Text {
      isNamed ? names.name(ofGroup: number) : digits(number)
    }
    func both(_ number: UInt32) -> Text {
      digits(number) + "(" + names.name(ofGroup: number) + ")"
    }
    switch options.last(of: ["-u", "-g", "-G"]) {
    case 0:
      invocation.output.put(isNamed ? names.name(ofUser: person.user) : digits(person.user))
    case 1: invocation.output.put(group(person.group))
    case 2: invocation.output.put(person.groups.map { group($0) }.joined(by: " "))
    default:
      if isNamed { throw .usage("-n goes with -u, -g or -G") }
      let words: [Text] = [
        "uid=" + digits(person.user) + "(" + names.name(ofUser: person.user) + ")",
        "gid=" + both(person.group), "groups=" + person.groups.map { both($0) }.joined(by: ","),
      ]
      invocation.output.put(words.joined(by: " "))
    }
    invocation.output.put("\n")
    return 0
  }

  private static func digits(_ value: UInt32) -> Text { Text { $0.put(decimal: UInt64(value)) } }
}

enum Groups: UtilityProgram {
  static var manual: Manual {
    Manual(
      "groups", "print the groups of a user", synopsis: ["[USER…]"],
      description: """
        Prints the names of the groups that this process, or each user, is in, its own first. The \
        groups of users come from /etc/passwd and /etc/group; those of a process are what it was \
        given when its user logged in.
        """, seeAlso: ["id"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let names = UserNames(invocation.system)
    let users = try invocation.options().operands
    if users.isEmpty { print(Person(invocation.system), names, invocation) }
    for user in users {
      let person: Person
      do throws(UtilityStop) { person = try Person(named: user, names) } catch {
        invocation.complain(user.quotedForMessage + ": no such user")
        continue
      }
      invocation.output.put(user.shownSafely + " : ")
      print(person, names, invocation)
    }
    return 0
  }

  private static func print(_ person: Person, _ names: UserNames, _ invocation: Invocation) {
    let words = person.groups.map { names.name(ofGroup: $0) }
    invocation.output.put(words.joined(by: " ") + "\n")
  }
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
