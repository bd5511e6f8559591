// SPDX-License-Identifier: MIT
import Core
public import Disks
public import Memory
public import Storage

/// A disk made of memory: each request is done when it is given.
public struct MemoryDisk: BlockDevice, ~Copyable {
  private let memory: SharedBytes
  public let geometry: BlockGeometry
  private var ended: [(slot: Int, outcome: BlockOutcome)] = []

  private static var blockBytes: Int { 512 }

  /// - Parameter memory: what lies on the disk, whole blocks of 512 bytes; what is beyond is left out.
  @export(interface)
  public init(_ memory: SharedBytes) {
    self.memory = memory
    var geometry = BlockGeometry(
      blockBytes: UInt32(Self.blockBytes), blockCount: UInt64(memory.count / Self.blockBytes))
    geometry.discards = true
    self.geometry = geometry
  }

  public var depth: Int { 16 }

  @export(interface)
  public mutating func submit(_ transfer: BlockTransfer, slot: Int) throws(DeviceFailure) {
    ended.append((slot, carryOut(transfer)))
  }

  private func carryOut(_ transfer: BlockTransfer) -> BlockOutcome {
    guard transfer.operation != .flush else { return .done }
    guard let end = transfer.blocks.first.checkedSum(transfer.blocks.count),
      end <= geometry.blockCount
    else { return .failed }
    let place = Int(transfer.blocks.first) * Self.blockBytes
    let count = Int(transfer.blocks.count) * Self.blockBytes
    if transfer.operation == .discard {
      memory.clear(place..<place + count)
      return .done
    }
    guard let data = transfer.data?.memory, data.count == count else { return .failed }
    for offset in stride(from: 0, to: count, by: 8) {
      if transfer.operation == .read {
        data.store(memory.load(at: place + offset, as: UInt64.self), at: offset)
      } else {
        memory.store(data.load(at: offset, as: UInt64.self), at: place + offset)
      }
    }
    return .done
  }

  public mutating func ring() {}

  @export(interface)
  public mutating func nextCompletion() throws(DeviceFailure) -> (slot: Int, outcome: BlockOutcome)?
  {
    ended.isEmpty ? nil : ended.removeFirst()
  }

  @export(interface)
  public mutating func reset() throws(DeviceFailure) { ended = [] }
}
