// SPDX-License-Identifier: MIT
import Host
import Partitions
import Project

/// What BIOS starts: GRUB, which finds kernel and initial file system on the EFI system partition and
/// enters the kernel through its multiboot2 header.
///
/// GRUB's parts come from Debian's package. Its first 440 bytes go into the MBR and load the rest by
/// sector numbers, which are written into both here, as GRUB's own installer does.
struct BIOSLoader {
  /// For the MBR.
  let code: [UInt8]
  /// For the partition of its own.
  let core: [UInt8]

  private static let folder = "/usr/lib/grub/i386-pc"
  private static let modules = ["biosdisk", "fat", "multiboot2", "part_gpt", "serial", "terminal"]
  /// In the first part: the sector that the second begins in, and a jump that only floppy disks need.
  private static let sectorPlace = 0x5C
  private static let driveCheckPlace = 0x66
  /// In the first sector of the second part: the sector that the rest begins in.
  private static let restPlace = 0x1F4

  /// - Parameters:
  ///   - place: the partition for the second part.
  ///   - folder: for files that are needed in between.
  init(at place: SectorRange, commandLine: String, _ folder: String) throws(BuildError) {
    do throws(HostError) {
      try DebianPackage.provide("\(Self.folder)/boot.img", by: "grub-pc-bin")
      try DebianPackage.provide("/usr/bin/grub-mkimage", by: "grub-common")
      var first = Array(try Files.read("\(Self.folder)/boot.img").prefix(440))
      var second = try Self.image(commandLine, folder)
      guard first.count == 440, second.count > 512, UInt64(second.count) <= place.byteCount else {
        throw .file(
          path: Self.folder, action: "use",
          reason: "GRUB's parts have not the sizes that they should have")
      }
      Self.store(place.first, in: &first, at: Self.sectorPlace)
      first[Self.driveCheckPlace] = 0x90
      first[Self.driveCheckPlace + 1] = 0x90
      Self.store(place.first + 1, in: &second, at: Self.restPlace)
      code = first
      core = second
    } catch { throw .host(error) }
  }

  private static func image(_ commandLine: String, _ folder: String) throws(HostError) -> [UInt8] {
    let base = "\(folder)/grub-\(Environment.processIdentifier)"
    defer {
      try? Files.remove("\(base).cfg")
      try? Files.remove("\(base).img")
    }
    // One command on each line; one that fails says so and the next is tried. The serial port has
    // the words as well, if there is one.
    try Files.write(
      """
      serial --unit=0 --speed=115200
      terminal_output console serial
      multiboot2 /apus/kernel \(commandLine)
      module2 /apus/initfs
      boot

      """, to: "\(base).cfg")
    let command = Command(
      "grub-mkimage",
      [
        "-O", "i386-pc", "-d", Self.folder, "-p", "(,gpt1)/apus", "-c", "\(base).cfg",
        "-o", "\(base).img",
      ] + modules)
    let result = try command.capture()
    guard result.status.isSuccess else {
      throw .file(path: "\(base).img", action: "make", reason: result.text.trimmed)
    }
    return try Files.read("\(base).img")
  }

  private static func store(_ sector: UInt64, in bytes: inout [UInt8], at place: Int) {
    for index in 0..<8 {
      bytes[place + index] = UInt8(truncatingIfNeeded: sector >> (8 * UInt64(index)))
    }
  }
}
