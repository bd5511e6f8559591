// SPDX-License-Identifier: MIT
public import ABI
import Core

/// Everything that a terminal is, apart from who uses it.
///
/// What comes from the keyboard (or from a pseudo-terminal's master) is received; programs read what
/// becomes of it. What programs write is processed into `output`, which the screen (or the master)
/// takes. Signals for the foreground group are owed until the caller has sent them.
public struct TerminalState: BitwiseCopyable, Sendable {
  public internal(set) var settings = TerminalSettings.usual
  public internal(set) var size = WindowSize()
  /// The session whose controlling terminal it is, and the group that may use it freely; zero: none.
  public internal(set) var session: UInt32 = 0
  public internal(set) var foreground: UInt32 = 0
  /// Signals that the foreground group has to be sent: bit n - 1 for signal n.
  public internal(set) var owedSignals: UInt64 = 0
  /// The leader of a session that was hung up, which is owed SIGHUP and SIGCONT; zero: none.
  public internal(set) var owedLeader: UInt32 = 0
  /// The other side is gone.
  public internal(set) var isHungUp = false
  /// Output is held by the stop character.
  public internal(set) var isStopped = false
  /// The next byte of input is only a byte.
  var isLiteral = false
  /// The other side has been told to stop sending.
  var hasStoppedInput = false

  /// What was received: bytes that can be read up to `readable`, then the unfinished line.
  public internal(set) var input = ByteQueue()
  public internal(set) var readable: UInt64 = 0
  /// A bit for each place of `input`: a line ends there.
  var ends = InlineArray<64, UInt64>(repeating: 0)
  /// When the last byte was received, in nanoseconds.
  var lastReceived: UInt64 = 0

  /// What is to be shown.
  public internal(set) var output = ByteQueue()
  /// Where the cursor is, as far as can be told from what was written.
  var column: UInt32 = 0
  /// Where the unfinished line begins.
  var lineColumn: UInt32 = 0

  public init() {}
}

extension TerminalSettings {
  /// Lines with editing, echo, signals and flow control, for a terminal of UTF-8.
  public static var usual: TerminalSettings {
    @export(interface)
    get {
      var settings = TerminalSettings()
      settings.input = .returnToNewLine | .flowControl | .bellWhenFull | .utf8
      settings.output = .process | .newLineToReturnNewLine
      settings.control = .eightBits | .receive | .hangUpOnClose
      settings.local = .canonical | .signals | .extended
      settings.local.insert(.echo | .echoErase | .echoKill)
      settings.local.insert(.echoKillErases | .echoControl)
      settings[.endOfFile] = 0x04
      settings[.erase] = 0x7F
      settings[.wordErase] = 0x17
      settings[.kill] = 0x15
      settings[.reprint] = 0x12
      settings[.interrupt] = 0x03
      settings[.quit] = 0x1C
      settings[.suspend] = 0x1A
      settings[.start] = 0x11
      settings[.stop] = 0x13
      settings[.literalNext] = 0x16
      settings[.minimum] = 1
      settings[.time] = 0
      return settings
    }
  }

  /// Whether `byte` is the character, which there may be none of.
  @inline(__always)
  func `is`(_ byte: UInt8, _ character: ControlCharacter) -> Bool {
    byte == self[character] && byte != ControlCharacter.none
  }
}

/// The signals that terminals send.
enum TerminalSignal {
  static let hangUp: UInt32 = 1
  static let interrupt: UInt32 = 2
  static let quit: UInt32 = 3
  static let `continue`: UInt32 = 18
  static let suspend: UInt32 = 20
  static let input: UInt32 = 21
  static let output: UInt32 = 22
  static let windowChange: UInt32 = 28

  @inline(__always)
  static func bit(_ signal: UInt32) -> UInt64 { 1 << UInt64(signal - 1) }
}
