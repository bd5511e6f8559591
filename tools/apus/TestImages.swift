// SPDX-License-Identifier: MIT
import Checks
import DiskImages
import Guest
import Host
import Project

extension TestStep {
  /// Disk images: the same sources make the same bytes, UEFI firmware starts them, and on a larger disk
  /// they use all of it, and have what was written to their root at the next start.
  static func images(_ project: Project) throws(Failure) -> Tally {
    let images = DiskImageBuilder(.talking(project), .x86_64, hasBIOSLoader: false)
    let built = try orFail { () throws(BuildError) in try images.build("minimal") }
    var tally = try buildTwice(images, built.disk)
    tally.add(try bootThroughFirmware(built, project))
    tally.add(try growAndKeepFiles(built, project))
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

  /// From firmware through the loader to a command that the host configuration device brings; and what
  /// the firmware's random number generator gave to randd, once.
  private static func bootThroughFirmware(
    _ built: DiskSystem, _ project: Project
  ) throws(Failure) -> Tally {
    let firmware = try orFail { () throws(HostError) in
      try FirmwareKind.uefi.machineFirmware()
    }
    return try run(
      "uname -s; cat /etc/hostname; grep -c 'a seed of [36][24] bytes from the boot loader' /scheme/log; "
        + "cat /scheme/sys/seed | wc -c",
      saying: ["Apus\napus\n1\n0\n"], built, project
    ) { system in
      var machine = Machine(.firmware(firmware, request: system.request))
      machine.disks = [Machine.Disk(built.disk, isTemporary: true)]
      machine.extra = ["-device", "virtio-rng-pci"]
      return machine
    }
  }

  /// An image that is copied to a disk of 96 MiB: the first start makes its root as large as that; a
  /// file that one system writes is there for the next one. The machine is switched off in between.
  private static func growAndKeepFiles(
    _ built: DiskSystem, _ project: Project
  ) throws(Failure) -> Tally {
    let copy = project.built("images/test-\(Environment.processIdentifier).img")
    defer { try? Files.remove(copy) }
    for command in [
      Command("cp", ["--sparse=always", built.disk, copy]),
      Command("truncate", ["-s", "96M", copy]),
    ] {
      let result = try orFail { () throws(HostError) in try command.capture() }
      guard result.status.isSuccess else { return .failure("images: \(result.text)") }
    }
    var total = Tally()
    // The partition begins after 17 MiB, and the last MiB has the second table.
    for (command, expected) in [
      (
        "df -h /; dmesg | grep grew; echo kept > /root/file; mkdir /root/folder",
        [" 78M ", "grew from 32 to 78 MiB"]
      ),
      (
        "df -h /; cat /root/file; ls /root; " + Self.restartWithoutRoot,
        [" 78M ", "\nkept\nfile\nfolder\n", "restarts: 1\n"]
      ),
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

  /// While the server of the root file system does nothing, a service whose program lies there is killed
  /// and comes back. All that looks at it lies elsewhere.
  private static let restartWithoutRoot = """
    for name in coreutils service ion; cp /usr/bin/$name /scheme/tmp/$name; end; \
    ln -s coreutils /scheme/tmp/kill; ln -s coreutils /scheme/tmp/sleep; \
    let server = $(pgrep redoxfs); let victim = $(pgrep ipcd); \
    /scheme/tmp/ion -c "/scheme/tmp/kill -STOP $server; /scheme/tmp/kill -9 $victim; \
    /scheme/tmp/sleep 1; /scheme/tmp/service status ipcd; /scheme/tmp/kill -CONT $server"
    """

  /// - Parameter expected: parts of what it says.
  private static func run(
    _ command: String, saying expected: [String], _ built: DiskSystem, _ project: Project,
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
    guard report.status == 0, expected.allSatisfy({ said.contains($0) }) else {
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
