// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Archive
import Core
import ELF
import Objects

// Process 1: the one program that the kernel loads itself. Its file lies in the initrd's archive,
// page-aligned, so its segments are mapped in place and copied only where init writes.

/// Makes init: its memory, its namespace with every kernel scheme, the console as its standard
/// handles, and its first thread, ready to run.
func makeInit() throws(SystemError) -> Ref<Process> {
  guard let root = kernel.rootAccount else { throw .invalidArgument }
  let process = try createProcess(parent: nil, account: root)
  guard let space = process.value.space, let thread = process.value.threads.first else {
    throw .outOfMemory
  }
  process.value.namespace = try initialNamespace(root)
  for _ in 0..<3 {
    let console = try openKernelScheme(.debug, path: "", .readWrite, nil)
    _ = try insertHandle(process, console, .everything, OpenFlags())
  }
  // Init's memory is written through its own page tables, before anything runs.
  space.activate()
  let image = try loadInit(space, initrdObject(), thread)
  let stack = try InitStack(space, thread).prepare(for: image)
  _ = try createThread(
    process, entry: image.entry, stack: stack, argument: stack, threadPointer: 0)
  return process
}

/// A name for every kernel scheme, bound to a root with all rights.
private func initialNamespace(_ account: Ref<Account>) throws(SystemError) -> Ref<Namespace> {
  let namespace = try Ref<Namespace>.make(copying: nil, account)
  for index in 0..<KernelScheme.count {
    guard let scheme = KernelScheme(rawValue: UInt8(truncatingIfNeeded: index)) else { continue }
    let root = try newDescription(.kernel(.root(scheme)), account)
    let name = scheme.name
    var bytes = InlineArray<64, UInt8>(repeating: 0)
    for position in 0..<name.count { bytes[position] = name[position] }
    try namespace.bind(bytes, name.count, root, .everything)
    root.release()
  }
  return namespace
}

/// What init's start record says of its program.
struct InitImage {
  var entry: UInt = 0
  var base: UInt = 0
  var headers: UInt = 0
  var headerCount: UInt = 0
}

/// Maps `bin/init` of the initrd's first archive.
private func loadInit(
  _ space: Ref<AddressSpace>, _ initrd: Ref<MemoryObject>, _ thread: Ref<Thread>
) throws(SystemError) -> InitImage {
  try kernel.boot.initrd.withBytes { bytes throws(SystemError) in
    let file = try findInit(bytes)
    guard let machine = Machine(rawValue: elfMachineNumber) else { throw .badExecutable }
    let image: ELFImage
    do throws(ELFError) {
      image = try ELFImage(
        parsing: bytes.extracting(file.start..<(file.start &+ file.count)), for: machine)
    } catch {
      report { sink in
        sink.put("bin/init: ")
        sink.put(error.explanation)
      }
      throw .badExecutable
    }
    let base = image.isRelocatable ? try findBase(space, UInt(image.pages.byteCount)) : 0
    for index in image.segments.indices {
      let segment = image.segments[index]
      try map(segment, at: base, UInt64(file.start), space, initrd, thread)
    }
    var result = InitImage()
    result.base = base
    result.entry = base &+ UInt(image.entry)
    result.headers = base &+ UInt(image.programHeadersAddress ?? 0)
    result.headerCount = UInt(image.programHeaderCount)
    return result
  }
}

/// Where init's file lies in the initrd.
private func findInit(
  _ bytes: Span<UInt8>
) throws(SystemError) -> (start: Int, count: Int) {
  var archives = ArchiveSequence(bytes)
  do throws(ArchiveError) {
    if let archive = try archives.next(), let entry = archive.find("bin/init"),
      entry.kind == .file
    {
      return (Int(clamping: entry.contents.start), Int(clamping: entry.contents.byteCount))
    }
  } catch {
    report { sink in
      sink.put("the initrd: ")
      sink.put(error.cause.explanation)
    }
    throw .badExecutable
  }
  report("the initrd has no bin/init")
  throw .notFound
}

/// A place for the whole image, found by mapping and taken again piece by piece.
private func findBase(_ space: Ref<AddressSpace>, _ length: UInt) throws(SystemError) -> UInt {
  try space.findPlace(length &+ 0x10_0000) &+ 0x8_0000
}

/// Maps one segment: its part of the file privately, and zeroed memory behind it.
private func map(
  _ segment: LoadSegment, at base: UInt, _ fileStart: UInt64, _ space: Ref<AddressSpace>,
  _ initrd: Ref<MemoryObject>, _ thread: Ref<Thread>
) throws(SystemError) {
  var access = PageAccess.read
  if segment.isWritable { access.insert(.write) }
  if segment.isExecutable { access.insert(.execute) }
  let first = base &+ UInt(segment.pages.start)
  let end = base &+ UInt(segment.pages.end)
  let fileEnd = base &+ UInt(segment.memory.start &+ segment.fileBytes)
  let fileLimit = segment.fileBytes == 0 ? first : (fileEnd &+ 4095) & ~4095
  if fileLimit > first {
    var nature = RegionNature()
    nature.access = access
    nature.maximumAccess = access
    nature.object = initrd
    nature.firstPage = (fileStart &+ segment.fileOffset) / 4096
    _ = try space.map(fileLimit &- first, nature, .exactly(first), .kernel)
    // What follows the file's bytes in their last page belongs to the next file.
    if segment.isWritable, fileEnd < fileLimit {
      let scratch = ScratchPage()
      for index in 0..<Int(fileLimit &- fileEnd) { scratch.bytes[index] = 0 }
      try copyOut(
        UserSpan(address: fileEnd, count: fileLimit &- fileEnd), scratch.address, thread)
    }
  }
  if end > fileLimit {
    var nature = RegionNature()
    nature.access = access
    nature.maximumAccess = access
    _ = try space.map(end &- fileLimit, nature, .exactly(fileLimit), .kernel)
  }
}
