// SPDX-License-Identifier: MIT
import ABI
import Base
import ShellEditor
import ShellEvaluator
import ShellSession
import System

extension ApusSystem: SessionSystem {
  func setRawMode(_ isRaw: Bool) {
    let terminal = Terminal(.standardInput)
    do throws(SystemError) {
      var settings = try terminal.settings()
      if isRaw {
        // A program that was killed in a mode of its own has not left the usual one.
        if usualSettings == nil || settings.local.contains(.canonical) { usualSettings = settings }
        settings = usualSettings ?? settings
        settings.input.remove(
          .returnToNewLine | .newLineToReturn | .ignoreReturn | .strip | .flowControl)
        settings.local.remove(.canonical | .echo | .signals | .extended)
        settings[.minimum] = 1
        settings[.time] = 0
      } else {
        settings = usualSettings ?? settings
      }
      try terminal.set(settings, .drained)
    } catch {
      // The terminal has gone: the next read says so.
      return
    }
  }

  func terminalSize() -> TerminalSize? {
    do throws(SystemError) {
      let size = try Terminal(.standardInput).windowSize()
      guard size.columns > 0, size.rows > 0 else { return nil }
      return TerminalSize(columns: Int(size.columns), rows: Int(size.rows))
    } catch { return nil }
  }

  var now: Int { Int(Clock.wallClock() / 1_000_000_000) }

  func makeDirectory(_ path: Text) throws(SystemFailure) {
    do throws(SystemError) { try FileSystem.makeDirectory(path) } catch {
      throw SystemFailure(error)
    }
  }

  func replace(_ path: Text, with bytes: [UInt8]) throws(SystemFailure) {
    let new = path + ".new"
    let handle = try open(new, for: .writing)
    do throws(SystemFailure) {
      var rest = bytes[...]
      while !rest.isEmpty { rest = rest.dropFirst(max(1, try write(handle, rest))) }
    } catch {
      close(handle)
      throw error
    }
    close(handle)
    do throws(SystemError) { try FileSystem.rename(new, to: path) } catch {
      throw SystemFailure(error)
    }
  }
}
