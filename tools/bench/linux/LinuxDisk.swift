// SPDX-License-Identifier: MIT
internal import Host

/// What Linux needs for a file system on a disk: ext4, which Debian's cloud kernel has built in, over
/// virtio-blk, which it has not.
enum LinuxDisk {
  /// The modules, in the order in which they are loaded, below `kernel` in the package's folder of
  /// modules. What another kernel has built in is not there.
  private static let modules = [
    "drivers/virtio/virtio_ring", "drivers/virtio/virtio", "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci_modern_dev", "drivers/virtio/virtio_pci",
    "drivers/block/virtio_blk",
  ]

  /// Adds the modules under names that sort in the order of loading.
  static func addModules(
    of kernel: DebianPackages.Package, to archive: inout NewcArchive
  ) throws(BenchError) {
    let folder = "\(kernel.root)/lib/modules"
    let versions = try onHost { () throws(HostError) in try Files.names(in: folder) }
    guard let version = versions.first else {
      throw .notInPackage(file: "lib/modules", package: kernel.name)
    }
    archive.addFolder("modules")
    archive.addFolder("mnt")
    for (number, module) in modules.enumerated() {
      let path = "\(folder)/\(version)/kernel/\(module).ko"
      guard Files.exists(path) else { continue }
      let data = try onHost { () throws(HostError) in try Files.read(path) }
      archive.addFile("modules/\(number < 10 ? "0" : "")\(number).ko", data)
    }
  }

  /// Makes the disk, with an empty ext4 of the usual settings, whole from the start: what would be
  /// made while the system runs would be counted.
  static func format(_ path: String) throws(BenchError) {
    if Files.exists(path) { return }
    let partial = path + ".partial"
    try run(Command("truncate", ["-s", "\(MeasuringMachine.diskBytes)", partial]))
    // Debian keeps it where only root's search path looks.
    let folder = Files.exists("/usr/sbin/mkfs.ext4") ? "/usr/sbin/" : ""
    try run(
      Command(
        "\(folder)mkfs.ext4", ["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", partial])
    )
    try onHost { () throws(HostError) in try Files.rename(partial, to: path) }
  }
}
