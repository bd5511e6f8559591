// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Disks
import Memory
import PCI
import Schemes

/// The program of a driver of disks, from its first step to its service. What is a driver's own is the
/// way from its function's registers to its disks.
public struct DiskProgram: ~Copyable {
  public let function: PCIFunction
  private let capsule: SharedBytes?

  /// Bytes through which the data of requests on files goes, for each disk.
  private static var transferBytes: Int { 1 << 20 }
  /// What a disk has of the capsule.
  private static var recordBytes: Int { (PartitionList.byteCount + 63) & ~63 }

  /// Serves the disks that `find` finds behind the function as `disk.FUNCTION-KIND`.
  ///
  /// `find` has reset the device when it returns, so that it does nothing any more that a predecessor
  /// asked for, and takes disks that cannot be driven for none, which it reports. A driver that its
  /// function refuses something reports that and ends.
  @inline(__always)
  public static func serve<Device: BlockDevice & ~Copyable>(
    _ kind: StaticString,
    _ find: (borrowing DiskProgram) throws(SystemError) -> [DiskUnit<Device>]
  ) -> Never {
    do throws(SystemError) {
      let program = try DiskProgram()
      let name = Text { text in
        text.put("disk.")
        text.put(program.function.address.shortName)
        text.put("-")
        text.put(kind)
      }
      let interrupt = try program.function.interrupt(0)
      try program.function.start()
      let disks = try find(program)
      try program.function.settled()
      Daemon.serve(
        DiskServer(
          disks, FunctionDiskHost(program.endStart(), interrupt),
          firstSerial: Clock.now().nanoseconds >> 10),
        as: name)
    } catch {
      DriverProgram.fail(error)
    }
  }

  @export(interface)
  init() throws(SystemError) {
    let function = try PCIFunction(DriverProgram.functionPath)
    let capsule = try Service.takeCapsule()?.bytes
    self.function = function
    self.capsule = capsule
  }

  consuming func endStart() -> PCIFunction { function }

  /// A disk, with pages for its data, and the partitions that were read last.
  ///
  /// - Parameter number: what it is called, below 256.
  @inline(__always)
  public func disk<Device: BlockDevice & ~Copyable>(
    _ number: Int, _ device: consuming Device
  ) throws(SystemError) -> DiskUnit<Device> {
    let data = try DeviceArea(function, byteCount: Self.transferBytes, isOnePiece: false)
    return DiskUnit(
      number, device, TransferMemory(data.bytes, addresses: data.pages), try partitions(number))
  }

  /// Memory of the device's own, in one piece, for as long as the program runs.
  @export(interface)
  public func area(byteCount: Int) throws(SystemError) -> DeviceArea {
    try DeviceArea(function, byteCount: byteCount, isOnePiece: true)
  }

  /// Those that the capsule holds; where it has no room for a disk's, they live as long as the driver.
  @export(interface)
  func partitions(_ number: Int) throws(SystemError) -> PartitionList {
    let start = number * Self.recordBytes
    let memory: SharedBytes
    if let capsule, start + PartitionList.byteCount <= capsule.count {
      memory = capsule.extracting(start..<start + PartitionList.byteCount)
    } else {
      memory = try Mapping(byteCount: PartitionList.byteCount).shared()
    }
    do throws(CapsuleError) { return try PartitionList(in: memory) } catch { throw .outOfMemory }
  }
}
