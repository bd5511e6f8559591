// SPDX-License-Identifier: MIT
import Disks
import NVMeDriver
import PCI
import System

/// `nvmed [FOLDER]`: serves the disk behind an NVMe controller.
@main struct NVMeProgram {
  static func main() { DiskProgram.serve("nvme", disks) }

  private static func disks(
    _ program: borrowing DiskProgram
  ) throws(SystemError) -> [DiskUnit<NVMeController<DeviceMemory>>] {
    let registers = try program.function.registers(0)
    guard registers.byteCount >= 0x2000 else {
      DriverProgram.fail("the controller has too few registers")
    }
    let area = try program.area(byteCount: NVMeController<DeviceMemory>.byteCount)
    return [try program.disk(0, controller(registers, area))]
  }

  private static func controller(
    _ registers: consuming DeviceMemory, _ area: borrowing DeviceArea
  ) -> NVMeController<DeviceMemory> {
    do throws(NVMeError) {
      return try NVMeController.made(registers, area.bytes, at: area.pages[0]) {
        Clock.sleep(.microseconds(100))
      }
    } catch {
      switch error {
      case .broken: DriverProgram.fail("the controller does not start")
      case .unsupported: DriverProgram.fail("the controller cannot do what a driver needs")
      }
    }
  }
}
