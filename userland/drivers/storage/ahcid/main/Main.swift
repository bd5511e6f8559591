// SPDX-License-Identifier: MIT
import AHCIDriver
import Disks
import PCI
import System

/// `ahcid [FOLDER]`: serves the disks behind an AHCI controller.
@main struct AHCIProgram {
  static func main() { DiskProgram.serve("ahci", disks) }

  /// The disk at each port that has one; what cannot be driven is reported and left alone.
  private static func disks(
    _ program: borrowing DiskProgram
  ) throws(SystemError) -> [DiskUnit<AHCIPort<DeviceMemory>>] {
    let adapter = try adapter(program)
    var found: [DiskUnit<AHCIPort<DeviceMemory>>] = []
    for number in adapter.occupiedPorts {
      let area = try program.area(byteCount: AHCIPort<DeviceMemory>.byteCount)
      guard let port = port(adapter, number, area) else { continue }
      found.append(try program.disk(number, port))
    }
    return found
  }

  private static func adapter(
    _ program: borrowing DiskProgram
  ) throws(SystemError) -> HostAdapter<DeviceMemory> {
    // The last base address holds the registers (AHCI 1.3.1, 2.1.11).
    let registers = try program.function.registers(5)
    let byteCount = registers.byteCount
    do throws(AHCIError) {
      return try HostAdapter.made(registers, byteCount: byteCount) {
        Clock.sleep(.microseconds(100))
      }
    } catch { DriverProgram.fail(Text(error.explanation)) }
  }

  private static func port(
    _ adapter: HostAdapter<DeviceMemory>, _ number: Int, _ area: borrowing DeviceArea
  ) -> AHCIPort<DeviceMemory>? {
    do throws(AHCIError) {
      return try AHCIPort.made(adapter, number, area.bytes, at: area.pages[0])
    } catch {
      Log.error { line in
        line.put("port ")
        line.put(decimal: UInt64(number))
        line.put(": ")
        line.put(error.explanation)
      }
      return nil
    }
  }
}
