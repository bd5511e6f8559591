// SPDX-License-Identifier: MIT
public import Base
import Core
public import Users

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

/// How long to wait before a session that ended at once is begun again.
public struct Pause: Sendable {
  private var milliseconds: UInt64 = 0
  public init() {}

  /// - Parameter lasted: how long the last session lasted, in milliseconds.
  /// - Returns: milliseconds: none after one that lasted, else more and more, up to five seconds.
  @export(interface)
  public mutating func next(lasted: UInt64) -> UInt64 {
    milliseconds = lasted >= 2_000 ? 0 : min(max(milliseconds * 2, 100), 5_000)
    return milliseconds
  }
}
