// SPDX-License-Identifier: MIT
import Checks
import DiskImages
import Guest
import Host
import Project

extension TestStep {
  /// Disk images: the same sources make the same bytes, UEFI firmware starts them, and what is written
  /// to their root is there after the next start.
  static func images(_ project: Project) throws(Failure) -> Tally {
    let images = DiskImageBuilder(.talking(project), .x86_64, hasBIOSLoader: false)
    let built = try orFail { () throws(BuildError) in try images.build("minimal") }
    var tally = try buildTwice(images, built.disk)
    tally.add(try bootThroughFirmware(built, project))
    tally.add(try keepFiles(built, project))
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
    return try run("uname -s; cat /etc/hostname", saying: "Apus\napus\n", built, project) {
      system in
      var machine = Machine(.firmware(firmware, request: system.request))
      machine.disks = [Machine.Disk(built.disk, isTemporary: true)]
      return machine
    }
  }

  /// A file that one system writes and the next one reads; the machine is switched off in between.
  private static func keepFiles(_ built: DiskSystem, _ project: Project) throws(Failure) -> Tally {
    let copy = project.built("images/test-\(Environment.processIdentifier).img")
    defer { try? Files.remove(copy) }
    let copied = try orFail { () throws(HostError) in
      try Command("cp", ["--sparse=always", built.disk, copy]).capture()
    }
    guard copied.status.isSuccess else { return .failure("images: \(copied.text)") }
    var total = Tally()
    for (command, expected) in [
      ("echo kept > /root/file; mkdir /root/folder", ""),
      ("cat /root/file; ls /root", "kept\nfile\nfolder\n"),
    ] {
      total.add(
        try run(command, saying: expected, built, project) { system in
          var machine = Machine(kernel: system.kernel, initrd: system.initrd)
          machine.commandLine = built.commandLine
          machine.disks = [Machine.Disk(copy, isTemporary: false)]
          return machine
        })
    }
    return total
  }

  private static func run(
    _ command: String, saying expected: String, _ built: DiskSystem, _ project: Project,
    on machine: (BootableSystem) -> Machine
  ) throws(Failure) -> Tally {
    var request = GuestRequest()
    request.command = command
    let output = OutputBox()
    let sink = ExecRunner.Sink(
      output: { bytes throws(HostError) in output.bytes += bytes },
      error: { bytes throws(HostError) in output.bytes += bytes })
    let guest = GuestCommand(
      project: project, system: built.system, request: request, timeout: 180, sink: sink)
    let report = try guest.run { system throws(Failure) in machine(system) }
    let said = String(decoding: output.bytes, as: UTF8.self)
    guard report.status == 0, said == expected else {
      return Tally(
        failed: 1,
        report: ["images: \(command) said \"\(said)\", status \(report.status)"] + report.lines)
    }
    return Tally(passed: 1)
  }
}

/// What the closures of a sink gather.
private final class OutputBox {
  var bytes: [UInt8] = []
}
