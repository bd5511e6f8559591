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

/// Does a bounded part of the backlog.
@inline(never)
func workOffBacklog() {
  acknowledgeWhileWaiting()
  openFlushedSpaces()
  if let object = kernel.memory.backlog.objects.first {
    kernel.memory.backlog.objects.remove(object)
    kernel.memory.backlog.objects.append(object)
    object.wakeMore()
  }
  if let space = kernel.processors[Machine.currentProcessor].space, space.value.isEnding {
    activateKernelSpace()
  }
  if let scheme = kernel.memory.backlog.schemes.first { scheme.workOff() }
  kernel.memory.backlog.freeablePages = Effort.freedPages
  if let object = kernel.memory.backlog.endingObjects.first {
    object.freeSomePages()
  } else if let space = kernel.memory.backlog.endingSpaces.first {
    kernel.memory.backlog.endingSpaces.remove(space)
    if !space.takeApart(effort: Effort.limit / 4) {
      kernel.memory.backlog.endingSpaces.append(space)
    }
  }
  kernel.memory.backlog.isEmpty =
    kernel.memory.backlog.spaces.isEmpty && kernel.memory.backlog.objects.isEmpty
    && kernel.memory.backlog.endingSpaces.isEmpty && kernel.memory.backlog.schemes.isEmpty
    && kernel.memory.backlog.endingObjects.isEmpty && !isAnyProcessorInEndingSpace
}

/// Whether a processor has yet to leave a space that is taken apart.
private var isAnyProcessorInEndingSpace: Bool {
  for index in 0..<maximumProcessors {
    if let space = kernel.processors[index].space, space.value.isEnding { return true }
  }
  return false
}
