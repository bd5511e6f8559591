// SPDX-License-Identifier: MIT
import Manual
import RedoxFS
import System
import VolumeService

/// `redoxfs-mkfs`: makes volumes.
enum Making {
  /// - Returns: the exit status.
  static func run(_ name: Text) -> Int32 {
    let command: FormatCommand
    do throws(FormatUsage) { command = try FormatCommand(Arguments.all) } catch {
      switch error {
      case .help:
        Handle.standardOutput.writeIgnoringErrors(FormatCommand.manual.help)
        return 0
      case .wrong(let reason):
        say(name + ": " + reason + "; see " + name + " --help\n")
        return 2
      }
    }
    guard let failure = make(command) else { return 0 }
    say(name + ": " + command.disk + ": " + failure + "\n")
    return 1
  }

  private static func say(_ line: Text) { Handle.standardError.writeIgnoringErrors(line) }

  /// - Returns: why it was not made.
  private static func make(_ command: FormatCommand) -> Text? {
    let store: DiskStore
    var isNew = false
    do throws(SystemError) {
      let claim = try DiskClaim(
        command.disk, .change, command.blockCount == nil ? OpenFlags() : .create)
      if let blocks = command.blockCount {
        isNew = try claim.file.status().size == 0
        try claim.file.truncate(to: blocks &* UInt64(Layout.blockBytes))
      }
      store = try DiskStore(claim)
    } catch { return DiskClaim.explanation(error) }
    if !command.overwrites, !isNew, hasVolume(store) {
      return "there is a volume already, which --force would overwrite"
    }
    var identifier = InlineBytes<16>()
    for index in 0..<16 { identifier.bytes[index] = UInt8.random(in: 0...255) }
    // RFC 9562: version 4, a random number.
    identifier.bytes[6] = identifier.bytes[6] & 0x0F | 0x40
    identifier.bytes[8] = identifier.bytes[8] & 0x3F | 0x80
    var now = Timestamp()
    now.seconds = Clock.wallClock() / 1_000_000_000
    do throws(FileSystemError) {
      _ = try FileSystem.format(
        store, identifier: identifier,
        root: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now: now)
      return nil
    } catch { return error.explanation }
  }

  /// Whether there is a volume, of whatever version, that somebody may want to keep.
  private static func hasVolume(_ store: DiskStore) -> Bool {
    do throws(VolumeError) {
      _ = try Volume(opening: store)
      return true
    } catch { return error != .noVolume }
  }
}
