// SPDX-License-Identifier: MIT
import Base
import ShellExpander
import Core

extension Shell {
  /// Changes the directory; false, with a message, if that fails.
  private func enter(_ path: Text, for command: Text) -> Bool {
    do throws(SystemFailure) { try system.changeDirectory(path) } catch {
      fail(command, path + ": " + error.reason)
      return false
    }
    state.previousDirectory = state.directory
    state.directory = system.workingDirectory
    status = 0
    return true
  }

  func changeDirectory(_ words: [Text]) {
    guard words.count <= 2 else { return fail(words[0], "too many arguments") }
    guard words.count == 2 else {
      guard let home = home(of: "") else { return fail(words[0], "there is no home directory") }
      _ = enter(home, for: words[0])
      return
    }
    if words[1] == "-" {
      guard let previous = state.previousDirectory else {
        return fail(words[0], "no previous directory to switch to")
      }
      _ = enter(previous, for: words[0])
    } else {
      _ = enter(words[1], for: words[0])
    }
  }

  func printWorkingDirectory(_ words: [Text]) {
    guard words.count == 1 else { return fail(words[0], "no options are known here") }
    write(state.directory + "\n")
    status = 0
  }

  func pushDirectory(_ words: [Text]) {
    guard words.count == 2 else { return fail(words[0], "a directory is needed") }
    let here = state.directory
    guard enter(words[1], for: words[0]) else { return }
    state.directoryStack.append(here)
    if state.directoryStack.count > state.directoryLimit { state.directoryStack.removeFirst() }
    showDirectories()
  }

  func popDirectory() {
    guard let last = state.directoryStack.last else {
      return fail("popd", "the directory stack is empty")
    }
    guard enter(last, for: "popd") else { return }
    state.directoryStack.removeLast()
    showDirectories()
  }

  func showDirectories() {
    write(([state.directory] + state.directoryStack.reversed()).joined(by: " ") + "\n")
    status = 0
  }

  func setDirectoryDepth(_ words: [Text]) {
    status = 0
    guard words.count > 1 else {
      state.directoryLimit = ShellLimits.directoryStack
      return
    }
    guard let limit = try? Int(decimal: words[1]), limit >= 0 else {
      return fail(words[0], "'" + words[1] + "' is not a positive number")
    }
    state.directoryLimit = min(limit, ShellLimits.directoryStack)
    let surplus = state.directoryStack.count - state.directoryLimit
    if surplus > 0 { state.directoryStack.removeFirst(surplus) }
  }
}
