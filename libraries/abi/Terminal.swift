// SPDX-License-Identifier: MIT
public import Core

// What programs and terminals agree on. Names in comments are POSIX's (`<termios.h>`), values are
// Redox's. A terminal's parts are files below its handle: `termios`, `winsize`, `pgrp` and so on.

/// How a terminal treats what passes through it (POSIX `struct termios`): what reading from and
/// writing to `termios` below a terminal moves. 56 bytes.
public struct TerminalSettings: BitwiseCopyable, Equatable, Sendable {
  /// `c_iflag`: what is done to input.
  public var input = TerminalInputFlags()
  /// `c_oflag`: what is done to output.
  public var output = TerminalOutputFlags()
  /// `c_cflag`: the line; a terminal without one keeps the bits and does nothing.
  public var control = TerminalControlFlags()
  /// `c_lflag`: lines, echo, signals.
  public var local = TerminalLocalFlags()
  /// `c_cc`: byte `n` is the character of `ControlCharacter(rawValue: n)`; 255 is none.
  public var characters = InlineArray<32, UInt8>(repeating: ControlCharacter.none)
  /// Bits per second; zero hangs up.
  public var inputSpeed: UInt32 = 115_200
  public var outputSpeed: UInt32 = 115_200
  public init() {}

  public static let byteCount = 56

  @inline(__always)
  public subscript(character: ControlCharacter) -> UInt8 {
    get { characters[Int(character.rawValue)] }
    set { characters[Int(character.rawValue)] = newValue }
  }

  public static func == (a: Self, b: Self) -> Bool {
    for index in a.characters.indices where a.characters[index] != b.characters[index] {
      return false
    }
    return a.input == b.input && a.output == b.output && a.control == b.control
      && a.local == b.local && a.inputSpeed == b.inputSpeed && a.outputSpeed == b.outputSpeed
  }
}

/// Which character of `TerminalSettings.characters` is meant.
public enum ControlCharacter: UInt8, BitwiseCopyable, Sendable {
  /// `VEOF`: ends the input, or hands over an unfinished line.
  case endOfFile = 0
  /// `VEOL`, `VEOL2`: end a line beside the new line.
  case endOfLine = 1
  case endOfLine2 = 2
  /// `VERASE`: takes the last character back.
  case erase = 3
  /// `VWERASE`: takes the last word back.
  case wordErase = 4
  /// `VKILL`: takes the line back.
  case kill = 5
  /// `VREPRINT`: shows the line again.
  case reprint = 6
  /// `VINTR`: sends SIGINT.
  case interrupt = 8
  /// `VQUIT`: sends SIGQUIT.
  case quit = 9
  /// `VSUSP`: sends SIGTSTP.
  case suspend = 10
  /// `VSTART`, `VSTOP`: let output go on, hold it.
  case start = 12
  case stop = 13
  /// `VLNEXT`: the next character is only a character.
  case literalNext = 14
  /// `VMIN`: without lines, how many bytes a read waits for. Not a character.
  case minimum = 16
  /// `VTIME`: without lines, how long a read waits, in tenths of a second. Not a character.
  case time = 17

  /// Stands for "no character" (`_POSIX_VDISABLE`).
  public static let none: UInt8 = 255
}

/// `c_iflag`.
public struct TerminalInputFlags: FlagSet {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// `IGNBRK`
  public static let ignoreBreak = TerminalInputFlags(rawValue: 0x0001)
  /// `BRKINT`
  public static let breakInterrupts = TerminalInputFlags(rawValue: 0x0002)
  /// `IGNPAR`
  public static let ignoreParityErrors = TerminalInputFlags(rawValue: 0x0004)
  /// `PARMRK`
  public static let markParityErrors = TerminalInputFlags(rawValue: 0x0008)
  /// `INPCK`
  public static let checkParity = TerminalInputFlags(rawValue: 0x0010)
  /// `ISTRIP`: the eighth bit is dropped.
  public static let strip = TerminalInputFlags(rawValue: 0x0020)
  /// `INLCR`: a new line becomes a carriage return.
  public static let newLineToReturn = TerminalInputFlags(rawValue: 0x0040)
  /// `IGNCR`: carriage returns are dropped.
  public static let ignoreReturn = TerminalInputFlags(rawValue: 0x0080)
  /// `ICRNL`: a carriage return becomes a new line.
  public static let returnToNewLine = TerminalInputFlags(rawValue: 0x0100)
  /// `IXON`: the stop and start characters hold and release output.
  public static let flowControl = TerminalInputFlags(rawValue: 0x0200)
  /// `IXOFF`: the other side is told to stop when input piles up.
  public static let inputFlowControl = TerminalInputFlags(rawValue: 0x0400)
  /// `IXANY`: any character releases output.
  public static let anyReleases = TerminalInputFlags(rawValue: 0x0800)
  /// `IMAXBEL`: a bell answers input that there is no room for.
  public static let bellWhenFull = TerminalInputFlags(rawValue: 0x2000)
  /// `IUTF8`: erasing takes whole characters of UTF-8.
  public static let utf8 = TerminalInputFlags(rawValue: 0x4000)
}

/// `c_oflag`.
public struct TerminalOutputFlags: FlagSet {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// `OPOST`: the other flags count.
  public static let process = TerminalOutputFlags(rawValue: 0x0001)
  /// `ONLCR`: a new line becomes a carriage return and a new line.
  public static let newLineToReturnNewLine = TerminalOutputFlags(rawValue: 0x0002)
  /// `OCRNL`: a carriage return becomes a new line.
  public static let returnToNewLine = TerminalOutputFlags(rawValue: 0x0008)
  /// `ONOCR`: no carriage return in the first column.
  public static let noReturnInFirstColumn = TerminalOutputFlags(rawValue: 0x0010)
  /// `ONLRET`: a new line goes to the first column by itself.
  public static let newLineReturns = TerminalOutputFlags(rawValue: 0x0020)
  /// `XTABS`: tabs become spaces.
  public static let expandTabs = TerminalOutputFlags(rawValue: 0x1800)
}

/// `c_cflag`.
public struct TerminalControlFlags: FlagSet {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// `CS8`: all bits of `CSIZE`; `CS5` is none of them.
  public static let eightBits = TerminalControlFlags(rawValue: 0x0300)
  /// `CSTOPB`
  public static let twoStopBits = TerminalControlFlags(rawValue: 0x0400)
  /// `CREAD`
  public static let receive = TerminalControlFlags(rawValue: 0x0800)
  /// `PARENB`
  public static let parity = TerminalControlFlags(rawValue: 0x1000)
  /// `PARODD`
  public static let oddParity = TerminalControlFlags(rawValue: 0x2000)
  /// `HUPCL`
  public static let hangUpOnClose = TerminalControlFlags(rawValue: 0x4000)
  /// `CLOCAL`
  public static let local = TerminalControlFlags(rawValue: 0x8000)
}

/// `c_lflag`.
public struct TerminalLocalFlags: FlagSet {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// `ECHOKE`: a line taken back is rubbed out.
  public static let echoKillErases = TerminalLocalFlags(rawValue: 0x0000_0001)
  /// `ECHOE`: a character taken back is rubbed out.
  public static let echoErase = TerminalLocalFlags(rawValue: 0x0000_0002)
  /// `ECHOK`: a new line follows the kill character.
  public static let echoKill = TerminalLocalFlags(rawValue: 0x0000_0004)
  /// `ECHO`: input is shown.
  public static let echo = TerminalLocalFlags(rawValue: 0x0000_0008)
  /// `ECHONL`: the new line is shown even if nothing else is.
  public static let echoNewLine = TerminalLocalFlags(rawValue: 0x0000_0010)
  /// `ECHOCTL`: control characters are shown as `^X`.
  public static let echoControl = TerminalLocalFlags(rawValue: 0x0000_0040)
  /// `ISIG`: characters that send signals do.
  public static let signals = TerminalLocalFlags(rawValue: 0x0000_0080)
  /// `ICANON`: input comes in lines that can be edited.
  public static let canonical = TerminalLocalFlags(rawValue: 0x0000_0100)
  /// `IEXTEN`: word erase, reprint, literal next.
  public static let extended = TerminalLocalFlags(rawValue: 0x0000_0400)
  /// `TOSTOP`: output of background groups stops them.
  public static let stopBackgroundOutput = TerminalLocalFlags(rawValue: 0x0040_0000)
  /// `NOFLSH`: signals leave what has not been read or shown yet.
  public static let noFlush = TerminalLocalFlags(rawValue: 0x8000_0000)
}

/// A terminal's size (POSIX `struct winsize`): `winsize` below it. 8 bytes.
public struct WindowSize: BitwiseCopyable, Equatable, Sendable {
  public var rows: UInt16 = 0
  public var columns: UInt16 = 0
  /// Pixels, or zero if nobody knows.
  public var width: UInt16 = 0
  public var height: UInt16 = 0
  public init() {}
  public init(rows: UInt16, columns: UInt16) {
    self.rows = rows
    self.columns = columns
  }
}

/// What a write to `flush` below a terminal throws away (POSIX `tcflush`), as a number of four
/// bytes.
public enum TerminalFlush: UInt32, BitwiseCopyable, Sendable {
  /// Input that nobody has read.
  case input = 0
  /// Output that nobody has seen.
  case output = 1
  case both = 2
}
