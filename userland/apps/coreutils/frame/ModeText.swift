// SPDX-License-Identifier: MIT
public import Base
import Core

/// A file's type and permissions as `ls -l` shows them.
public enum ModeText {
  /// - Parameter mode: POSIX type and permission bits.
  @export(interface)
  public static func text(_ mode: UInt32) -> Text {
    var text = Text()
    text.put(type(mode))
    for shift: UInt32 in [6, 3, 0] {
      text.put(mode >> shift & 4 != 0 ? UInt8(ascii: "r") : UInt8(ascii: "-"))
      text.put(mode >> shift & 2 != 0 ? UInt8(ascii: "w") : UInt8(ascii: "-"))
      text.put(execute(mode, shift))
    }
    return text
  }

  private static func type(_ mode: UInt32) -> UInt8 {
    switch mode & 0o170000 {
    case 0o040000: UInt8(ascii: "d")
    case 0o120000: UInt8(ascii: "l")
    case 0o020000: UInt8(ascii: "c")
    case 0o060000: UInt8(ascii: "b")
    case 0o010000: UInt8(ascii: "p")
    case 0o140000: UInt8(ascii: "s")
    default: UInt8(ascii: "-")
    }
  }

  /// The set-id and sticky bits share the place of the execute bits.
  private static func execute(_ mode: UInt32, _ shift: UInt32) -> UInt8 {
    let canExecute = mode >> shift & 1 != 0
    switch shift {
    case 6 where mode & 0o4000 != 0: return canExecute ? UInt8(ascii: "s") : UInt8(ascii: "S")
    case 3 where mode & 0o2000 != 0: return canExecute ? UInt8(ascii: "s") : UInt8(ascii: "S")
    case 0 where mode & 0o1000 != 0: return canExecute ? UInt8(ascii: "t") : UInt8(ascii: "T")
    default: return canExecute ? UInt8(ascii: "x") : UInt8(ascii: "-")
    }
  }
}
