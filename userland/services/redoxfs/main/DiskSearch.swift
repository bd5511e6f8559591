// SPDX-License-Identifier: MIT
import RedoxFS
import System

/// Finds the disk or partition with a certain volume, among all that serve a scheme `disk.NAME`.
enum DiskSearch {
  /// How often it is looked for, and how long after one another: a driver that init has started may
  /// still be getting ready.
  private static var attempts: Int { 100 }
  private static var pause: Duration { .milliseconds(50) }

  /// - Parameter identifier: as `text` writes it.
  /// - Returns: its path; nil if no disk has it.
  static func path(of identifier: Text) -> Text? {
    for attempt in 0..<attempts {
      if attempt > 0 { Clock.sleep(pause) }
      for scheme in names(in: "/scheme") where scheme.hasPrefix("disk.") {
        if let found = path(of: identifier, on: "/scheme/" + scheme) { return found }
      }
    }
    return nil
  }

  /// Partitions are looked at first: a whole disk is searched only if it has none.
  private static func path(of identifier: Text, on disk: Text) -> Text? {
    let parts = names(in: disk)
    let partitions = parts.filter { $0.contains(0x70) }
    for part in partitions.isEmpty ? parts : partitions {
      let path = disk + "/" + part
      do throws(SystemError) {
        let store = try DiskStore(DiskClaim(path, .look))
        do throws(VolumeError) {
          // Also one that is encrypted: mounting it says so.
          if text(try Volume.header(on: store).identifier) == identifier { return path }
        } catch { continue }
      } catch { continue }
    }
    return nil
  }

  private static func names(in folder: Text) -> [Text] {
    do throws(SystemError) { return try Directory(folder).entries().map { $0.name }.sorted() } catch
    {
      return []
    }
  }

  /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in lower case.
  private static func text(_ identifier: InlineBytes<16>) -> Text {
    Text { text in
      for index in 0..<16 {
        if index == 4 || index == 6 || index == 8 || index == 10 { text.put("-") }
        text.put(hexadecimal: UInt64(identifier.bytes[index]), digits: 2)
      }
    }
  }
}
