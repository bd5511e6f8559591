// SPDX-License-Identifier: MIT
internal import Guest
internal import Host

/// Debian's cloud kernel with our benchmark program, ready to boot.
struct LinuxGuest {
  /// The package of the kernel and its version.
  var kernelVersion: String
  private var kernel: String
  private var initrd: String
  /// The same with the drivers of a disk and its file system.
  private var diskInitrd: String
  private var disk: String
  private var counter: String
  /// Stays the same as long as the programs in the guest do.
  var fingerprint: UInt64

  private static let kernelPackage = "linux-image-cloud-amd64"
  /// A machine whose program fails must end (`panic=-1` with `-no-reboot`), and say little.
  private static let commandLine =
    "console=ttyS0 quiet loglevel=0 random.trust_cpu=on nokaslr panic=-1"

  /// What is booted when, for a reader of the figures.
  var description: String {
    "\(kernelVersion), command line \"\(Self.commandLine)\""
  }

  /// Downloads, compiles and packs what is not there yet, in `folder`.
  init(programs: Programs, folder: String) throws(BenchError) {
    let packages = DebianPackages(folder: "\(folder)/packages")
    let kernelPackage = try packages.kernel(namedBy: Self.kernelPackage)
    let busybox = try packages.package("busybox-static")
    kernelVersion = "\(kernelPackage.name) \(kernelPackage.version)"
    kernel = try Self.file(in: kernelPackage, folder: "boot", prefix: "vmlinuz-")
    counter = try programs.counter()
    var archive = try Self.archive(
      initProgram: try programs.linuxInit(), bench: try programs.linuxBench(),
      busybox: try Self.file(in: busybox, folder: "bin", prefix: "busybox"))
    let plain = archive
    try LinuxDisk.addModules(of: kernelPackage, to: &archive)
    archive.finish()
    fingerprint = Fingerprint.of(archive.bytes)
    let name = "\(folder)/linux/initrd-\(String(fingerprint, radix: 16))"
    initrd = "\(name).gz"
    diskInitrd = "\(name)-disk.gz"
    try Self.compress(plain, to: initrd)
    try Self.compress(archive, to: diskInitrd)
    disk = "\(folder)/linux/disk"
    try LinuxDisk.format(disk)
  }

  private static func file(
    in package: DebianPackages.Package, folder: String, prefix: String
  ) throws(BenchError) -> String {
    let path = "\(package.root)/\(folder)"
    let names = try onHost { () throws(HostError) in try Files.names(in: path) }
    guard let name = names.first(where: { $0.hasPrefix(prefix) }) else {
      throw .notInPackage(file: "\(folder)/\(prefix)", package: package.name)
    }
    return "\(path)/\(name)"
  }

  private static func archive(
    initProgram: String, bench: String, busybox: String
  ) throws(BenchError) -> NewcArchive {
    var archive = NewcArchive()
    archive.addFolder("bin")
    archive.addFolder("dev")
    archive.addCharacterDevice("dev/console", major: 5, minor: 1)
    for (name, path) in [("init", initProgram), ("bin/bench", bench), ("bin/busybox", busybox)] {
      archive.addProgram(name, try onHost { () throws(HostError) in try Files.read(path) })
    }
    archive.addLink("bin/sh", to: "busybox")
    return archive
  }

  private static func compress(_ archive: NewcArchive, to path: String) throws(BenchError) {
    if Files.exists(path) { return }
    var archive = archive
    if !archive.isFinished { archive.finish() }
    let plain = String(path.dropLast(3))
    let content = archive.bytes
    try onHost { () throws(HostError) in try Files.write(content, to: plain) }
    try run(Command("gzip", ["-9nf", plain]))
  }
}

extension LinuxGuest: MeasuredSystem {
  var name: String { "Linux" }

  /// In a quiet machine it takes half a minute.
  private static var bootTimeout: Duration { .seconds(600) }
  /// In a quiet machine it takes four seconds. A machine with too little memory may hang.
  private static var promptTimeout: Duration { .seconds(60) }

  func boot(_ metrics: [Metric]) throws(BenchError) -> BootRecord {
    let names = metrics.filter { $0.method == .loop || $0.method == .countedLoop }.map(\.name)
    let machine = metrics.first?.machine ?? MeasuringMachine()
    // Two measurements at once must not share their files.
    let folder = Files.parent(of: initrd)
    let countPath = "\(folder)/intervals-\(Environment.processIdentifier)"
    defer { try? Files.remove(countPath) }
    let parameter = machine.hasDisk ? "disk=/dev/vda " : ""
    let session = try start(
      machine, parameter: "\(parameter)measure=\(names.joined(separator: ","))",
      extra: ["-plugin", "\(counter),out=\(countPath)"], timeout: Self.bootTimeout)
    let counts = (try? Files.text(countPath)) ?? ""
    return BootRecord(
      lines: GuestLine.all(in: session.text), intervals: CountedInterval.all(in: counts),
      failure: session.failure)
  }

  func reachesPrompt(memory: Int) throws(BenchError) -> Bool {
    var machine = MeasuringMachine()
    machine.memory = memory
    machine.countsInstructions = false
    let session = try start(machine, parameter: "", extra: [], timeout: Self.promptTimeout)
    return GuestLine.all(in: session.text).contains { $0.name == "boot_to_prompt" }
  }

  /// Boots; Linux hands a parameter that it does not know to the first program.
  private func start(
    _ machine: MeasuringMachine, parameter: String, extra: [String], timeout: Duration
  ) throws(BenchError) -> LinuxConsole.Session {
    var arguments = [
      "-serial", "stdio", "-kernel", kernel, "-initrd", machine.hasDisk ? diskInitrd : initrd,
      "-append", "\(Self.commandLine) \(parameter)",
    ]
    if machine.hasDisk { arguments += MeasuringMachine.diskArguments(disk) }
    return try LinuxConsole(arguments: machine.arguments + arguments + extra)
      .run(until: "finished", timeout: timeout)
  }
}

/// A number that tells two contents apart (FNV-1a, 64 bits). Nobody attacks a cache of figures.
enum Fingerprint {
  static func of(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
