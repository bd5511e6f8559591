// SPDX-License-Identifier: MIT
import Getty
import System
import Users

/// The process that leads the session: takes the terminal and becomes the user's shell.
enum ShellStart {
  static func run(_ request: GettyRequest) -> Never {
    do throws(SystemError) {
      let terminal = Terminal(.standardInput)
      try terminal.becomeController()
      let users = try table(of: "/etc/passwd", UserTable.init(parsing:))
      guard let entry = users.entry(named: request.user ?? Text()) else {
        return end("getty: /etc/passwd does not know " + (request.user ?? Text()))
      }
      let shell = LoginShell(entry, terminal: request.terminal, type: type)
      var program = Program(shell.path, shell.arguments)
      program.environment = shell.environment
      program.workingDirectory = home(shell.home)
      greet()
      try become(entry)
      do throws(ExecutableError) { try Process.replace(program) } catch {
        end("getty: " + error.explanation)
      }
    } catch {
      end("getty: " + request.terminal + ": " + Text(error.explanation))
    }
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
    var groups = try table(of: "/etc/group", GroupTable.init(parsing:))
      .groups(of: entry.user, beside: entry.group)
    if groups.count > SetGroups.limit {
      Handle.standardError.writeIgnoringErrors(
        "getty: /etc/group has " + entry.user + " in more than 32 groups: the first count\n")
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

  /// Most terminal programs understand what xterm does.
  private static var type: Text { Environment.value(of: "TERM") ?? "xterm-256color" }

  /// What a file says; as if it were empty if it is not there.
  private static func table<Table>(
    of path: Text, _ parse: (Text) -> Table
  ) throws(SystemError) -> Table {
    do throws(SystemError) { return parse(Text(try FileSystem.read(path))) } catch {
      guard error == .notFound else { throw error }
      return parse(Text())
    }
  }

  /// A home that is not there does not keep anybody out.
  private static func home(_ path: Text) -> Text {
    do throws(SystemError) {
      let status = try FileSystem.status(path)
      return status.mode & FileMode.typeMask == FileMode.directory ? path : "/"
    } catch { return "/" }
  }

  private static func greet() {
    do throws(SystemError) {
      let words = Text(try FileSystem.read("/etc/motd"))
      Handle.standardOutput.writeIgnoringErrors(words)
    } catch { return }
  }

  private static func end(_ reason: Text) -> Never {
    Handle.standardError.writeIgnoringErrors(reason + "\n")
    exit(1)
  }
}
