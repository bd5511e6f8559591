// SPDX-License-Identifier: MIT
public import Base
import Core
public import Users

/// What a question was answered.
public enum LoginAnswer: Equatable, Sendable {
  case line(Text)
  /// More than anybody's name or password has.
  case tooLong
  /// The end of the input, Ctrl-C, or a terminal that is gone.
  case end
}

/// Whom the dialogue talks to, and what it cannot do by itself.
public protocol LoginSystem {
  mutating func show(_ text: Text)
  /// - Parameter isShown: whether what is typed is seen.
  mutating func ask(_ prompt: Text, isShown: Bool) -> LoginAnswer
  /// What the files about users say now.
  mutating func accounts() throws(LoginFailure) -> LoginAccounts
  /// Whether the password is the one of the hash; nil if that could not be computed.
  mutating func matches(_ hash: PasswordHash, _ password: Text) -> Bool?
  /// Keeps who guesses waiting.
  mutating func pause()
  /// Writes a line to the log.
  mutating func note(_ line: Text)
}

/// Why nobody can be logged in.
public struct LoginFailure: Error, Equatable {
  public let explanation: Text

  public init(_ explanation: Text) { self.explanation = explanation }
}

/// The files about users.
public struct LoginAccounts: Sendable {
  public let users: UserTable
  public let shadow: ShadowTable

  /// - Throws: if one has nothing that could be meant.
  @export(interface)
  public init(passwd: Text, shadow: Text) throws(LoginFailure) {
    users = UserTable(parsing: passwd)
    self.shadow = ShadowTable(parsing: shadow)
    if users.entries.isEmpty { throw LoginFailure("/etc/passwd names no user") }
    if self.shadow.isEmpty { throw LoginFailure("/etc/shadow is empty") }
  }
}

/// Names and passwords, asked for and compared until they fit.
///
/// Who is asked learns nothing but that name and password do not fit: a name that is not there, one
/// that is locked and a wrong password take the same time and are answered by the same words.
public struct LoginDialogue<System: LoginSystem> {
  public var system: System
  private let prompt: Text
  private var triesLeft = 5

  /// - Parameter host: the machine's name; may be empty.
  public init(_ system: System, host: Text) {
    self.system = system
    prompt = host.isEmpty ? "login: " : host + " login: "
  }

  /// - Parameter user: whom to log in first, without asking for the name.
  /// - Returns: who is logged in; nil if nobody is.
  public mutating func run(_ user: Text?) -> UserEntry? {
    var given = user
    while triesLeft > 0 {
      var name: Text?
      if let user = given {
        name = user
        given = nil
      } else {
        switch system.ask(prompt, isShown: true) {
        case .line(let line): name = line.trimmed()
        case .tooLong: name = nil
        case .end:
          system.show("\n")
          return nil
        }
      }
      if let name, name.isEmpty { continue }
      do throws(LoginFailure) {
        switch attempt(name, try system.accounts()) {
        case .success(let entry): return entry
        case .wrong: triesLeft -= 1
        case .end: return nil
        }
      } catch {
        system.note(error.explanation)
        system.show("login: " + error.explanation + ": nobody can be logged in\n")
        return nil
      }
      system.pause()
      system.show("Login incorrect\n")
    }
    return nil
  }

  private enum Outcome {
    case success(UserEntry)
    case wrong
    case end
  }

  private mutating func attempt(_ name: Text?, _ accounts: LoginAccounts) -> Outcome {
    let entry = name.flatMap { accounts.users.entry(named: $0) }
    let password = entry.map { accounts.shadow.password(of: $0.user) } ?? .locked
    if let entry, password == .none {
      system.note(entry.user + " logs in without a password")
      return .success(entry)
    }
    let typed: Text?
    switch system.ask("Password: ", isShown: false) {
    case .line(let line): typed = line
    case .tooLong: typed = nil
    case .end:
      system.show("\n")
      return .end
    }
    system.show("\n")
    // What cannot be right is compared with something all the same.
    let effort = LoginEffort(accounts.shadow)
    var hash = effort.nobody
    var counts = false
    if case .hashed(let found) = password {
      hash = found
      counts = typed != nil
    }
    let isRight = system.matches(hash, typed ?? Text())
    if !counts || isRight != true, let rest = effort.rest(after: hash.cost) {
      _ = system.matches(rest, typed ?? Text())
    }
    guard let entry else { return .wrong }
    switch password {
    case .unreadable(let mistake):
      system.note("what /etc/shadow has for " + entry.user + " " + Text(mistake.explanation))
    case .hashed where isRight == nil:
      system.note("not enough memory to check the password of " + entry.user)
    case .hashed where counts && isRight == true:
      system.note(entry.user + " logs in")
      return .success(entry)
    case .hashed: system.note("wrong password for " + entry.user)
    case .locked: system.note(entry.user + " is locked")
    case .none: break
    }
    return .wrong
  }
}
