// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import Schemes
public import Storage

/// Who waits for a request's end.
public enum RequestOwner: Sendable {
  /// The client of a request on a file, and the pages that its data lies in.
  case file(FileTransfer)
  /// A ring's entry.
  case ring(serial: UInt64, identifier: UInt64)
  /// The server itself.
  case server
}

/// A request of the scheme that is under way.
public struct FileTransfer: Sendable {
  public var tag: RequestTag
  public var operation: DiskOperation
  /// What of the data is the client's.
  public var skip = 0
  public var count = 0
  public var firstPage = 0
  public var pageCount = 0

  public init(_ tag: RequestTag, _ operation: DiskOperation) {
    self.tag = tag
    self.operation = operation
  }
}

/// Something to be done with blocks, from its arrival to its end. One object, since it goes from hand to
/// hand more often than anything is done with it.
public final class BlockRequest {
  public var transfer: BlockTransfer
  public var owner: RequestOwner
  /// Its turn among all.
  var sequence: UInt64 = 0
  /// How often it was begun and did not end well.
  var attempts = 0
  /// The write is done, and what is under way is the flush behind it.
  var isFlushing = false

  public init(_ transfer: BlockTransfer, _ owner: RequestOwner) {
    self.transfer = transfer
    self.owner = owner
  }

  var changes: Bool { transfer.operation != .read }

  /// Whether the two must keep their order.
  func conflicts(with other: BlockRequest) -> Bool {
    (changes || other.changes) && transfer.blocks.overlaps(other.transfer.blocks)
  }
}

/// A request that has ended.
public struct FinishedRequest {
  public var request: BlockRequest
  /// `nil` if all went well.
  public var error: SystemError?
}
