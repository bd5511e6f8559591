// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Users

/// What `getty` and `login` come to in the end: a process of root becomes a user's shell. If it leads
/// the session, the terminal is the user's until that ends.
public enum UserSession {
  /// The users of the system.
  /// - Throws: what reading `/etc/passwd` throws.
  @export(interface)
  public static func users() throws(SystemError) -> UserTable {
    UserTable(parsing: Text(try FileSystem.read("/etc/passwd", limit: 1 << 20)))
  }

  /// Shows the message of the day and becomes the user's shell. What fails is said on standard error,
  /// and ends the process with status 1.
  ///
  /// - Parameter terminal: the path of the controlling terminal.
  @export(interface)
  public static func begin(_ entry: UserEntry, on terminal: Text) -> Never {
    // Most terminal programs understand what xterm does.
    let type = Environment.value(of: "TERM") ?? "xterm-256color"
    let shell = LoginShell(entry, terminal: terminal, type: type)
    greet()
    var program = Program(shell.path, shell.arguments)
    program.environment = shell.environment
    program.workingDirectory = home(shell.home)
    do throws(SystemError) { try become(entry) } catch {
      end("cannot become " + entry.user + ": " + Text(error.explanation))
    }
    do throws(ExecutableError) { try Process.replace(program) } catch { end(error.explanation) }
  }

  /// Makes a terminal root's again, as it is while somebody is asked for a password.
  @export(interface)
  public static func takeBack(_ terminal: borrowing File) throws(SystemError) {
    try give(terminal, to: 0, 0)
  }

  /// Whoever the last owner let in, from now on only the new one gets in.
  private static func give(
    _ terminal: borrowing File, to user: UInt32, _ group: UInt32
  ) throws(SystemError) {
    var owner = FileAttributes()
    owner.valid = 1 | 2 | 4
    owner.mode = 0o620
    owner.user = user
    owner.group = group
    try terminal.setAttributes(owner)
  }

  /// Gives the terminal to the user, and becomes the user. The groups first: whoever gives up the
  /// user may have given up the right to the group.
  private static func become(_ entry: UserEntry) throws(SystemError) {
    // Else it stays whose it is: the session of the one who called goes on there.
    if Process.property(.session) == Process.property(.processNumber) {
      let terminal = try File("libc:tty", .readWrite | .runtimeHandle)
      try give(terminal, to: entry.identifier, entry.group)
    }
    let authority = try File("/scheme/sys/authority", .read | .runtimeHandle)
    var groups = try groupTable().groups(of: entry.user, beside: entry.group)
    if groups.count > SetGroups.limit {
      say("/etc/group has " + entry.user + " in more than 32 groups: the first count")
      groups.removeLast(groups.count - SetGroups.limit)
    }
    try Process.setGroups(groups, authority: authority.handle)
    for property in [ProcessProperty.realGroup, .effectiveGroup, .savedGroup] {
      try Process.setProperty(property, UInt(entry.group), authority: authority.handle)
    }
    for property in [ProcessProperty.realUser, .effectiveUser, .savedUser] {
      try Process.setProperty(property, UInt(entry.identifier), authority: authority.handle)
    }
  }

  /// Without the file, users are in no group but their own.
  private static func groupTable() throws(SystemError) -> GroupTable {
    do throws(SystemError) {
      return GroupTable(parsing: Text(try FileSystem.read("/etc/group", limit: 1 << 20)))
    } catch {
      guard error == .notFound else { throw error }
      return GroupTable(parsing: Text())
    }
  }

  /// A home that is not there does not keep anybody out.
  private static func home(_ path: Text) -> Text {
    do throws(SystemError) {
      let status = try FileSystem.status(path)
      if status.mode & FileMode.typeMask == FileMode.directory { return path }
      say(path + " is no directory: starting in /")
    } catch {
      say(path + ": " + Text(error.explanation) + ": starting in /")
    }
    return "/"
  }

  private static func greet() {
    do throws(SystemError) {
      let words = Text(try FileSystem.read("/etc/motd"))
      Handle.standardOutput.writeIgnoringErrors(words)
    } catch { return }
  }

  private static func say(_ line: Text) {
    Handle.standardError.writeIgnoringErrors(Log.unit + ": " + line + "\n")
  }

  private static func end(_ reason: Text) -> Never {
    say(reason)
    exit(1)
  }
}
