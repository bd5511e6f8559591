// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Stty: UtilityProgram {
  static var manual: Manual {
    Manual(
      "stty", "show or change how the terminal treats what passes through it",
      synopsis: ["[-F FILE] [-a | -g]", "[-F FILE] SETTING…"],
      description: """
        Shows what differs from usual, or all of it, or changes it. The terminal is standard input.

        A setting is a switch, with - before it off: parenb parodd cs8 cstopb cread hupcl clocal \
        ignbrk brkint ignpar parmrk inpck istrip inlcr igncr icrnl ixon ixoff ixany imaxbel iutf8 \
        opost ocrnl onlcr onocr onlret tab3 isig icanon iexten echo echoe echok echonl noflsh tostop \
        echoctl echoke; or a character, followed by itself, by ^X or by undef: intr quit erase kill \
        eof eol eol2 start stop susp rprnt werase lnext; or min or time and a number; or rows or \
        cols and a number; or size, which prints both; or speed; or sane, raw, cooked (the same as \
        -raw); or what -g has printed.

        The shell's line editor has settings of its own, and gives programs those that stty made.
        """,
      options: [
        .init("-a, --all", "show everything"),
        .init("-g, --save", "show everything so that stty takes it back"),
        .init("-F, --file=FILE", "this terminal"),
      ],
      examples: [
        .init("stty -echo", "do not show what is typed"),
        .init("stty rows 40 cols 120", "say how large the window is"),
      ], seeAlso: ["tty"], usageStatus: 1)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let (options, settings) = try split(invocation)
    guard let path = options.value("-F") else {
      return try run(invocation, .standardInput, "standard input", options, settings)
    }
    let terminal: Handle
    do throws(SystemError) {
      terminal = try invocation.system.openFile(path, .readWrite, mode: 0)
    } catch { throw .failed(path.shownSafely + ": " + Text(error.explanation)) }
    defer { invocation.system.close(terminal) }
    return try run(invocation, terminal, path, options, settings)
  }

  /// Tells options from settings, which begin with - as well.
  private static func split(
    _ invocation: Invocation
  ) throws(UtilityStop) -> (Options, [Text]) {
    var own: [Text] = []
    var settings: [Text] = []
    var takesNext = false
    for argument in invocation.arguments {
      let isOwn = argument.hasPrefix("--") || argument.hasPrefix("-F") || argument == "-a"
      if takesNext || isOwn || argument == "-g" {
        own.append(argument)
      } else {
        settings.append(argument)
      }
      takesNext = !takesNext && (argument == "-F" || argument == "--file")
    }
    return (try invocation.options(of: own), settings)
  }

  private static func run(
    _ invocation: Invocation, _ terminal: Handle, _ name: Text, _ options: Options,
    _ arguments: [Text]
  ) throws(UtilityStop) -> Int32 {
    let isReport = options.has("-a") || options.has("-g")
    if isReport, !arguments.isEmpty { throw .usage("with -a and -g nothing is changed") }
    let system = invocation.system
    let size = system.terminalSize(terminal) ?? (0, 0)
    let before: TerminalSettings
    do throws(SystemError) { before = try system.terminalSettings(terminal) } catch {
      throw .failed(name.shownSafely + ": " + Text(error.explanation))
    }
    guard !arguments.isEmpty else {
      let report = SettingsReport(settings: before, columns: size.columns, rows: size.rows)
      invocation.output.put(
        options.has("-g") ? report.saved : options.has("-a") ? report.all : report.unusual)
      return 0
    }
    var change = SettingsChange(before, size)
    if let wrong = change.read(arguments) { throw .usage(wrong) }
    invocation.output.put(change.output)
    do throws(SystemError) {
      if change.settings != before { try system.setTerminalSettings(terminal, change.settings) }
      if change.hasNewSize {
        try system.setTerminalSize(terminal, columns: change.columns, rows: change.rows)
      }
    } catch { throw .failed(name.shownSafely + ": " + Text(error.explanation)) }
    return 0
  }
}

enum TerminalName: UtilityProgram {
  static var manual: Manual {
    Manual(
      "tty", "print the name of the terminal at standard input", synopsis: ["[-s]"],
      description: "Prints the path of the terminal that standard input is, or that it is none.",
      options: [.init("-s, --silent, --quiet", "print nothing; the status tells")],
      exitStatus: [.init("0", "it is a terminal"), .init("1", "it is none")],
      seeAlso: ["stty"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("tty takes no operands") }
    do throws(SystemError) {
      let path = try invocation.system.terminalPath(.standardInput)
      if !options.has("-s") { invocation.output.put(path + "\n") }
      return 0
    } catch {
      if !options.has("-s") { invocation.output.put("not a tty\n") }
      return 1
    }
  }
}
