// SPDX-License-Identifier: MIT
import Disks
import PCI
import System
import Virtio
import VirtioDriver

/// `virtio-blkd [FOLDER]`: serves the disk behind a virtio function.
@main struct VirtioBlockProgram {
  /// Bytes through which the data of requests on files goes.
  private static var transferBytes: Int { 1 << 20 }

  static func main() {
    do throws(SystemError) {
      let function = try PCIFunction(DriverProgram.functionPath)
      let name = DriverName.scheme(of: function.address)
      guard let places = VirtioPlaces(function.description, function.configuration) else {
        DriverProgram.fail("the function has no structures of virtio 1")
      }
      guard places.common.baseAddress == places.notification.baseAddress,
        places.common.baseAddress == places.device.baseAddress
      else { DriverProgram.fail("its structures lie in several base addresses") }
      let registers = RegisterWindow(
        try function.registers(places.common.baseAddress),
        places: [places.common.offset, places.notification.offset, places.device.offset])
      let interrupt = try function.interrupt(0)
      let area = try DeviceArea(
        function, byteCount: VirtioBlock<DeviceMemory>.byteCount, isOnePiece: true)
      let data = try DeviceArea(function, byteCount: transferBytes, isOnePiece: false)
      try function.start()
      let device = try device(
        VirtioTransport(
          registers, step: places.notificationStep, doorbellBytes: places.notification.byteCount),
        area, places)
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
    _ transport: consuming VirtioTransport<DeviceMemory>, _ area: borrowing DeviceArea,
    _ places: VirtioPlaces
  ) throws(SystemError) -> VirtioBlock<DeviceMemory> {
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
