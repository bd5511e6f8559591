// SPDX-License-Identifier: MIT
import System

/// What the boot loader left, which the kernel gives out once.
enum BootSeedFile {
  /// Takes it, and with it the way to it and to everything else: from here on this process reaches no
  /// scheme any more.
  ///
  /// - Returns: nothing if there was none, or a predecessor has had it.
  static func take() -> [UInt8] {
    var bytes: [UInt8] = []
    do throws(SystemError) { bytes = try read() } catch {
      Log.warning { line in
        line.put("the boot loader's seed: ")
        line.put(error.explanation)
      }
    }
    do throws(SystemError) {
      let nothing = try Namespace.empty()
      try Process.setProperty(.namespace, nothing.handle.word)
    } catch { exit(1) }
    return bytes
  }

  private static func read() throws(SystemError) -> [UInt8] {
    let file = try File("/scheme/sys/seed")
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = try file.read(into: bytes.mutableSpan)
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
