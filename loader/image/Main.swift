// SPDX-License-Identifier: MIT
import CFirmware

/// The firmware enters at `loader_start` (`support/start.c`), never here; SwiftPM asks every
/// executable for a `main`.
@main
struct LoaderImage {
  static func main() {}
}

/// - Parameters:
///   - image: the handle of this program.
///   - system: the address of UEFI's system table.
/// - Returns: a status for the firmware, which then goes on with what else it may boot.
@c(loader_main)
public func loaderMain(_ image: UInt64, _ system: UInt64) -> UInt64 {
  let firmware = Firmware(image: image, system: system)
  do throws(LoaderError) {
    try Loader(firmware).start()
  } catch {
    firmware.print("Apus: cannot start: ")
    firmware.print(error.explanation)
    if error.status != 0 {
      firmware.print(" (status ")
      firmware.print(decimal: error.status & ~Firmware.errorBit)
      firmware.print(")")
    }
    firmware.print("\r\n")
    firmware.wait(seconds: 5)
    return Firmware.loadError
  }
}
