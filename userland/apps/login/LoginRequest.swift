// SPDX-License-Identifier: MIT
public import Base
import Core
public import Manual
import OptionParser

/// What the program was asked for.
public struct LoginRequest: Equatable, Sendable {
  /// Who is logged in; asked for if nil.
  public private(set) var user: Text?

  /// - Throws: that help is wanted, or what is wrong with the arguments.
  @export(interface)
  public init(_ arguments: [Text]) throws(LoginUsage) {
    let options: Options
    do throws(OptionError) { options = try Options(arguments, Self.manual.options) } catch {
      throw error == .help ? .help : .wrong(error.message)
    }
    if options.has("-h") { throw .help }
    guard options.operands.count <= 1 else {
      throw .wrong("extra operand " + options.operands[1].quotedForMessage)
    }
    user = options.operands.first
  }

  public static var manual: Manual {
    Manual(
      "login", "log a user in on the terminal", synopsis: ["[-h] [USER]"],
      description: """
        Asks for a name and a password and becomes the user's shell, with the user's groups, \
        environment and home directory. getty starts it on terminals; only root can.

        The password is compared with /etc/shadow, which has a line NAME;HASH for each user. HASH is \
        a digest by Argon2 in its encoded form ($argon2id$v=19$m=4096,t=10,p=1$SALT$DIGEST; Argon2i and \
        Argon2d too). If it is empty, no password is asked for. If it begins with an exclamation mark, \
        makes no sense, asks for more than 64 MiB or some six times the work of that example, or if \
        there is no line, nobody gets in; the log says which.

        Typed passwords are not shown. After a wrong one there is a pause, and after five the program \
        ends. Every wrong answer takes the work of the most expensive line of /etc/shadow, so that unknown \
        names take as long as known ones. Ctrl-C and Ctrl-D end the program.

        If it leads its session, the terminal belongs to the user until that ends; called from a shell, \
        it leaves the terminal to whom it belongs.
        """,
      options: [.init("-h", "print a short text and end, as --help does")],
      operands: [.init("USER", "who is logged in; asked for if it is left out")],
      exitStatus: [
        .init("1", "nobody was logged in"), .init("2", "the arguments make no sense"),
      ],
      seeAlso: ["id", "stty", "tty", "whoami"])
  }
}

/// Why nobody is asked.
public enum LoginUsage: Error, Equatable {
  case help
  case wrong(Text)
}
