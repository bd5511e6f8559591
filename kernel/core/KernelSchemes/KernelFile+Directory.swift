// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Listings of kernel schemes and namespaces. A cookie says after what to go on: an index, in the
// listing of processes a process's number, in a namespace a name's serial number. So an entry that
// is there throughout is listed once.

/// Lists what lies below a description.
///
/// - Throws: `notDirectory`, `invalidArgument` if not even one entry fits.
func readDirectoryKernel(
  _ description: Ref<Description>, _ buffer: UserSpan, _ cookie: UInt64, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let directory: ListedDirectory
  switch description.value.kind {
  case .kernel(let file) where file.isDirectory: directory = .file(file)
  case .namespace(let namespace): directory = .namespace(namespace)
  default: throw .notDirectory
  }
  var listing = Listing(start: cookie, capacity: Int(min(buffer.count, 2048)))
  listing.run(directory)
  if listing.filled == 0 {
    if listing.isFull { throw .invalidArgument }
    return .done(0)
  }
  let scratch = ScratchPage()
  try copyOut(
    UserSpan(address: buffer.address, count: UInt(listing.filled)), scratch.address, thread)
  return .done(UInt(listing.filled))
}

/// One name of a listing.
struct ListedName {
  var text = FixedText<64>()
  var isDirectory = false
}

/// What can be listed.
private enum ListedDirectory {
  case file(KernelFile)
  case namespace(Ref<Namespace>)

  func entry(_ index: UInt64) -> Listed {
    switch self {
    case .file(let file):
      guard let index = UInt32(exactly: index) else { return .end }
      return file.entry(index)
    case .namespace(let namespace):
      guard let name = namespace.name(after: index) else { return .end }
      var listed = ListedName()
      for position in 0..<Int(name.value.count) { listed.text.put(name.value.bytes[position]) }
      listed.isDirectory = true
      return .name(listed, next: name.value.serial)
    }
  }
}

/// What a listing has at a cookie.
enum Listed {
  /// A name, and the cookie to go on from.
  case name(ListedName, next: UInt64)
  /// Nothing here; there may be more behind it.
  case gap
  case end
}

private struct Listing {
  var index: UInt64
  let capacity: Int
  var filled = 0
  var isFull = false

  init(start: UInt64, capacity: Int) {
    index = start
    self.capacity = capacity
  }

  /// Writes entries to the scratch page until it is full or the listing ends. There are no more
  /// gaps than interrupt lines.
  mutating func run(_ directory: ListedDirectory) {
    while true {
      switch directory.entry(index) {
      case .end: return
      case .gap: index &+= 1
      case .name(let name, let next):
        guard append(name, next) else {
          isFull = true
          return
        }
        index = next
      }
    }
  }

  private mutating func append(_ name: ListedName, _ next: UInt64) -> Bool {
    let head = MemoryLayout<DirectoryEntry>.size
    let bytes = (head &+ name.text.count &+ 7) & ~7
    guard filled &+ bytes <= capacity else { return false }
    var sink = TextWindow(
      ScratchPage().bytes, offset: 0, capacity: 4096, position: filled)
    sink.put(word: next, bytes: 8)
    sink.put(word: next, bytes: 8)
    sink.put(word: UInt64(bytes), bytes: 2)
    sink.put(word: UInt64(name.text.count), bytes: 2)
    let type = name.isDirectory ? FileMode.directory : FileMode.regular
    sink.put(word: UInt64(type >> 12), bytes: 4)
    sink.put(name.text.bytes)
    while sink.position < filled &+ bytes { sink.put(0) }
    filled &+= bytes
    return true
  }
}

extension TextWindow {
  /// The low `bytes` bytes of `word`, little-endian.
  fileprivate mutating func put(word: UInt64, bytes: Int) {
    for index in 0..<bytes { put(UInt8(truncatingIfNeeded: word >> UInt64(index &* 8))) }
  }
}

extension KernelFile {
  var isDirectory: Bool {
    switch self {
    case .root, .interruptDirectory, .clockDirectory, .firmwareDirectory, .processDirectory,
      .registerDirectory:
      true
    case .console, .bootProcessor, .anonymousMemory, .physicalMemory, .translation, .interrupt,
      .ports, .clock, .clockResolution, .timer, .system, .log, .control, .authority,
      .seed, .firmwareTables, .processStatus, .registers, .processMemory:
      false
    }
  }

  /// What this directory lists at `index`.
  fileprivate func entry(_ index: UInt32) -> Listed {
    switch self {
    case .root(.debug): fixed(["exec", "no-preserve"], index)
    case .root(.memory): fixed(["physical", "translation", "zeroed"], index)
    case .root(.irq): interruptEntry(index)
    case .root(.time): fixed(["1", "2", "3", "4"], index, isDirectory: true)
    case .root(.sys): systemEntry(index)
    case .root(.proc): processEntry(after: index)
    case .clockDirectory: fixed(["getres", "gettime", "timer"], index)
    case .firmwareDirectory: fixed(["root", "tables"], index)
    case .processDirectory: fixed(["handle", "mem", "regs", "status"], index)
    case .registerDirectory: fixed(["float", "int"], index)
    case .root(.event), .root(.pipe), .interruptDirectory, .console, .bootProcessor,
      .anonymousMemory, .physicalMemory, .translation, .interrupt, .ports, .clock,
      .clockResolution, .timer, .system, .log, .control, .authority, .seed, .firmwareTables,
      .processStatus, .registers, .processMemory:
      .end
    }
  }

  private func fixed<let count: Int>(
    _ names: InlineArray<count, StaticString>, _ index: UInt32, isDirectory: Bool = false
  ) -> Listed {
    guard index < UInt32(count) else { return .end }
    return named(names[Int(index)], index, isDirectory: isDirectory)
  }

  private func named(
    _ name: StaticString, _ index: UInt32, isDirectory: Bool = false
  ) -> Listed {
    var listed = ListedName()
    listed.text.put(name)
    listed.isDirectory = isDirectory
    return .name(listed, next: UInt64(index) &+ 1)
  }

  private func systemEntry(_ index: UInt32) -> Listed {
    let texts = UInt32(SystemFile.count)
    if index < texts {
      guard let file = SystemFile(rawValue: UInt8(index)), file != .firmwareRoot else {
        return .gap
      }
      return named(file.name, index)
    }
    guard let raw = UInt8(exactly: index &- texts), let entry = SystemEntry(rawValue: raw) else {
      return .end
    }
    return named(entry.name, index, isDirectory: entry.isDirectory)
  }

  /// `bsp`, `ports`, the processors, the lines.
  private func interruptEntry(_ index: UInt32) -> Listed {
    if index < 2 { return named(index == 0 ? "bsp" : "ports", index) }
    var listed = ListedName()
    let processors = UInt32(maximumProcessors)
    if index &- 2 < processors {
      guard kernel.processors[Int(index &- 2)].isOnline else { return .gap }
      listed.text.put("cpu-")
      listed.text.put(decimal: UInt64(index &- 2), width: 2, fill: UInt8(ascii: "0"))
      listed.isDirectory = true
      return .name(listed, next: UInt64(index) &+ 1)
    }
    let line = index &- 2 &- processors
    guard Int(line) < min(Machine.interruptLineCount, InterruptTable.lineCapacity) else {
      return .end
    }
    if kernel.interrupts.lines[Int(line)].message != nil { return .gap }
    listed.text.put(decimal: UInt64(line))
    return .name(listed, next: UInt64(index) &+ 1)
  }

  private func processEntry(after number: UInt32) -> Listed {
    guard number < ProcessTable.limit, let process = kernel.processTable.next(after: number) else {
      return .end
    }
    var listed = ListedName()
    listed.text.put(decimal: UInt64(process.value.number))
    listed.isDirectory = true
    return .name(listed, next: UInt64(process.value.number))
  }
}
