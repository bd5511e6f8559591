// SPDX-License-Identifier: MIT
import ArgumentParser
import DiskImages
import Guest
import Host
import Project

extension Processor: ExpressibleByArgument {}

/// What `run` and `exec` let the user choose of the machine.
struct MachineOptions: ParsableArguments {
  @Option(name: .customLong("arch"), help: "The processor: x86_64 (aarch64, riscv64: not yet).")
  var processor: Processor = .x86_64

  @Option(name: .customLong("smp"), help: "How many processors, 1 to 8.")
  var processorCount = 1

  @Option(help: ArgumentHelp("How much memory.", valueName: "MiB"))
  var memory = 256

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Further arguments for QEMU, as one text.", valueName: "arguments"))
  var qemu = ""

  @Option(
    help: "Start the disk image through firmware: uefi or bios. Without it QEMU starts the kernel.")
  var firmware: FirmwareKind?

  @Option(
    help: ArgumentHelp("Attach a disk after the system disk (may be repeated).", valueName: "file"))
  var disk: [String] = []

  @Option(help: "How disks are attached, the system's as well: virtio, nvme or ahci.")
  var diskBus: Machine.DiskBus = .virtio

  @Option(
    help: ArgumentHelp("Put a disc's image into a drive (may be repeated).", valueName: "file"))
  var cdrom: [String] = []

  @Flag(help: "Keep the changes to the root disk, in .build/disks.")
  var keep = false

  /// Builds what is to be booted.
  func build(_ image: String, _ builder: Builder) throws(Failure) -> BootSource {
    try orFail { () throws(BuildError) in
      let root = try builder.project.image(image).root
      guard firmware != nil || root != .memory else {
        return BootSource(system: try builder.build(image: image, for: processor))
      }
      let images = DiskImageBuilder(builder, processor, hasBIOSLoader: firmware == .bios)
      let built = try images.build(image)
      // What runs from memory needs no disk, unless it is started from one.
      let needsDisk = firmware != nil || root == .disk
      return BootSource(
        system: built.system, disk: needsDisk ? built.disk : nil,
        commandLine: firmware == nil ? built.commandLine : "", images: images, image: image,
        built: built)
    }
  }

  /// The machine for a system that has been built.
  ///
  /// - Parameter source: what was built; `system` may have more to do.
  func machine(for system: BootableSystem, _ source: BootSource) throws(Failure) -> Machine {
    guard let extra = shellWords(qemu) else {
      throw .usage("--qemu: a quote in '\(qemu)' does not end")
    }
    var machine = Machine(kernel: system.kernel, initrd: system.initrd)
    if let firmware {
      let file = try orFail { () throws(HostError) in try firmware.machineFirmware() }
      machine.start = .firmware(file, request: system.request)
    }
    machine.commandLine = source.commandLine
    if let disk = try source.disk(for: system, through: firmware) {
      machine.disks.append(try systemDisk(disk))
    }
    machine.disks += self.disk.map { Machine.Disk($0, bus: diskBus, isTemporary: false) }
    machine.discs = cdrom
    guard machine.takenPlaces <= Machine.places else {
      throw .usage("the AHCI controller has \(Machine.places) places for disks and discs")
    }
    machine.processorCount = processorCount
    machine.memory = memory
    machine.extra = extra
    return machine
  }

  /// Refuses what cannot be before anything is built.
  func check() throws(Failure) {
    guard processor.isComplete else { throw .notYet("--arch \(processor)") }
    guard (1...8).contains(processorCount) else { throw .usage("--smp is 1 to 8") }
    guard (1...1_048_576).contains(memory) else { throw .usage("--memory is 1 MiB or more") }
    for file in cdrom where !Files.exists(file) { throw .usage("--cdrom: there is no \(file)") }
    for file in disk where !Files.exists(file) { throw .usage("--disk: there is no \(file)") }
  }

  /// The image, as it is for each boot; or with `--keep` a copy that the guest changes for good. A
  /// later build of the image leaves that copy alone.
  private func systemDisk(_ image: String) throws(Failure) -> Machine.Disk {
    guard keep else { return Machine.Disk(image, bus: diskBus, isTemporary: true) }
    let kept = Project.current().built("disks/\(Files.name(of: image))")
    if !Files.exists(kept) {
      try orFail { () throws(HostError) in
        try Files.makeFolder(Files.parent(of: kept))
        let copy = try Command("cp", ["--sparse=always", image, kept]).capture()
        guard copy.status.isSuccess else {
          throw .file(path: kept, action: "write", reason: copy.text.trimmed)
        }
      }
    }
    return Machine.Disk(kept, bus: diskBus, isTemporary: false)
  }
}

/// What is booted: a system, and the disk that it lies on or uses.
struct BootSource {
  var system: BootableSystem
  /// The system disk, if there is one.
  var disk: String?
  /// Words for the kernel, where no loader finds them.
  var commandLine = ""
  /// What made the disk, and its name.
  var images: DiskImageBuilder?
  var image = ""
  var built: DiskSystem?

  /// The disk to start `system` from. GRUB knows nothing of what the host brings along, so what the
  /// guest is asked to do lies on a copy of the disk, beside the files of that boot.
  func disk(for system: BootableSystem, through firmware: FirmwareKind?) throws(Failure) -> String?
  {
    guard firmware == .bios, system.request != nil, let images, let built else { return disk }
    let path = "\(Files.parent(of: system.initrd))/disk.img"
    try orFail { () throws(BuildError) in
      try images.copy(image, of: built, initrd: system.initrd, to: path)
    }
    return path
  }
}

extension Machine.DiskBus: ExpressibleByArgument {}

/// The firmware that starts a disk image.
enum FirmwareKind: String, ExpressibleByArgument, CaseIterable {
  case uefi, bios

  /// Debian's OVMF, which is installed if it is not there.
  func machineFirmware() throws(HostError) -> Machine.Firmware {
    guard self == .uefi else { return .bios }
    let folder = "/usr/share/OVMF"
    let code = "\(folder)/OVMF_CODE_4M.fd"
    try DebianPackage.provide(code, by: "ovmf")
    return .uefi(code: code, variables: "\(folder)/OVMF_VARS_4M.fd")
  }
}
