// SPDX-License-Identifier: MIT
import Base

/// What the command line asks of the shell.
struct Options {
  enum Failure: Error {
    case twice
    case commandAndFile
    case keyBindings
    case missingValue
    case unknown(Text)

    var message: Text {
      switch self {
      case .twice: "flag or option set twice, see --help"
      case .commandAndFile: "either execute command or file(s)"
      case .keyBindings: "invalid keybinding, see --help"
      case .missingValue: "an option has no value, see --help"
      case .unknown(let option): "unknown option " + option + ", see --help"
      }
    }
  }

  var command: Text?
  var isInteractive = false
  var staysAfterErrors = false
  var onlyParses = false
  var printsCommands = false
  var showsHelp = false
  var showsVersion = false
  /// The checkout of Ion whose examples are to be run.
  var examples: Text?
  /// The script's name and arguments.
  var arguments: [Text] = []

  init(_ words: [Text]) throws(Failure) {
    var seen: [Text] = []
    var index = 0
    while index < words.count {
      let word = words[index]
      guard word.hasPrefix("-"), word.count > 1 else {
        arguments = Array(words[index...])
        break
      }
      index += 1
      guard !seen.contains(word) else { throw .twice }
      seen.append(word)
      switch word {
      case "-f", "--fake-interactive": staysAfterErrors = true
      case "-h", "--help": showsHelp = true
      case "-i", "--interactive": isInteractive = true
      case "-l", "--login": break
      case "-n", "--no-execute": onlyParses = true
      case "-x": printsCommands = true
      case "-v", "--version": showsVersion = true
      case "-c": command = try Self.value(words, &index)
      case "--examples": examples = try Self.value(words, &index)
      case "-o":
        let name = try Self.value(words, &index)
        guard name == "vi" || name == "emacs" else { throw .keyBindings }
      default: throw .unknown(word)
      }
    }
    if command != nil, !arguments.isEmpty { throw .commandAndFile }
  }

  private static func value(_ words: [Text], _ index: inout Int) throws(Failure) -> Text {
    guard index < words.count else { throw .missingValue }
    defer { index += 1 }
    return words[index]
  }

  static let help: Text = """
    Ion, the shell of Apus.

    usage: ion [OPTION]... [SCRIPT [ARGUMENT]...]
           ion [OPTION]... -c COMMANDS
           ion --examples CHECKOUT

      -c COMMANDS             run these commands
      -f, --fake-interactive  go on after errors
      -h, --help              print this
      -i, --interactive       ask for commands even if the input is no terminal
      -l, --login             accepted, without effect
      -n, --no-execute        check the syntax and run nothing
      -o vi|emacs             key bindings
      -v, --version           print the version
      -x                      print commands before they run
      --examples CHECKOUT     run the examples of a checkout of Ion and compare what they print

    """
}
