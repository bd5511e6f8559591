// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
import Storage

/// One client's rings, and the memory that its data lies in.
final class DiskRing {
  /// The open file that it is of.
  let file: DiskFile
  var serial: UInt64 { file.serial }
  /// The open description that brought it, whose end is its own.
  let description: UInt64
  let area: ClientArea
  /// Bytes of the rings; data lies behind them.
  private let ringBytes: UInt64
  private var rings: RingServerSide<DiskSubmission, DiskCompletion>
  private var isWaiting = false
  /// The client's call that is answered when it has something to take, or everything.
  private(set) var waiter: RequestTag?
  private var waitsForAll = false
  /// Completions since the client last waited.
  private var hasNews = false
  /// Requests that the device has, or that wait for it.
  var outstanding = 0
  /// Nobody takes completions any more; the memory goes back with the last request.
  var isClosed = false
  private let capacity: Int

  init(
    _ file: DiskFile, _ description: UInt64, _ area: ClientArea, ringBytes: UInt64
  ) throws(SystemError) {
    self.file = file
    self.description = description
    self.area = area
    self.ringBytes = ringBytes
    guard ringBytes > 0, ringBytes <= UInt64(area.bytes.count), ringBytes <= 1 << 30 else {
      throw .invalidArgument
    }
    let memory = area.bytes.extracting(0..<Int(ringBytes))
    do throws(RingError) { rings = try RingServerSide(memory) } catch { throw .invalidArgument }
    capacity = DiskRing.capacity(Int(ringBytes))
  }

  /// As many requests as can be under way: no more than the completions that there is room for.
  private static func capacity(_ ringBytes: Int) -> Int {
    max(1, min(256, ringBytes / (MemoryLayout<DiskSubmission>.stride * 2)))
  }

  /// Whether it takes no more submissions now.
  var isFull: Bool { outstanding == capacity }

  /// The next submission, if another may be under way.
  /// - Throws: `protocolError` if the client broke the ring.
  func take() throws(SystemError) -> DiskSubmission? {
    guard outstanding < capacity else { return nil }
    if isWaiting {
      rings.submissions.endWait()
      isWaiting = false
    }
    do throws(RingError) {
      if let submission = try rings.submissions.pop() { return submission }
      // Something may have come while the wish was written down.
      isWaiting = try rings.submissions.prepareToWait()
      return isWaiting ? nil : try rings.submissions.pop()
    } catch { throw .protocolError }
  }

  /// Adds a completion, which the client sees after `flush`.
  /// - Throws: `protocolError` if there is no room: the client broke the ring.
  func complete(_ identifier: UInt64, _ error: SystemError?) throws(SystemError) {
    var completion = DiskCompletion()
    completion.identifier = identifier
    completion.result = error.map { -Int64($0.rawValue) } ?? 0
    do throws(RingError) {
      guard try rings.completions.push(completion) else { throw RingError.broken }
    } catch { throw .protocolError }
    hasNews = true
  }

  /// Shows the client what is complete.
  /// - Returns: whether it waits for an event of that.
  func flush() -> Bool { rings.completions.publish() }

  func wait(_ tag: RequestTag, forAll: Bool) { (waiter, waitsForAll) = (tag, forAll) }

  /// The call to be answered now, if there is one.
  func takeWaiter() -> RequestTag? {
    guard isClosed || outstanding == 0 || hasNews && !waitsForAll, let tag = waiter else {
      return nil
    }
    (waiter, hasNews) = (nil, false)
    return tag
  }

  /// The data of a request, if it lies where data may lie.
  func data(_ offset: UInt64, _ byteCount: UInt64) -> DataRun? {
    guard offset & 511 == 0, offset >= ringBytes, let end = offset.checkedSum(byteCount),
      end <= UInt64(area.bytes.count), byteCount > 0
    else { return nil }
    let first = Int(offset >> 12)
    let last = Int((end + 4095) >> 12)
    guard last <= area.pages.count else { return nil }
    return DataRun(
      area.bytes.extracting(Int(offset)..<Int(end)), pages: area.pages[first..<last],
      offset: Int(offset & 4095))
  }
}
