// SPDX-License-Identifier: MIT

/// The files that say who may use a system, in Redox's form, made of the tables `users` and `groups`
/// of an image.
struct UserFiles {
  struct Account: Equatable {
    var user: String
    var identifier: UInt32
    var group: UInt32
    var home: String
  }

  private(set) var accounts: [Account] = []
  private(set) var passwords = ""
  private(set) var groups = ""
  private(set) var shadow = ""

  /// Where numbers for people begin.
  private static let firstPerson: UInt32 = 1000

  /// - Parameter hashed: the hash of a user's password, which is not empty, as `/etc/shadow` has it.
  init(
    _ image: Image, hashed: (_ user: String, _ password: String) throws(BuildError) -> String
  ) throws(BuildError) {
    var taken: Set<UInt32> = []
    for user in image.users.values { if let number = user.identifier { taken.insert(number) } }
    for group in image.groups.values { if let number = group.identifier { taken.insert(number) } }
    var lines: [(UInt32, String)] = []
    for (name, user) in Self.inOrder(image) {
      for text in [name, user.name, user.home ?? "", user.shell ?? ""]
      where text.contains(";") || text.contains("\n") {
        throw .description(
          file: "images/\(image.name).toml", reason: "user \(name): \"\(text)\" has a semicolon")
      }
      let identifier = user.identifier ?? (name == "root" ? 0 : Self.free(&taken))
      let group = user.group ?? identifier
      let home = user.home ?? (name == "root" ? "/root" : "/home/\(name)")
      accounts.append(Account(user: name, identifier: identifier, group: group, home: home))
      let shell = user.shell ?? "/bin/ion"
      passwords += "\(name);\(identifier);\(group);\(user.name);\(home);\(shell)\n"
      let password = user.password ?? "!"
      let isHashed = user.password != nil && !password.isEmpty
      shadow += "\(name);\(isHashed ? try hashed(name, password) : password)\n"
      if !image.groups.values.contains(where: { $0.identifier == group }) {
        lines.append((group, "\(name);x;\(group);\(name)\n"))
      }
    }
    for (name, group) in image.groups.sorted(by: { $0.key < $1.key }) {
      let identifier = group.identifier ?? Self.free(&taken)
      lines.append(
        (identifier, "\(name);x;\(identifier);\(group.members.joined(separator: ","))\n"))
    }
    groups = lines.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1).joined()
  }

  /// By number, then by name.
  private static func inOrder(_ image: Image) -> [(String, Image.User)] {
    image.users.sorted { first, second in
      let numbers = [first, second].map { $0.key == "root" ? 0 : $0.value.identifier ?? .max }
      return numbers[0] == numbers[1] ? first.key < second.key : numbers[0] < numbers[1]
    }.map { ($0.key, $0.value) }
  }

  private static func free(_ taken: inout Set<UInt32>) -> UInt32 {
    var number = firstPerson
    while taken.contains(number) { number += 1 }
    taken.insert(number)
    return number
  }
}
