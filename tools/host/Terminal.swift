// SPDX-License-Identifier: MIT
import Glibc
import Synchronization

/// The terminal at handle 0, for a program that edits lines.
public struct Terminal {
  /// How it was found, and is left.
  private var usual: termios?

  public init() {}

  /// Each byte as it comes, none shown and none turned into a signal; or as before. What is written
  /// still has its line feeds turned into CR LF.
  public mutating func setRawMode(_ isRaw: Bool) {
    var settings = termios()
    guard unsafe tcgetattr(0, &settings) == 0 else { return }
    if isRaw {
      // A program that was killed in a mode of its own has not left the usual one.
      if usual == nil || settings.c_lflag & tcflag_t(ICANON) != 0 { usual = settings }
      settings = usual ?? settings
      settings.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | ISTRIP | IXON)
      settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
      settings.c_cc.6 = 1  // VMIN
      settings.c_cc.5 = 0  // VTIME
    } else {
      guard let usual else { return }
      settings = usual
    }
    unsafe _ = tcsetattr(0, TCSADRAIN, &settings)
  }

  /// In characters; `nil` if the terminal does not say.
  public static var size: (columns: Int, rows: Int)? {
    var size = winsize()
    guard unsafe ioctl(0, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return nil
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}
