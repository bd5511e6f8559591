// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Memory
import Schemes
public import Storage

/// Memory of a request's data, as this program and as the device sees it.
public struct DataRun {
  /// For devices that are programs.
  public let memory: SharedBytes
  /// The addresses by which the device knows the pages of 4,096 bytes that the data lies in.
  public let pages: ArraySlice<UInt64>
  /// Where in the first page it begins.
  public let offset: Int

  public init(_ memory: SharedBytes, pages: ArraySlice<UInt64>, offset: Int) {
    self.memory = memory
    self.pages = pages
    self.offset = offset
  }

  public var byteCount: Int { memory.count }

  /// Calls `body` with each piece that is one for the device, in order.
  @inline(__always)
  public func forEachPiece(_ body: (_ address: UInt64, _ byteCount: Int) -> Void) {
    var start: UInt64 = 0
    var length = 0
    var left = memory.count
    var skip = offset
    for page in pages where left > 0 {
      let count = min(4096 - skip, left)
      if length > 0, start &+ UInt64(length) == page &+ UInt64(skip) {
        length += count
      } else {
        if length > 0 { body(start, length) }
        (start, length) = (page &+ UInt64(skip), count)
      }
      left -= count
      skip = 0
    }
    if length > 0 { body(start, length) }
  }
}

/// What a device is asked to do.
public struct BlockTransfer {
  public var operation: DiskOperation
  /// On the disk; empty for a flush.
  public var blocks: BlockRange
  /// A write that goes to the medium; only for devices that can.
  public var isForced: Bool
  /// `nil` where no data moves.
  public var data: DataRun?

  public init(
    _ operation: DiskOperation, _ blocks: BlockRange, isForced: Bool = false, data: DataRun? = nil
  ) {
    self.operation = operation
    self.blocks = blocks
    self.isForced = isForced
    self.data = data
  }
}

/// How a request ended, as the device says.
public enum BlockOutcome: Equatable, Sendable {
  case done
  /// The medium, or the way there.
  case failed
  case unsupported
  /// Not carried out, or nobody knows, because of what befell another: to be begun again.
  case interrupted
}

/// Why a device cannot go on as it is.
public enum DeviceFailure: Error, Equatable {
  /// It takes no more now.
  case full
  /// What it says makes no sense, or it says nothing: it has to be reset.
  case broken
  /// It is not there any more, and touches no memory.
  case gone
}

/// A disk, as far as the driver of its kind has to know about it.
public protocol BlockDevice: ~Copyable {
  var geometry: BlockGeometry { get }
  /// How many requests it takes at a time; each has a slot below this.
  var depth: Int { get }
  /// Begins a request in a slot that is free.
  mutating func submit(_ transfer: BlockTransfer, slot: Int) throws(DeviceFailure)
  /// All that was submitted is to be looked at.
  mutating func ring()
  /// A request that the device has ended since; its slot is free then.
  mutating func nextCompletion() throws(DeviceFailure) -> (slot: Int, outcome: BlockOutcome)?
  /// The device has raised its interrupt, perhaps for something that is no request's end.
  mutating func acknowledge()
  /// Somebody opens the disk while nothing is under way: a medium that can be changed may have been.
  mutating func lookAtMedium()
  /// Makes the device forget all requests and begin anew; afterwards every slot is free, and the device
  /// touches no memory of any.
  ///
  /// - Throws: `gone` if there is none any more; anything else means that nobody knows what it does.
  mutating func reset() throws(DeviceFailure)
}

extension BlockDevice where Self: ~Copyable {
  public mutating func acknowledge() {}
  public mutating func lookAtMedium() {}
}
