// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// Lines for the system's log, each with the program's name and how serious it is.
///
/// They go to `/scheme/log` where there is one. A service's go to standard error, which init keeps
/// for `service log` and hands on to the log, so that both have the same and nothing is lost while
/// the log's own server is dead. Each goes in one write, so that lines of several programs do not mix.
public enum Log {
  public static func error(_ write: (inout Text) -> Void) { send("error: ", write) }
  public static func warning(_ write: (inout Text) -> Void) { send("warning: ", write) }
  public static func info(_ write: (inout Text) -> Void) { send("", write) }

  public static func error(_ line: Text) { error { $0.put(line) } }
  public static func warning(_ line: Text) { warning { $0.put(line) } }
  public static func info(_ line: Text) { info { $0.put(line) } }

  private static let place = Mutex<Handle?>(nil)

  /// The program's name: the last component of its first argument.
  @export(interface)
  public static var unit: Text {
    let name = Arguments.text(at: 0)
    return name.isEmpty ? "unnamed" : Path.name(of: name)
  }

  @export(interface)
  static func send(_ level: StaticString, _ write: (inout Text) -> Void) {
    var line = unit
    line.put(": ")
    line.put(level)
    write(&line)
    line.put("\n")
    handle().writeIgnoringErrors(line)
  }

  /// Opens the log once. A program that is started before the log keeps standard error.
  private static func handle() -> Handle {
    place.withLock { known in
      if let known { return known }
      var found = Handle.standardError
      if Service.isOne {
        known = found
        return found
      }
      do throws(SystemError) {
        found = try open("log", .write | .append | .runtimeHandle).release()
      } catch {
        found = .standardError
      }
      known = found
      return found
    }
  }
}
