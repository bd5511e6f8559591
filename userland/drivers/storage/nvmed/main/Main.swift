// SPDX-License-Identifier: MIT
import Disks
import NVMeDriver
import PCI
import System

/// `nvmed [FOLDER]`: serves the disk behind an NVMe controller.
@main struct NVMeProgram {
  /// Bytes through which the data of requests on files goes.
  private static var transferBytes: Int { 1 << 20 }

  static func main() {
    do throws(SystemError) {
      let function = try PCIFunction(DriverProgram.functionPath)
      let name = "disk." + function.address.shortName + "-nvme"
      let registers = try function.registers(0)
      let interrupt = try function.interrupt(0)
      let area = try DeviceArea(
        function, byteCount: NVMeController<DeviceMemory>.byteCount, isOnePiece: true)
      let data = try DeviceArea(function, byteCount: transferBytes, isOnePiece: false)
      try function.start()
      let device = try device(registers, area)
      try function.settled()
      Daemon.serve(
        DiskServer(
          device, FunctionDiskHost(function, interrupt),
          TransferMemory(data.bytes, addresses: data.pages), try DriverProgram.partitions(),
          firstSerial: Clock.now().nanoseconds >> 10),
        as: name)
    } catch {
      DriverProgram.fail(error)
    }
  }

  private static func device(
    _ registers: consuming DeviceMemory, _ area: borrowing DeviceArea
  ) throws(SystemError) -> NVMeController<DeviceMemory> {
    guard registers.byteCount >= 0x2000 else {
      DriverProgram.fail("the controller has too few registers")
    }
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
