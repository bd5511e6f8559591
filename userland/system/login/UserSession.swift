// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Users

/// What `getty` and `login` come to in the end: a process of root that leads a session, or belongs to
/// one, gives its terminal to a user and becomes the user's shell.
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

  /// Gives the terminal to the user, and becomes the user. The groups first: whoever gives up the
  /// user may have given up the right to the group.
  private static func become(_ entry: UserEntry) throws(SystemError) {
    let terminal = try File("libc:tty", .readWrite | .runtimeHandle)
    var owner = FileAttributes()
    owner.valid = 2 | 4
    owner.user = entry.identifier
    owner.group = entry.group
    try terminal.setAttributes(owner)
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
