// SPDX-License-Identifier: MIT
import Disks
import PCI
import System
import Virtio
import VirtioDriver

/// `virtio-blkd [FOLDER]`: serves the disk behind a virtio function.
@main struct VirtioBlockProgram {
  static func main() { DiskProgram.serve("virtio", disks) }

  private static func disks(
    _ program: borrowing DiskProgram
  ) throws(SystemError) -> [DiskUnit<VirtioBlock<DeviceMemory>>] {
    guard
      let places = VirtioPlaces(program.function.description, program.function.configuration)
    else { DriverProgram.fail("the function has no structures of virtio 1") }
    guard places.common.baseAddress == places.notification.baseAddress,
      places.common.baseAddress == places.device.baseAddress
    else { DriverProgram.fail("its structures lie in several base addresses") }
    let registers = RegisterWindow(
      try program.function.registers(places.common.baseAddress),
      places: [places.common.offset, places.notification.offset, places.device.offset])
    let area = try program.area(byteCount: VirtioBlock<DeviceMemory>.byteCount)
    let transport = VirtioTransport(
      registers, step: places.notificationStep, doorbellBytes: places.notification.byteCount)
    return [try program.disk(0, device(transport, area, places))]
  }

  private static func device(
    _ transport: consuming VirtioTransport<DeviceMemory>, _ area: borrowing DeviceArea,
    _ places: VirtioPlaces
  ) -> VirtioBlock<DeviceMemory> {
    do throws(VirtioError) {
      return try VirtioBlock.made(
        transport, area.bytes, at: area.pages[0], configurationBytes: places.device.byteCount)
    } catch {
      switch error {
      case .broken: DriverProgram.fail("the device does not start")
      case .unsupported: DriverProgram.fail("the device is not as virtio 1 wants it")
      }
    }
  }
}
