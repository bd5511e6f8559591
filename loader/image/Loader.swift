// SPDX-License-Identifier: MIT
import Boot
import CFirmware
import Core
import ELF

/// Starts the system from the volume that the loader lies on.
struct Loader {
  private let firmware: Firmware

  init(_ firmware: Firmware) { self.firmware = firmware }

  func start() throws(LoaderError) -> Never {
    let root = try firmware.root()
    let file = try load(
      "\\apus\\kernel", from: root, missing: .kernelMissing, unreadable: .kernelUnreadable)
    let kernel = try Self.parse(Firmware.bytes(file))
    let pages = kernel.pages
    let host = HostConfiguration()
    let archive = try self.archive(root, host, outside: pages)
    let line = try commandLine(root, host, outside: pages)
    let block = try memory(UInt64(HandOffBlock.byteCount), .tables, outside: pages)
    let code = try memory(enter_byte_count(), .loaderCode, outside: pages)
    let steps = try memory(Firmware.pageBytes, outside: pages)
    let source = try movable(file, outside: pages)
    writeSteps(
      to: steps, kernel: try Self.parse(Firmware.bytes(source)), from: source, handOff: block)
    copy(
      AddressRange(start: enter_code(), byteCount: enter_byte_count()) ?? AddressRange(),
      to: code.start)
    let seed = Seed(in: HandOffBlock.seedRoom(at: block.start), firmware)
    do throws(LoaderError) {
      try leave(pages, archive: archive, line: line, block: block, seedBytes: seed.byteCount)
    } catch {
      seed.wipe()
      throw error
    }
    enter_at(code.start, steps.start)
  }

  // MARK: What is loaded

  @_lifetime(copy file)
  private static func parse(_ file: Span<UInt8>) throws(LoaderError) -> PhysicalImage {
    do throws(ELFError) { return try PhysicalImage(parsing: file, for: .x86_64) } catch {
      throw LoaderError(.kernel(error))
    }
  }

  private func memory(
    _ byteCount: UInt64, _ use: Firmware.MemoryUse = .loaderData, outside pages: AddressRange
  ) throws(LoaderError) -> AddressRange {
    guard let range = firmware.allocate(byteCount, use, outside: pages) else {
      throw LoaderError(.memory)
    }
    return range
  }

  private func load(
    _ path: StaticString, from root: UInt64, missing: LoaderError.Cause,
    unreadable: LoaderError.Cause
  ) throws(LoaderError) -> AddressRange {
    let (status, file, byteCount) = firmware.open(path, in: root)
    guard status == 0 else { throw LoaderError(missing, status) }
    let room = try memory(byteCount, outside: AddressRange())
    let reading = firmware.read(file, byteCount, to: room.start)
    firmware_close(file)
    guard reading == 0 else { throw LoaderError(unreadable, reading) }
    return AddressRange(start: room.start, byteCount: byteCount) ?? AddressRange()
  }

  /// The archives of the initial file system: that of the volume and the host's behind it.
  private func archive(
    _ root: UInt64, _ host: HostConfiguration, outside pages: AddressRange
  ) throws(LoaderError) -> AddressRange {
    let (status, file, byteCount) = firmware.open("\\apus\\initfs", in: root)
    guard status == 0 else { throw LoaderError(.archiveMissing, status) }
    // Archives begin on pages; zeros between them are passed over.
    guard let ownBytes = byteCount.roundedUp(to: Firmware.pageBytes),
      let total = ownBytes.checkedSum(UInt64(host.archive.bytes))
    else { throw LoaderError(.memory) }
    let room = try memory(total, outside: pages)
    var bytes = Firmware.writable(room)
    for index in Int(byteCount)..<Int(ownBytes) { bytes[index] = 0 }
    let reading = firmware.read(file, byteCount, to: room.start)
    firmware_close(file)
    guard reading == 0 else { throw LoaderError(.archiveUnreadable, reading) }
    HostConfiguration.read(host.archive, to: room.start &+ ownBytes)
    return AddressRange(start: room.start, byteCount: total) ?? AddressRange()
  }

  /// The words of the volume's file, if there is one, and the host's, as they stand one behind the
  /// other.
  private func commandLine(
    _ root: UInt64, _ host: HostConfiguration, outside pages: AddressRange
  ) throws(LoaderError) -> AddressRange {
    let (status, file, byteCount) = firmware.open("\\apus\\cmdline", in: root)
    guard status == 0 || status == Firmware.notFound else {
      throw LoaderError(.commandLineUnreadable, status)
    }
    let hostBytes = UInt64(host.commandLine.bytes)
    guard byteCount <= 1 << 20, hostBytes <= 1 << 20 else { throw LoaderError(.commandLineTooLong) }
    let total = byteCount &+ 1 &+ hostBytes
    let room = try memory(total, outside: pages)
    var bytes = Firmware.writable(room)
    bytes[Int(byteCount)] = 0x20
    if status == 0 {
      let reading = firmware.read(file, byteCount, to: room.start)
      firmware_close(file)
      guard reading == 0 else { throw LoaderError(.commandLineUnreadable, reading) }
    }
    HostConfiguration.read(host.commandLine, to: room.start &+ byteCount &+ 1)
    return AddressRange(start: room.start, byteCount: total) ?? AddressRange()
  }

  // MARK: The way out

  /// The kernel's file where its own pages do not overlap it: it is copied from there.
  private func movable(
    _ file: AddressRange, outside pages: AddressRange
  ) throws(LoaderError) -> AddressRange {
    guard file.overlaps(pages) else { return file }
    let room = try memory(file.byteCount, outside: pages)
    copy(file, to: room.start)
    return AddressRange(start: room.start, byteCount: file.byteCount) ?? AddressRange()
  }

  private func copy(_ range: AddressRange, to target: UInt64) {
    let source = Firmware.bytes(range)
    var copied = Firmware.writable(
      AddressRange(start: target, byteCount: range.byteCount) ?? AddressRange())
    for index in source.indices { copied[index] = source[index] }
  }

  /// What `enter.S` does on its way; all addresses lie below 4 GiB.
  private func writeSteps(
    to steps: AddressRange, kernel: borrowing PhysicalImage, from file: AddressRange,
    handOff: AddressRange
  ) {
    var bytes = Firmware.writable(steps)
    var place = 0
    for index in 0..<kernel.segmentCount {
      let segment = kernel.segment(index)
      bytes.setLittleWord(
        segment.memory.start | (file.start &+ segment.fileOffset) << 32, at: place)
      bytes.setLittleWord(
        segment.fileBytes | (segment.memory.byteCount &- segment.fileBytes) << 32, at: place &+ 8)
      place &+= 16
    }
    bytes.setLittleWord(kernel.entry | handOff.start << 32, at: place)
    bytes.setLittleWord(0, at: place &+ 8)
  }

  /// Takes the machine over: from the end of this on there is no firmware.
  private func leave(
    _ pages: AddressRange, archive: AddressRange, line: AddressRange, block: AddressRange,
    seedBytes: UInt64
  ) throws(LoaderError) {
    let acpi = firmware_acpi(firmware.system)
    // Sixteen pages have room for 1,300 descriptors.
    let room = try memory(16 &* Firmware.pageBytes, outside: pages)
    var words = CommandLineText()
    words.add(Firmware.bytes(line))
    guard !words.isTruncated else { throw LoaderError(.commandLineTooLong) }
    // Asking may change the map, and so does a timer of the firmware's: then its key is a wrong one.
    var status: UInt64 = 0
    for _ in 0..<4 {
      let found = firmware_memory(firmware.system, room.start, room.byteCount)
      guard found.status == 0, found.byte_count <= room.byteCount else {
        throw LoaderError(.memoryMap, found.status)
      }
      var map = BootMemoryMap()
      map.add(
        descriptors: Firmware.bytes(room).extracting(first: Int(found.byte_count)),
        stride: Int(clamping: found.stride))
      guard map.isUsable(pages) else { throw LoaderError(.kernelPlace) }
      var bytes = Firmware.writable(block)
      guard
        HandOffBlock.write(
          into: &bytes, at: block.start, map: map, archive: archive, acpiRoot: acpi,
          commandLine: words.bytes, seedBytes: seedBytes)
      else { throw LoaderError(.memory) }
      status = firmware_exit(firmware.system, firmware.image, found.key)
      if status == 0 { return }
    }
    throw LoaderError(.firmwareStays, status)
  }
}
