// SPDX-License-Identifier: MIT
import Checks
import Guest
import Host
import Project

extension TestStep {
  /// Disks behind every bus with a block that cannot be read and one that cannot be written, and a disc:
  /// what is wrong is said, and all else works. Then one with a volume, which is mounted once, one with
  /// snapshots, and some that shrink or are taken away.
  static func disks(
    _ project: Project, processorCounts: [Int] = [1, 2]
  ) throws(Failure) -> Tally {
    let system = try orFail { () throws(BuildError) in
      try Builder.talking(project).build(image: "tests", for: .x86_64)
    }
    var total = Tally()
    for count in processorCounts { total.add(try disks(project, system, processorCount: count)) }
    return total
  }

  private static func disks(
    _ project: Project, _ system: BootableSystem, processorCount: Int
  ) throws(Failure) -> Tally {
    let board = try orFail { () throws(HostError) in try FaultyDisks(project) }
    defer { board.remove() }
    var request = GuestRequest()
    request.script = Array(FaultyDisks.script.utf8)
    let said = SaidLines()
    let sink = ExecRunner.Sink(
      output: { bytes throws(HostError) in said.bytes += bytes },
      error: { bytes throws(HostError) in said.complaints += bytes })
    let guest = GuestCommand(
      project: project, system: system, request: request, timeout: 180, sink: sink,
      cues: DiskLoss.cues)
    let report = try guest.run { system throws(Failure) in
      var machine = Machine(kernel: system.kernel, initrd: system.initrd)
      machine.processorCount = processorCount
      machine.extra = board.arguments
      return machine
    }
    let text = String(decoding: said.bytes, as: UTF8.self)
    guard report.status == 0, text == FaultyDisks.expected else {
      let complaints = String(decoding: said.complaints, as: UTF8.self)
      let head = "disks on \(processorCount) processors: status \(report.status), said:"
      return Tally(failed: 1, report: [head, text, complaints] + report.lines)
    }
    return Tally(passed: 1)
  }
}

/// What the closures of a sink gather.
private final class SaidLines {
  var bytes: [UInt8] = []
  var complaints: [UInt8] = []
}

/// The files behind the disks, which QEMU's block layer has fail at two sectors.
struct FaultyDisks {
  static let badRead = 2048
  static let badWrite = 4096
  static let discBytes = 2048 * 300

  static let devices = [
    (scheme: "disk.pci-00-02.0-virtio", device: "virtio-blk-pci,addr=2"),
    (scheme: "disk.pci-00-03.0-nvme", device: "nvme,serial=faulty,addr=3"),
    (scheme: "disk.pci-00-1f.2-ahci", device: "ide-hd,bus=ide.0"),
  ]

  private let folder: String
  private var disc: String { "\(folder)/disc" }
  private var shared: String { "\(folder)/shared" }
  private var shrinking: String { "\(folder)/shrinking" }

  init(_ project: Project) throws(HostError) {
    folder = project.built("disks/test-\(Environment.processIdentifier)")
    try Files.makeFolder(folder)
    try Files.write(
      Array(
        """
        [inject-error]
        event = "read_aio"
        errno = "5"
        sector = "\(Self.badRead)"

        [inject-error]
        event = "write_aio"
        errno = "5"
        sector = "\(Self.badWrite)"

        """.utf8), to: "\(folder)/faults")
    for index in Self.devices.indices {
      try Files.write([UInt8](repeating: 0, count: 4 << 20), to: "\(folder)/disk\(index)")
    }
    try Files.write([UInt8](repeating: 0, count: Self.discBytes), to: disc)
    for disk in [shared, shrinking] {
      try Files.write([UInt8](repeating: 0, count: 8 << 20), to: disk)
    }
  }

  func remove() { try? Files.remove(folder) }

  var arguments: [String] {
    Self.devices.enumerated().flatMap { index, entry in
      [
        "-drive",
        "if=none,id=faulty\(index),format=raw,rerror=report,werror=report,"
          + "file=blkdebug:\(folder)/faults:\(folder)/disk\(index)",
        "-device", "\(entry.device),drive=faulty\(index)",
      ]
    } + [
      "-drive", "if=none,id=disc,format=raw,media=cdrom,readonly=on,file=\(disc)",
      "-device", "ide-cd,bus=ide.1,drive=disc",
    ] + DiskSharing.arguments(shared) + DiskLoss.arguments(shrinking)
  }

  /// For each disk: the bad block and one beside it, read; a run with the bad one in it, while another
  /// is read; and both ways of writing. At the end, a whole disc.
  static let script: String = {
    // Their drivers are started while the system goes on.
    let schemes = devices.map(\.scheme) + [DiskSharing.scheme, DiskLoss.shrunk]
    var lines = schemes.map { scheme in
      "while test $(ls /scheme | grep -c \(scheme)) = 0; sleep 0.02; end"
    }
    for entry in devices {
      let disk = "/scheme/\(entry.scheme)/0"
      for (bytes, block) in [(512, badRead), (512, badRead + 1), (65_536, badRead / 128)] {
        lines += [
          "dd if=\(disk) of=/dev/null bs=\(bytes) skip=\(block) count=1 ^> /dev/null",
          "echo read $?",
        ]
      }
      for block in [badWrite, badWrite + 1] {
        lines += [
          "dd if=/dev/zero of=\(disk) bs=512 seek=\(block) count=1 conv=notrunc ^> /dev/null",
          "echo write $?",
        ]
      }
    }
    lines += [
      "head -c \(discBytes) /dev/zero | sha256sum > /tmp/zeros",
      "cat /scheme/disk.pci-00-1f.2-ahci/1 | sha256sum > /tmp/disc",
      "grep -c -f /tmp/zeros /tmp/disc",
    ]
    return (lines + DiskSharing.script + DiskSnapshots.script + DiskLoss.script).joined(
      separator: "\n") + "\n"
  }()

  static let expected =
    String(repeating: "read 1\nread 0\nread 1\nwrite 1\nwrite 0\n", count: devices.count)
    + (["1"] + DiskSharing.expected + DiskSnapshots.expected + DiskLoss.expected).joined(
      separator: "\n") + "\n"
}
