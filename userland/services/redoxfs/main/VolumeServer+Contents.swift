// SPDX-License-Identifier: MIT
import Base
import Core
import Hierarchy
import RedoxFS
import System
import VolumeService

// What is in files, read, written and mapped.
extension VolumeServer {
  mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    if let text = try links.text(file) {
      guard offset < UInt64(text.count) else { return }
      output.put(text.span.extracting(Int(offset)..<text.count))
      return
    }
    if let node = SnapshotNode(word: file) {
      return try snapshots.read(node, into: &output, at: offset)
    }
    let node = try node(file)
    if !mapped.isEmpty { try mapped.takeOver(node) }
    let now = Clock.wallClock()
    if let part = try volume.lend(node, from: offset, count: output.freeCapacity, now: now) {
      return lent.answer(&request, with: part.bytes, part.range)
    }
    try volume.read(node, into: &output, at: offset, now: now)
  }

  mutating func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    let node = try node(file)
    lent.release()
    let appends = request.writeFlags.contains(.append)
    let count: Int
    if request.inputCount <= bytes.count {
      count = try write(node, bytes, at: offset, appends: appends, request)
    } else {
      let all = try whole(bytes, request)
      count = try write(node, all.span, at: offset, appends: appends, request)
    }
    if request.writeFlags.contains(.synchronous) { try volume.commit() } else { planCommit() }
    return count
  }

  func write(
    _ node: UInt32, _ bytes: Span<UInt8>, at offset: UInt64, appends: Bool,
    _ request: borrowing Request
  ) throws(SystemError) -> Int {
    let isMapped = mapped.isInUse(node)
    let oldSize = isMapped ? try volume.status(node).size : 0
    if isMapped { volume.beginChange(mark(request)) }
    defer { if isMapped { volume.endChange() } }
    let count = try volume.write(
      node, bytes, at: offset, appends: appends, user: request.caller.user,
      now: Clock.wallClock(), mark(request))
    if isMapped {
      try mapped.wasWritten(
        node, bytes.extracting(first: count), at: appends ? oldSize : offset, oldSize: oldSize)
    }
    return count
  }

  /// All that the client sends, of which `bytes` is the beginning.
  func whole(
    _ bytes: Span<UInt8>, _ request: borrowing Request
  ) throws(SystemError) -> [UInt8] {
    var all = [UInt8](repeating: 0, count: request.inputCount)
    let rest = all.count &- bytes.count
    var span = all.mutableSpan
    span.replaceBytes(at: 0, with: bytes)
    guard let session,
      try session.read(
        request.tag, at: bytes.count,
        into: span._mutatingExtracting(bytes.count..<span.count)) == rest
    else { throw .inputOutput }
    return all
  }

  mutating func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) {
    let node = try node(file)
    lent.release()
    let oldSize = try volume.status(node).size
    volume.beginChange(mark(request))
    defer { volume.endChange() }
    try volume.truncate(node, to: length, now: Clock.wallClock(), mark(request))
    try mapped.wasTruncated(node, to: length, oldSize: oldSize)
    planCommit()
  }

  mutating func setAttributes(
    _ file: UInt64, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError) {
    let (node, mark) = (try node(file), mark(request))
    var user = user(request)
    while true {
      do throws(SystemError) {
        try volume.setAttributes(node, attributes, user, now: Clock.wallClock(), mark)
        return planCommit()
      } catch { try learnGroups(of: &user, after: error, request) }
    }
  }

  // MARK: Mapping

  mutating func map(
    _ file: UInt64, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle {
    if SnapshotNode(word: file) != nil { throw .noDevice }
    let node = try node(file)
    guard try volume.access(of: node).isRegular else { throw .noDevice }
    let object = try mapped.map(node)
    request.mapsPart(from: 0, byteCount: object.byteCount)
    planWake()
    // What the client may do is what its own handle says; execution is for programs.
    return try object.object.handleToPass(.read | .write | .execute | .map)
  }

  mutating func supply(
    _ word: UInt64, offset: UInt64, length: UInt64, for request: inout Request
  ) {
    guard word <= UInt64(UInt32.max) else { return }
    mapped.supply(UInt32(word), at: offset, byteCount: length)
  }
}
