// SPDX-License-Identifier: MIT
public import Base
import Core

/// The names of signals, without `SIG`.
public enum SignalNames {
  private static var list: StaticString {
    """
    HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP \
    TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS
    """
  }

  /// By number, from 1.
  public static var all: [Text] {
    @export(interface)
    get { Text(list).words() }
  }

  /// The name of a signal, or its number in digits.
  @export(interface)
  public static func name(_ number: UInt32) -> Text {
    let names = all
    guard number >= 1, number <= names.count else {
      return Text { $0.put(decimal: UInt64(number)) }
    }
    return names[Int(number) - 1]
  }

  /// The number of `TERM`, `SIGTERM`, `term` or `15`; `0` only checks.
  @export(interface)
  public static func number(_ text: Text) -> UInt32? {
    if let number = wholeNumber(text) { return number <= 64 ? UInt32(number) : nil }
    var name = Text { result in
      for byte in text.bytes { result.put(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte) }
    }
    if name.hasPrefix("SIG") { name = name[3...] }
    return all.firstIndex(of: name).map { UInt32($0 + 1) }
  }
}
