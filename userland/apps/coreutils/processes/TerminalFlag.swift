// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// A switch of a terminal, by its name in POSIX.
struct TerminalFlag {
  enum Field { case input, output, control, local }

  let name: Text
  let field: Field
  let mask: UInt32
  /// How `stty sane` has it.
  let isUsual: Bool

  init(_ name: Text, _ field: Field, _ mask: UInt32, usual: Bool = false) {
    self.name = name
    self.field = field
    self.mask = mask
    isUsual = usual
  }

  static var all: [TerminalFlag] { control + input + output + local }

  private static var control: [TerminalFlag] {
    typealias Flags = TerminalControlFlags
    return [
      TerminalFlag("parenb", .control, Flags.parity.rawValue),
      TerminalFlag("parodd", .control, Flags.oddParity.rawValue),
      TerminalFlag("cs8", .control, Flags.eightBits.rawValue, usual: true),
      TerminalFlag("cstopb", .control, Flags.twoStopBits.rawValue),
      TerminalFlag("cread", .control, Flags.receive.rawValue, usual: true),
      TerminalFlag("hupcl", .control, Flags.hangUpOnClose.rawValue, usual: true),
      TerminalFlag("clocal", .control, Flags.local.rawValue),
    ]
  }

  private static var input: [TerminalFlag] {
    typealias Flags = TerminalInputFlags
    return [
      TerminalFlag("ignbrk", .input, Flags.ignoreBreak.rawValue),
      TerminalFlag("brkint", .input, Flags.breakInterrupts.rawValue),
      TerminalFlag("ignpar", .input, Flags.ignoreParityErrors.rawValue),
      TerminalFlag("parmrk", .input, Flags.markParityErrors.rawValue),
      TerminalFlag("inpck", .input, Flags.checkParity.rawValue),
      TerminalFlag("istrip", .input, Flags.strip.rawValue),
      TerminalFlag("inlcr", .input, Flags.newLineToReturn.rawValue),
      TerminalFlag("igncr", .input, Flags.ignoreReturn.rawValue),
      TerminalFlag("icrnl", .input, Flags.returnToNewLine.rawValue, usual: true),
      TerminalFlag("ixon", .input, Flags.flowControl.rawValue, usual: true),
      TerminalFlag("ixoff", .input, Flags.inputFlowControl.rawValue),
      TerminalFlag("ixany", .input, Flags.anyReleases.rawValue),
      TerminalFlag("imaxbel", .input, Flags.bellWhenFull.rawValue, usual: true),
      TerminalFlag("iutf8", .input, Flags.utf8.rawValue, usual: true),
    ]
  }

  private static var output: [TerminalFlag] {
    typealias Flags = TerminalOutputFlags
    return [
      TerminalFlag("opost", .output, Flags.process.rawValue, usual: true),
      TerminalFlag("ocrnl", .output, Flags.returnToNewLine.rawValue),
      TerminalFlag("onlcr", .output, Flags.newLineToReturnNewLine.rawValue, usual: true),
      TerminalFlag("onocr", .output, Flags.noReturnInFirstColumn.rawValue),
      TerminalFlag("onlret", .output, Flags.newLineReturns.rawValue),
      TerminalFlag("tab3", .output, Flags.expandTabs.rawValue),
    ]
  }

  private static var local: [TerminalFlag] {
    typealias Flags = TerminalLocalFlags
    return [
      TerminalFlag("isig", .local, Flags.signals.rawValue, usual: true),
      TerminalFlag("icanon", .local, Flags.canonical.rawValue, usual: true),
      TerminalFlag("iexten", .local, Flags.extended.rawValue, usual: true),
      TerminalFlag("echo", .local, Flags.echo.rawValue, usual: true),
      TerminalFlag("echoe", .local, Flags.echoErase.rawValue, usual: true),
      TerminalFlag("echok", .local, Flags.echoKill.rawValue, usual: true),
      TerminalFlag("echonl", .local, Flags.echoNewLine.rawValue),
      TerminalFlag("noflsh", .local, Flags.noFlush.rawValue),
      TerminalFlag("tostop", .local, Flags.stopBackgroundOutput.rawValue),
      TerminalFlag("echoctl", .local, Flags.echoControl.rawValue, usual: true),
      TerminalFlag("echoke", .local, Flags.echoKillErases.rawValue, usual: true),
    ]
  }

  func isSet(in settings: TerminalSettings) -> Bool {
    let bits =
      switch field {
      case .input: settings.input.rawValue
      case .output: settings.output.rawValue
      case .control: settings.control.rawValue
      case .local: settings.local.rawValue
      }
    return bits & mask == mask
  }

  func set(_ isOn: Bool, in settings: inout TerminalSettings) {
    func changed(_ bits: UInt32) -> UInt32 { isOn ? bits | mask : bits & ~mask }
    switch field {
    case .input: settings.input = .init(rawValue: changed(settings.input.rawValue))
    case .output: settings.output = .init(rawValue: changed(settings.output.rawValue))
    case .control: settings.control = .init(rawValue: changed(settings.control.rawValue))
    case .local: settings.local = .init(rawValue: changed(settings.local.rawValue))
    }
  }
}

/// A character that a terminal acts on.
struct TerminalKey {
  let name: Text
  let character: ControlCharacter
  let usual: UInt8

  static var all: [TerminalKey] {
    [
      TerminalKey(name: "intr", character: .interrupt, usual: 0x03),
      TerminalKey(name: "quit", character: .quit, usual: 0x1C),
      TerminalKey(name: "erase", character: .erase, usual: 0x7F),
      TerminalKey(name: "kill", character: .kill, usual: 0x15),
      TerminalKey(name: "eof", character: .endOfFile, usual: 0x04),
      TerminalKey(name: "eol", character: .endOfLine, usual: ControlCharacter.none),
      TerminalKey(name: "eol2", character: .endOfLine2, usual: ControlCharacter.none),
      TerminalKey(name: "start", character: .start, usual: 0x11),
      TerminalKey(name: "stop", character: .stop, usual: 0x13),
      TerminalKey(name: "susp", character: .suspend, usual: 0x1A),
      TerminalKey(name: "rprnt", character: .reprint, usual: 0x12),
      TerminalKey(name: "werase", character: .wordErase, usual: 0x17),
      TerminalKey(name: "lnext", character: .literalNext, usual: 0x16),
    ]
  }

  /// `^C`, `<undef>`
  static func shown(_ byte: UInt8) -> Text {
    if byte == ControlCharacter.none { return "<undef>" }
    return Text { text in
      if byte < 0x20 || byte == 0x7F {
        text.put("^")
        text.put(byte ^ 0x40)
      } else {
        text.put(byte)
      }
    }
  }

  /// A character as it is given: itself, `^X`, `^-` or `undef` for none.
  static func read(_ text: Text) -> UInt8? {
    if text == "undef" || text == "^-" { return ControlCharacter.none }
    if text.count == 1 { return text[0] }
    guard text.count == 2, text[0] == UInt8(ascii: "^"), text[1] >= 0x3F, text[1] < 0x7F else {
      return nil
    }
    return text[1] == UInt8(ascii: "?") ? 0x7F : text[1] & 0x1F
  }
}
