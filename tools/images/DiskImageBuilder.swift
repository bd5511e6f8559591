// SPDX-License-Identifier: MIT
import Base
import Core
import ELF
import FATWriter
import Host
import Partitions
import PEWriter
public import Project
import RedoxFS
import Volumes

/// A disk image and what it was made of.
public struct DiskSystem: Sendable {
  /// What a virtual machine can be handed over directly.
  public var system: BootableSystem
  /// The path of the image, raw.
  public var disk: String
  /// Words for the kernel, which a loader finds on the disk.
  public var commandLine: String
  /// Bytes of all files in it: kernel, loader, initial and root file system.
  public var fileBytes: Int
}

/// Builds disk images.
public struct DiskImageBuilder {
  private let builder: Builder
  private let processor: Processor
  /// Whether BIOS can start them as well, which takes GRUB.
  private let hasBIOSLoader: Bool
  /// MiB of the EFI system partition, if the image does not say.
  private static let systemSize = 16

  public init(_ builder: Builder, _ processor: Processor, hasBIOSLoader: Bool) {
    self.builder = builder
    self.processor = processor
    self.hasBIOSLoader = hasBIOSLoader
  }

  /// Brings the image called `name` up to date.
  public func build(_ name: String) throws(BuildError) -> DiskSystem {
    let project = builder.project
    let image = try project.image(name)
    var system = try builder.build(image: name, for: processor)
    try builder.build(.loader(processor))
    let root = try RootContents(image, project, processor)
    if image.root == .live { system.initrd = try withVolume(system.initrd, root, image) }
    let parts = try Parts(image, project, processor, system, root)
    let kind = hasBIOSLoader ? "-bios" : ""
    let disk = project.built("images/\(name)-\(processor)\(kind).img")
    let identity = ImageIdentity(of: parts.root.items, parts: parts.sums)
    let record = identity.identifier("record").text.string
    let recordPath = disk + ".contents"
    if !Files.exists(disk) || (try? Files.text(recordPath)) != record {
      let start = ContinuousClock.now
      try write(parts, identity, image, to: disk)
      try record.write(to: recordPath)
      builder.report("\(name).img: made in \(seconds(since: start))")
    }
    return DiskSystem(
      system: system, disk: disk, commandLine: parts.root.commandLine,
      fileBytes: parts.fileBytes)
  }

  /// Copies the image called `name`, which is up to date, to `path`, with other initial files on its EFI
  /// system partition: so firmware and loaders that know nothing of the host bring along what it asks.
  public func copy(
    _ name: String, of built: DiskSystem, initrd: String, to path: String
  ) throws(BuildError) {
    let project = builder.project
    let image = try project.image(name)
    var system = built.system
    system.initrd = initrd
    let parts = try Parts(
      image, project, processor, system, try RootContents(image, project, processor))
    let layout = Self.layout(image)
    let identity = ImageIdentity(of: parts.root.items, parts: parts.sums)
    let volume = try systemVolume(parts, identity, layout, image)
    do throws(HostError) {
      let copied = try Command("cp", ["--sparse=always", built.disk, path]).capture()
      guard copied.status.isSuccess else {
        throw .file(path: path, action: "write", reason: copied.text.trimmed)
      }
      guard try RandomAccessFile(updating: path).write(volume.span, at: layout.system.byteStart)
      else { throw .file(path: path, action: "write", reason: "the host refuses") }
    } catch { throw .host(error) }
  }

  private static func layout(_ image: Image) -> DiskLayout {
    DiskLayout(
      system: image.general.efiPartitionSize ?? systemSize,
      root: image.root == .disk ? image.general.fileSystemSize ?? 0 : 0)
  }

  /// The bytes of the EFI system partition.
  private func systemVolume(
    _ parts: Parts, _ identity: ImageIdentity, _ layout: DiskLayout, _ image: Image
  ) throws(BuildError) -> [UInt8] {
    do throws(FATFailure) {
      var volume = FATVolume(sectorCount: layout.system.count)
      volume.hiddenSectors = UInt32(layout.system.first)
      volume.serial = UInt32(truncatingIfNeeded: identity.identifier("EFI system").low)
      return try volume.bytes(of: parts.systemFiles)
    } catch {
      let reason =
        error == .full ? "its files do not fit; efi_partition_size is too small" : "\(error)"
      throw .description(
        file: "images/\(image.name).toml", reason: "the EFI system partition: \(reason)")
    }
  }

  /// Writes the whole disk, then gives it its name.
  private func write(
    _ parts: Parts, _ identity: ImageIdentity, _ image: Image, to path: String
  ) throws(BuildError) {
    let layout = Self.layout(image)
    let temporary = "\(path).\(Environment.processIdentifier)"
    let file: RandomAccessFile
    do throws(HostError) {
      try Files.makeFolder(Files.parent(of: path))
      file = try RandomAccessFile(creating: temporary, byteCount: layout.byteCount)
    } catch { throw .host(error) }
    do throws(BuildError) {
      try write(parts, identity, layout, image, to: file)
    } catch {
      try? Files.remove(temporary)
      throw error
    }
    do throws(HostError) { try Files.rename(temporary, to: path) } catch { throw .host(error) }
  }

  private func write(
    _ parts: Parts, _ identity: ImageIdentity, _ layout: DiskLayout, _ image: Image,
    to file: RandomAccessFile
  ) throws(BuildError) {
    let description = "images/\(image.name).toml"
    var loader: BIOSLoader?
    if hasBIOSLoader {
      loader = try BIOSLoader(
        at: layout.biosBoot, commandLine: parts.root.commandLine,
        builder.project.built("images"))
    }
    let table: NewPartitionTable
    do throws(NewPartitionTable.Failure) {
      table = try layout.table(identity, parts.root.identifier, loader)
    } catch { throw .description(file: description, reason: "the partitions: \(error)") }
    let system = try systemVolume(parts, identity, layout, image)
    for (bytes, place) in [
      (table.head, 0), (table.tail, table.tailSector * DiskLayout.sectorBytes),
      (loader?.core ?? [], layout.biosBoot.byteStart), (system, layout.system.byteStart),
    ] as [([UInt8], UInt64)] {
      guard file.write(bytes.span, at: place) else {
        throw .description(file: description, reason: "the image cannot be written")
      }
    }
    guard let root = layout.root else { return }
    let store = ImageStore(file, from: root.byteStart, byteCount: root.byteCount)
    do throws(FileSystemError) {
      _ = try RootVolume.write(parts.root.items, to: store, identifier: parts.root.identifier)
    } catch {
      let reason = error == .noSpace ? "filesystem_size is too small" : error.explanation.string
      throw .description(file: description, reason: "the root file system: \(reason)")
    }
  }
}

extension DiskLayout {
  fileprivate func table(
    _ identity: ImageIdentity, _ rootIdentifier: GUID, _ loader: BIOSLoader?
  ) throws(NewPartitionTable.Failure) -> NewPartitionTable {
    var partitions = [
      NewPartition(
        type: .efiSystem, unique: identity.identifier("EFI system"), name: "EFI system",
        sectors: system)
    ]
    if let root {
      partitions.append(
        NewPartition(
          type: .redoxFileSystem, unique: rootIdentifier, name: "root", sectors: root))
    }
    if loader != nil {
      partitions.append(
        NewPartition(
          type: .biosBoot, unique: identity.identifier("BIOS boot"), name: "BIOS boot",
          sectors: biosBoot))
    }
    return try NewPartitionTable(
      sectorBytes: Int(Self.sectorBytes), sectorCount: sectorCount,
      disk: identity.identifier("disk"), partitions: partitions, bootCode: loader?.code ?? [])
  }
}

/// The root file system of an image; nothing where each file lies in memory.
struct RootContents {
  let items: [ArchiveItem]
  /// The number of the root file system and of its partition. It follows from what is in there alone,
  /// since the rest has to name it.
  let identifier: GUID
  /// Names it for init.
  let commandLine: String

  init(_ image: Image, _ project: Project, _ processor: Processor) throws(BuildError) {
    let isVolume = image.root != .memory
    items = isVolume ? try ImageContents(image, project, processor).root : []
    identifier = ImageIdentity(of: items, parts: [Array(image.name.utf8)]).identifier("root")
    commandLine = isVolume ? "REDOXFS_UUID=\(identifier.text.string)" : ""
  }
}

/// What goes onto a disk.
private struct Parts {
  let kernel: [UInt8]
  let loader: [UInt8]
  let initial: [UInt8]
  let root: RootContents
  private let sizes: [UInt8]

  init(
    _ image: Image, _ project: Project, _ processor: Processor, _ system: BootableSystem,
    _ root: RootContents
  ) throws(BuildError) {
    guard let kernel = try project.stripped("apus-kernel", of: .kernel(processor)),
      let program = try project.stripped("apus-loader", of: .loader(processor))
    else { throw .description(file: "loader/Package.swift", reason: "it makes no apus-loader") }
    do throws(HostError) {
      self.kernel = try Files.read(kernel)
      initial = try Files.read(system.initrd)
    } catch { throw .host(error) }
    let bytes: [UInt8]
    do throws(HostError) { bytes = try Files.read(program) } catch { throw .host(error) }
    do throws(ELFError) { loader = try PEImage.application(from: bytes.span) } catch {
      throw .description(file: "loader", reason: "\(error.explanation)")
    }
    self.root = root
    sizes = Array(
      "\(image.general.efiPartitionSize ?? 0) \(image.general.fileSystemSize ?? 0)".utf8)
  }

  /// Everything else that the image depends on.
  var sums: [[UInt8]] { [kernel, loader, initial, sizes] }

  var systemFiles: [FATFile] {
    [
      FATFile("EFI/BOOT/BOOTX64.EFI", loader), FATFile("APUS/KERNEL", kernel),
      FATFile("APUS/INITFS", initial),
    ]
      + (root.commandLine.isEmpty
        ? [] : [FATFile("APUS/CMDLINE", Array("\(root.commandLine)\n".utf8))])
  }

  var fileBytes: Int {
    let files = root.items.reduce(0) { sum, item in
      if case .file(let bytes) = item.content { sum + bytes.count } else { sum }
    }
    return kernel.count + loader.count + initial.count + files
  }
}

extension String {
  fileprivate func write(to path: String) throws(BuildError) {
    do throws(HostError) { try Files.write(self, to: path) } catch { throw .host(error) }
  }
}
