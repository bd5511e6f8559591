// SPDX-License-Identifier: MIT
public import Base
import Core

/// What a user's first program is started with.
public struct LoginShell: Equatable, Sendable {
  public var path: Text
  /// A dash before its name tells a shell that it is the session's first.
  public var arguments: [Text]
  public var environment: [Text]
  public var home: Text

  @export(interface)
  public init(_ entry: UserEntry, terminal: Text, type: Text) {
    path = entry.shell.isEmpty ? "/bin/ion" : entry.shell
    arguments = ["-" + Path.name(of: path)]
    home = entry.home.isEmpty ? "/" : entry.home
    environment = [
      "TERM=" + type, "HOME=" + home, "USER=" + entry.user, "LOGNAME=" + entry.user,
      "SHELL=" + path, "PATH=/bin:/usr/bin", "TTY=" + terminal,
    ]
  }
}
