// SPDX-License-Identifier: MIT
import System

/// A file that is mapped: its object, as this server maps it, too.
final class MappedFile {
  let node: UInt32
  /// Where the scheme keeps the object.
  let place: Int
  let object: ProvidedMemory
  private(set) var memory: SharedBytes
  private(set) var byteCount: UInt64
  var lastUsed = Clock.now().nanoseconds

  init(
    _ node: UInt32, _ place: Int, _ object: consuming ProvidedMemory
  ) throws(SystemError) {
    let length = try object.handle.memoryStatus(of: 0..<0).length
    memory = try Mapping(
      object.handle, byteCount: Int(length), .read | .write | .shared
    ).shared()
    self.node = node
    self.place = place
    byteCount = length
    self.object = object
  }

  deinit { unmap() }

  private func unmap() {
    performIgnoringErrors(
      Unmap {
        $0.address = memory.address
        $0.length = UInt(memory.count)
      })
  }

  /// How many mappings there are, this server's among them.
  var mappings: UInt64 {
    do throws(SystemError) { return try object.handle.memoryStatus(of: 0..<0).mappings } catch {
      return UInt64.max
    }
  }

  func grow(to length: UInt64) throws(SystemError) {
    lastUsed = Clock.now().nanoseconds
    guard length > byteCount else { return }
    try object.resize(to: length)
    let new = try Mapping(
      object.handle, byteCount: Int(length), .read | .write | .shared
    ).shared()
    unmap()
    memory = new
    byteCount = length
  }

  func bytes(_ place: Int, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in place..<place + count { bytes.append(memory.load(at: index, as: UInt8.self)) }
    return bytes
  }
}
