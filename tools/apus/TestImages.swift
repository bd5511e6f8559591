// SPDX-License-Identifier: MIT
import Checks
import DiskImages
import Guest
import Host
import Project

extension TestStep {
  /// Disk images: the same sources make the same bytes, and UEFI firmware starts them.
  static func images(_ project: Project) throws(Failure) -> Tally {
    let images = DiskImageBuilder(.talking(project), .x86_64, hasBIOSLoader: false)
    let built = try orFail { () throws(BuildError) in try images.build("minimal") }
    var tally = try buildTwice(images, built.disk)
    tally.add(try bootThroughFirmware(built, project))
    return tally
  }

  private static func buildTwice(
    _ images: DiskImageBuilder, _ path: String
  ) throws(Failure) -> Tally {
    let first = try orFail { () throws(HostError) in try Files.read(path) }
    try orFail { () throws(HostError) in try Files.remove(path) }
    _ = try orFail { () throws(BuildError) in try images.build("minimal") }
    let second = try orFail { () throws(HostError) in try Files.read(path) }
    return first == second
      ? Tally(passed: 1) : .failure("images: two builds of the same sources differ")
  }

  /// From firmware through the loader to a command that the host configuration device brings.
  private static func bootThroughFirmware(
    _ built: DiskSystem, _ project: Project
  ) throws(Failure) -> Tally {
    let firmware = try orFail { () throws(HostError) in
      try FirmwareKind.uefi.machineFirmware()
    }
    var request = GuestRequest()
    request.command = "uname -s; cat /etc/hostname"
    let output = OutputBox()
    let sink = ExecRunner.Sink(
      output: { bytes throws(HostError) in output.bytes += bytes },
      error: { bytes throws(HostError) in output.bytes += bytes })
    let command = GuestCommand(
      project: project, system: built.system, request: request, timeout: 180, sink: sink)
    let report = try command.run { system in
      var machine = Machine(.firmware(firmware, request: system.request))
      machine.disks = [Machine.Disk(built.disk, isTemporary: true)]
      return machine
    }
    let said = String(decoding: output.bytes, as: UTF8.self)
    guard report.status == 0, said == "Apus\napus\n" else {
      return Tally(
        failed: 1,
        report: ["images: the command through UEFI said \"\(said)\", status \(report.status)"]
          + report.lines)
    }
    return Tally(passed: 1)
  }
}

/// What the closures of a sink gather.
private final class OutputBox {
  var bytes: [UInt8] = []
}
