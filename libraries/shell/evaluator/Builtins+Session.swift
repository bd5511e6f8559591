// SPDX-License-Identifier: MIT
import Base
import Core
import ShellEditor
import ShellExpander

/// What only has a use in a session.
extension Shell {
  func showHistory(_ words: [Text]) {
    status = 0
    guard words.count > 1 else {
      for entry in history.entries { write(entry + "\n") }
      return
    }
    switch words[1] {
    case "+inc_append": return  // Each command is appended as soon as it has run in any case.
    case "+duplicates": loadsDuplicates = true
    case "-duplicates": loadsDuplicates = false
    case "-share": return
    case "-inc_append", "+share":
      fail(words[0], words[1] + " is not supported: each shell appends its commands as they run")
    default: fail(words[0], "unknown option " + words[1], status: 2)
    }
  }

  func setKeyBindings(_ words: [Text]) {
    status = 0
    guard words.count == 2 else { return fail(words[0], "'vi' or 'emacs' is needed") }
    switch words[1] {
    case "vi": keyBindings = .vi
    case "emacs": keyBindings = .emacs
    default: fail(words[0], "'" + words[1] + "' is neither 'vi' nor 'emacs'")
    }
  }

  func setDebugging(_ words: [Text]) {
    status = 0
    guard words.count == 2 else { return fail(words[0], "'on' or 'off' is needed") }
    switch words[1] {
    case "on": state.printsCommands = true
    case "off": state.printsCommands = false
    default: fail(words[0], "'" + words[1] + "' is neither 'on' nor 'off'")
    }
  }
}
