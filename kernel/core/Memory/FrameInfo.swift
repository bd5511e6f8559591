// SPDX-License-Identifier: MIT

/// What the kernel knows of one 4 KiB frame of physical memory. 16 bytes, one per frame.
struct FrameInfo: BitwiseCopyable {
  /// The next frame of the list that this one is in. Frame 0 is never handed out: it ends a list.
  var next: UInt32 = 0
  /// In a free block: the block before it. Abandoned: the slot of the account that still pays.
  var previous: UInt32 = 0
  /// How many page-table entries map it as private memory; one for any other owner.
  var references: UInt32 = 0
  /// Requests under way that read or write it through its physical address.
  var pins: UInt16 = 0
  var state = FrameState.absent
  /// Of the first frame of a free block: log2 of the block's frames.
  var order: UInt8 = 0
}

/// Where a frame is in its life.
enum FrameState: UInt8, BitwiseCopyable {
  /// No memory that the kernel may hand out: devices, firmware, the kernel itself.
  case absent
  /// Memory with content from the loader, which is mapped but never freed.
  case fixed
  case inUse
  /// Free, in the stack of single frames.
  case ready
  /// Free, the first frame of a block in one of the lists of blocks.
  case block
  /// Free, in a block and not its first frame.
  case interior
  /// Unmapped by its last owner while pinned: freed, and the charge released, with its last pin.
  case abandoned

  /// Whether a request may work on the frame.
  @inline(__always)
  var isPinnable: Bool { self == .inUse || self == .fixed }
}
