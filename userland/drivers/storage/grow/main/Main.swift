// SPDX-License-Identifier: MIT
import DiskGrowth
import Partitions
import System

/// `grow NUMBER`: gives the partition with this number what is free behind it on its disk.
@main struct GrowProgram {
  /// How often the partition is looked for, and how long after one another: a driver that init has
  /// started may still be getting ready.
  private static var attempts: Int { 100 }
  private static var pause: Duration { .milliseconds(50) }

  static func main() {
    guard Arguments.count == 2, let partition = GUID(Arguments.text(at: 1)) else {
      Log.error("usage: grow NUMBER, which names a partition")
      exit(1)
    }
    for attempt in 0..<attempts {
      if attempt > 0 { Clock.sleep(pause) }
      for scheme in diskSchemes() where look(at: "/scheme/" + scheme + "/0", partition) {
        // Whoever waits for this program goes on now.
        Readiness.tell()
        exit(0)
      }
    }
    Log.error("no disk has the partition " + partition.text)
    exit(0)
  }

  private static func diskSchemes() -> [Text] {
    do throws(SystemError) {
      return try Directory("/scheme").entries().map { $0.name }.filter { $0.hasPrefix("disk.") }
        .sorted()
    } catch { return [] }
  }

  /// - Returns: whether the partition is on this disk.
  private static func look(at path: Text, _ partition: GUID) -> Bool {
    let disk: OpenDisk
    do throws(SystemError) { disk = try OpenDisk(path) } catch { return false }
    switch DiskGrowth.carryOut(on: disk, partition) {
    case .absent: return false
    case .complete: return true
    case .failed: Log.error(path + ": the partition table cannot be written")
    case .mended:
      Log.warning(path + ": a copy of the partition table was incomplete, and is whole again")
    case .grown(let old, let new):
      Log.info { line in
        line.put(path)
        line.put(": partition ")
        line.put(partition.text)
        line.put(" grew from ")
        line.put(decimal: old >> 20)
        line.put(" to ")
        line.put(decimal: new >> 20)
        line.put(" MiB")
      }
    }
    disk.readTableAnew()
    return true
  }
}
