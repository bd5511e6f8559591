// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import Schemes
import Storage

// Clients with many requests at a time.
extension DiskServer where Device: ~Copyable {
  private static var ringLimit: Int { 64 }

  func ring(_ serial: UInt64) -> DiskRing? {
    for ring in rings where ring.serial == serial { return ring }
    return nil
  }

  /// A client brings the memory of its rings and its data.
  public mutating func receive(
    _ handle: Handle, on file: DiskFile, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt {
    guard code == RingOperation.attach else { throw .notSupported }
    _ = try unit(file).blocks(file)
    guard ring(file.serial) == nil else { throw .alreadyExists }
    guard rings.count < Self.ringLimit else { throw .quotaExceeded }
    let area = try host.attach(handle, least: word)
    do throws(SystemError) {
      rings.append(try DiskRing(file, request.description, area, ringBytes: word))
    } catch {
      host.detach(area)
      throw error
    }
    return 0
  }

  func dropped(_ ring: DiskRing) -> Bool {
    guard ring.isClosed, ring.outstanding == 0 else { return false }
    host.detach(ring.area)
    return true
  }

  mutating func closeRing(_ serial: UInt64) {
    guard let place = rings.firstIndex(where: { $0.serial == serial }) else { return }
    rings[place].isClosed = true
    if let tag = rings[place].takeWaiter() { session?.answer(tag, .gone) }
    if dropped(rings[place]) { rings.remove(at: place) }
  }

  /// Takes what clients have submitted.
  /// - Returns: whether a client has as much under way as it may have, and perhaps more to come.
  mutating func takeSubmissions() -> Bool {
    var isFull = false
    for ring in rings where !ring.isClosed {
      do throws(SystemError) {
        while let submission = try ring.take() { try submit(submission, ring) }
        isFull = isFull || ring.isFull
      } catch { cutOff(ring) }
    }
    return isFull
  }

  private mutating func submit(
    _ submission: DiskSubmission, _ ring: DiskRing
  ) throws(SystemError) {
    do throws(SystemError) {
      let unit = try unit(ring.file)
      let transfer = try transfer(submission, ring, unit)
      ring.outstanding += 1
      unit.engine.submit(
        BlockRequest(
          transfer, .ring(serial: ring.serial, identifier: submission.identifier)))
    } catch { try ring.complete(submission.identifier, error) }
  }

  /// What a submission asks for, if that can be done.
  private func transfer(
    _ submission: DiskSubmission, _ ring: DiskRing, _ unit: DiskUnit<Device>
  ) throws(SystemError) -> BlockTransfer {
    guard let operation = DiskOperation(rawValue: submission.operation) else {
      throw .invalidArgument
    }
    if operation == .flush { return BlockTransfer(.flush, BlockRange(first: 0, count: 0)) }
    guard operation == .read || ring.file.use == .writes else { throw .accessDenied }
    let geometry = unit.geometry
    let blocks = try unit.range(ring.file, submission.block, UInt64(submission.blockCount))
    if operation == .discard { return BlockTransfer(.discard, blocks) }
    let byteCount = blocks.count * UInt64(geometry.blockBytes)
    guard byteCount <= UInt64(geometry.transferLimit) else { throw .messageTooLong }
    guard let data = ring.data(submission.dataOffset, byteCount) else { throw .badAddress }
    return BlockTransfer(
      operation, blocks, isForced: submission.flags & DiskSubmission.forced != 0, data: data)
  }

  mutating func finish(_ serial: UInt64, _ identifier: UInt64, _ error: SystemError?) {
    guard let place = rings.firstIndex(where: { $0.serial == serial }) else { return }
    let ring = rings[place]
    ring.outstanding -= 1
    if ring.isClosed {
      if dropped(ring) { rings.remove(at: place) }
      return
    }
    do throws(SystemError) { try ring.complete(identifier, error) } catch { cutOff(ring) }
  }

  /// A client that breaks its ring has no disk any more.
  private mutating func cutOff(_ ring: DiskRing) {
    session?.revoke(ring.file.word)
    closeRing(ring.serial)
  }

  /// A client has filled its ring and waits for what comes of it, in one call.
  mutating func waitForRing(
    _ file: DiskFile, forAll: Bool, _ request: inout Request
  ) throws(SystemError) {
    guard let ring = ring(file.serial), !ring.isClosed else { throw .gone }
    // One call at a time, of one client that can do nothing meanwhile.
    guard ring.waiter == nil else { throw .busy }
    ring.wait(request.postpone(), forAll: forAll)
    progress()
  }

  func tellRings() {
    for ring in rings where !ring.isClosed {
      if ring.flush() { session?.signal(ring.file.word, .readable) }
      if let tag = ring.takeWaiter() { session?.answer(tag) }
    }
  }
}
