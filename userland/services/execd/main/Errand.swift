// SPDX-License-Identifier: MIT
import CommandExecution
import ExecStream
import System

/// Runs what the host asked for, sends what it says and how it ends, and switches the machine off.
struct Errand {
  private let task: ShellTask

  init(_ task: ShellTask) { self.task = task }

  func run() -> Never {
    do throws(SystemError) {
      let channel = try Channel()
      if try wasBegunBefore() {
        // The host hears that no status came, and says so.
        channel.sendMessage("execd: ended while the command ran")
        switchOff()
      }
      putFiles(channel)
      channel.sendReady()
      let status = execute(channel)
      getFiles(channel)
      channel.sendStatus(status)
    } catch {
      Log.error("the second serial port cannot be used: " + Text(error))
    }
    switchOff()
  }

  /// Whether a predecessor has begun the errand: it is not run twice.
  private func wasBegunBefore() throws(SystemError) -> Bool {
    guard let capsule = try Service.takeCapsule() else { return false }
    let wasBegun = capsule.bytes.load(at: 0, as: UInt64.self) != 0
    capsule.bytes.storeReleasing64(1, at: 0)
    return wasBegun
  }

  private func execute(_ channel: borrowing Channel) -> UInt32 {
    do throws(SystemError) {
      return try CommandRun().run(task, channel)
    } catch {
      let line = "execd: " + Text(error) + "\n"
      channel.send(.standardError, line.span)
      return StatusCode.notExecutable
    }
  }
}

// MARK: Files

extension Errand {
  /// Puts the files that came with the request in their places, as far as these can be written.
  private func putFiles(_ channel: borrowing Channel) {
    copy(Text(), channel)
  }

  /// Copies what lies in a directory of the inbox.
  private func copy(_ directory: Text, _ channel: borrowing Channel) {
    let entries: [Directory.Entry]
    do throws(SystemError) {
      entries = try Directory(Transfer.inbox + directory).entries()
    } catch {
      // Without an inbox nothing was sent.
      return
    }
    for entry in entries {
      let path = directory + "/" + entry.name
      if entry.type == FileMode.directory {
        copy(path, channel)
      } else {
        copyFile(path, channel)
      }
    }
  }

  private func copyFile(_ path: Text, _ channel: borrowing Channel) {
    do throws(SystemError) {
      let source = try File(Transfer.inbox + path, .read)
      let mode = try source.status().mode & 0o7777
      let contents = try source.handle.readAll()
      for parent in Transfer.parents(of: path) { makeDirectory(parent) }
      try FileSystem.write(Transfer.place(of: path), contents.span, mode: mode)
    } catch {
      channel.sendMessage(
        "execd: " + path + " stays at " + Transfer.inbox + path + ": " + Text(error))
    }
  }

  /// A directory that is there already is what is wanted; any other trouble shows when the file is
  /// written.
  private func makeDirectory(_ path: Text) {
    do throws(SystemError) { try FileSystem.makeDirectory(path, mode: 0o755) } catch { return }
  }

  /// Sends the files that the host wants back.
  private func getFiles(_ channel: borrowing Channel) {
    let list: Text
    do throws(SystemError) {
      list = Text(try FileSystem.read("/scheme/initfs/exec/get"))
    } catch { return }
    for path in Transfer.wanted(list) {
      do throws(SystemError) {
        try channel.sendFile(path)
      } catch {
        channel.sendMessage("execd: " + path + ": " + Text(error))
      }
    }
  }
}
