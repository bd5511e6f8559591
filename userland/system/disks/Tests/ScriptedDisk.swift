// SPDX-License-Identifier: MIT
import ABI
import Memory
import Schemes
import Storage

@testable import Disks

func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// A disk with a cache that a test can look at, slow down, and have lie.
final class DiskScript {
  var geometry = BlockGeometry(blockBytes: 512, blockCount: 10_000)
  var depth = 4
  /// What is on the medium, and what is written but not there yet.
  var medium: [UInt64: [UInt8]] = [:]
  var cache: [UInt64: [UInt8]] = [:]
  /// Requests that wait to be ended, with their slots, in the order of their arrival.
  var held: [(slot: Int, transfer: BlockTransfer)] = []
  var completions: [(slot: Int, outcome: BlockOutcome)] = []
  /// Requests are ended only when the test says so.
  var holds = false
  /// How the next requests end.
  var outcomes: [BlockOutcome] = []
  var resets = 0
  var resetFailure: DeviceFailure?
  var breaks = 0
  var bad: Set<UInt64> = []

  func content(_ block: UInt64) -> [UInt8] {
    cache[block] ?? medium[block] ?? [UInt8](repeating: 0, count: Int(geometry.blockBytes))
  }

  /// Carries a held request out, and ends it.
  func end(_ index: Int = 0) {
    let entry = held.remove(at: index)
    completions.append((entry.slot, carryOut(entry.transfer)))
  }

  func carryOut(_ transfer: BlockTransfer) -> BlockOutcome {
    if !outcomes.isEmpty {
      let outcome = outcomes.removeFirst()
      if outcome != .done { return outcome }
    }
    let size = Int(geometry.blockBytes)
    for index in 0..<Int(transfer.blocks.count) {
      let block = transfer.blocks.first + UInt64(index)
      if bad.contains(block) { return .failed }
      switch transfer.operation {
      case .read:
        transfer.data?.memory.copy(content(block).span, to: index * size)
      case .write:
        var bytes = [UInt8](repeating: 0, count: size)
        var span = bytes.mutableSpan
        transfer.data?.memory.copy(from: index * size, to: &span)
        if transfer.isForced || !geometry.hasCache {
          medium[block] = bytes
        } else {
          cache[block] = bytes
        }
      case .discard:
        cache[block] = nil
        medium[block] = nil
      case .flush: break
      }
    }
    if transfer.operation == .flush {
      for (block, bytes) in cache { medium[block] = bytes }
      cache = [:]
    }
    return .done
  }
}

struct ScriptedDisk: BlockDevice, ~Copyable {
  let script: DiskScript
  var geometry: BlockGeometry { script.geometry }
  var depth: Int { script.depth }

  mutating func submit(_ transfer: BlockTransfer, slot: Int) throws(DeviceFailure) {
    script.held.append((slot, transfer))
  }

  mutating func ring() {
    guard !script.holds else { return }
    while !script.held.isEmpty { script.end() }
  }

  mutating func nextCompletion() throws(DeviceFailure) -> (slot: Int, outcome: BlockOutcome)? {
    if script.breaks > 0 {
      script.breaks -= 1
      throw .broken
    }
    return script.completions.isEmpty ? nil : script.completions.removeFirst()
  }

  mutating func reset() throws(DeviceFailure) {
    script.resets += 1
    if let failure = script.resetFailure { throw failure }
    script.held = []
    script.completions = []
  }
}
