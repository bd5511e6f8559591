// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// What the kernel keeps about memory besides the frames.
struct MemoryState: ~Copyable {
  var works = Pool<MemoryWork>()
  var backlog = MemoryBacklog()
  var clock = ClockMemory()
  init() {}
}

/// What is to be done about memory at coming kernel entries.
struct MemoryBacklog: BitwiseCopyable {
  /// Not zero: something is. All that an entry usually looks at.
  private(set) var pending: UInt8 = 0
  @inline(__always)
  var isEmpty: Bool {
    get { pending == 0 }
    set { pending = newValue ? 0 : 1 }
  }
  /// Spaces that wait for processors to flush, or have more threads to wake.
  var spaces = List<BusySpaceRole>()
  /// Objects that have more threads to wake.
  var objects = List<BusyObjectRole>()
  /// Spaces and objects that nobody uses any more, to be taken apart a step per entry.
  var endingSpaces = List<EndingSpaceRole>()
  var endingObjects = List<EndingObjectRole>()
  /// Schemes whose servers have ended, or that are given up.
  var schemes = List<BusySchemeRole>()
  /// Descriptions that have been closed while threads waited at them.
  var closing = List<ClosingRole>()
  /// Namespaces that nobody uses any more.
  var namespaces = List<EndingNamespaceRole>()
  /// Which of these kinds was worked on last.
  fileprivate var turn = 0
  /// Pages of ending objects that may still be given back at once. Filled up whenever some backlog is
  /// worked off, and there is some as soon as this is used up.
  var freeablePages = Effort.freedPages
  init() {}
}

/// `AddressSpace.endingLink`.
enum EndingSpaceRole: LinkRole {
  static func link(of element: Ref<AddressSpace>) -> Link<AddressSpace> { element.value.endingLink }
  static func setLink(of element: Ref<AddressSpace>, _ link: Link<AddressSpace>) {
    element.value.endingLink = link
  }
}

/// `MemoryObject.wakingLink`.
enum BusyObjectRole: LinkRole {
  static func link(of element: Ref<MemoryObject>) -> Link<MemoryObject> { element.value.wakingLink }
  static func setLink(of element: Ref<MemoryObject>, _ link: Link<MemoryObject>) {
    element.value.wakingLink = link
  }
}

/// `MemoryObject.endingLink`.
enum EndingObjectRole: LinkRole {
  static func link(of element: Ref<MemoryObject>) -> Link<MemoryObject> { element.value.endingLink }
  static func setLink(of element: Ref<MemoryObject>, _ link: Link<MemoryObject>) {
    element.value.endingLink = link
  }
}

/// Does a bounded part of the backlog: a step of one kind, in turn, so that the entry stays short.
@inline(never)
func workOffBacklog() {
  acknowledgeWhileWaiting()
  openFlushedSpaces()
  if let space = kernel.processors[Machine.currentProcessor].space, space.value.isEnding {
    activateKernelSpace()
  }
  kernel.memory.backlog.freeablePages = Effort.freedPages
  for _ in 0..<5 {
    kernel.memory.backlog.turn = (kernel.memory.backlog.turn &+ 1) % 5
    if takeStep(kernel.memory.backlog.turn) { break }
  }
  kernel.memory.backlog.isEmpty =
    kernel.memory.backlog.spaces.isEmpty && kernel.memory.backlog.objects.isEmpty
    && kernel.memory.backlog.endingSpaces.isEmpty && kernel.memory.backlog.schemes.isEmpty
    && kernel.memory.backlog.endingObjects.isEmpty && kernel.memory.backlog.closing.isEmpty
    && kernel.memory.backlog.namespaces.isEmpty && !isAnyProcessorInEndingSpace
}

/// Does a step of one kind.
/// - Returns: false if there is none to do.
private func takeStep(_ kind: Int) -> Bool {
  switch kind {
  case 0:
    guard let object = kernel.memory.backlog.objects.popFirst() else { return false }
    kernel.memory.backlog.objects.append(object)
    object.wakeMore()
  case 1:
    guard let scheme = kernel.memory.backlog.schemes.first else { return false }
    scheme.workOff()
  case 2:
    guard let description = kernel.memory.backlog.closing.first else { return false }
    description.goOnClosing()
  case 3:
    guard let namespace = kernel.memory.backlog.namespaces.first else { return false }
    namespace.unbindSome()
  default:
    return takeMemoryApart()
  }
  return true
}

private func takeMemoryApart() -> Bool {
  if let object = kernel.memory.backlog.endingObjects.first {
    object.freeSomePages()
    return true
  }
  guard let space = kernel.memory.backlog.endingSpaces.popFirst() else { return false }
  if !space.takeApart(effort: Effort.limit / 4) { kernel.memory.backlog.endingSpaces.append(space) }
  return true
}

/// Whether a processor has yet to leave a space that is taken apart.
private var isAnyProcessorInEndingSpace: Bool {
  for index in 0..<maximumProcessors {
    if let space = kernel.processors[index].space, space.value.isEnding { return true }
  }
  return false
}
