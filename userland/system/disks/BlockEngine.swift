// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
public import Storage

/// Takes requests to a device and brings back how they ended. Times are nanoseconds of any clock that
/// does not go back.
public struct BlockEngine<Device: BlockDevice & ~Copyable>: ~Copyable {
  public var device: Device
  public private(set) var statistics = DiskStatistics()
  private var pending: [BlockRequest] = []
  /// What is under way, by its slot, and beside it in brief what is looked at often.
  private var started: [BlockRequest?]
  private var live: [Live] = []
  private var finished: [FinishedRequest] = []
  private var nextSequence: UInt64 = 1
  /// Resets since the device ended a request last.
  private var resetsInVain = 0
  private var state = State.working

  private struct Live: BitwiseCopyable {
    var slot: Int
    var sequence: UInt64
    var blocks: BlockRange
    var changes: Bool
    var deadline: UInt64
  }

  private enum State: Equatable {
    case working
    /// Every request fails with this until then, when the device gets another chance.
    case failed(SystemError, until: UInt64)
    /// It cannot be reset: nobody knows what it still does.
    case dead
  }

  public init(_ device: consuming Device) {
    started = [BlockRequest?](repeating: nil, count: device.depth)
    self.device = device
  }

  /// Takes a request, which is begun at the next `advance`.
  public mutating func submit(_ request: BlockRequest) {
    request.sequence = nextSequence
    nextSequence += 1
    pending.append(request)
  }

  /// Begins what can be begun, and takes note of what has ended.
  public mutating func advance(now: UInt64) {
    switch state {
    case .working: break
    case .failed(_, let until):
      guard until <= now, !pending.isEmpty, recover(now) else { return failAll() }
    case .dead: return
    }
    var mayGoOn = takeCompletions(now)
    while mayGoOn, begin(now) { mayGoOn = takeCompletions(now) }
  }

  /// The next request that has ended.
  public mutating func takeFinished() -> FinishedRequest? {
    finished.isEmpty ? nil : finished.removeFirst()
  }

  /// Every request below this sequence has ended.
  public var oldest: UInt64 {
    var oldest = nextSequence
    for entry in live { oldest = min(oldest, entry.sequence) }
    for entry in pending { oldest = min(oldest, entry.sequence) }
    return oldest
  }

  /// The sequence of the next request.
  public var next: UInt64 { nextSequence }
  public var isIdle: Bool { pending.isEmpty && live.isEmpty }
  /// The device cannot be reset. Whoever runs it has to end, so that it is reset from outside; what was
  /// not answered is asked of the successor.
  public var isDead: Bool { state == .dead }

  /// The device has raised its interrupt.
  public mutating func acknowledge() { device.acknowledge() }

  /// Somebody opens the disk, while nothing is under way.
  public mutating func lookAtMedium() {
    if state == .working { device.lookAtMedium() }
  }

  /// When to call `expire`.
  public var deadline: UInt64? {
    var first: UInt64?
    for entry in live { first = min(first ?? .max, entry.deadline) }
    return first
  }

  /// Time has passed: a device that has kept a request too long is reset.
  public mutating func expire(now: UInt64) {
    guard let deadline, deadline <= now else { return }
    // The answer may be there, with its interrupt lost.
    if takeCompletions(now), let deadline = self.deadline, deadline <= now {
      statistics.timeouts += 1
      for entry in live where entry.deadline <= now { started[entry.slot]?.attempts += 1 }
      _ = recover(now)
    }
    advance(now: now)
  }
}

// MARK: Beginning

extension BlockEngine where Device: ~Copyable {
  /// Begins as many requests as can be.
  /// - Returns: whether the device may have ended something since.
  private mutating func begin(_ now: UInt64) -> Bool {
    if pending.isEmpty { return false }
    var index = 0
    var begun = false
    var slot = 0
    while index < min(pending.count, EngineLimits.lookAhead), live.count < started.count {
      guard mayBegin(index) else {
        index += 1
        continue
      }
      let request = pending.remove(at: index)
      if let error = refusal(request) {
        end(request, error)
        continue
      }
      while started[slot] != nil { slot += 1 }
      do throws(DeviceFailure) {
        try start(request, slot, now)
        begun = true
      } catch {
        pending.insert(request, at: index)
        if error == .full, !live.isEmpty { break }
        return recover(now)
      }
    }
    if begun { device.ring() }
    return begun
  }

  private mutating func start(
    _ request: BlockRequest, _ slot: Int, _ now: UInt64
  ) throws(DeviceFailure) {
    var transfer = request.transfer
    transfer.isForced = transfer.isForced && device.geometry.forcesWrites
    if request.isFlushing { transfer = BlockTransfer(.flush, BlockRange(first: 0, count: 0)) }
    try device.submit(transfer, slot: slot)
    started[slot] = request
    live.append(
      Live(
        slot: slot, sequence: request.sequence, blocks: request.transfer.blocks,
        changes: request.changes, deadline: now &+ EngineLimits.timeout))
  }

  /// Whether the request keeps its place behind all that it must come after.
  private func mayBegin(_ index: Int) -> Bool {
    let request = pending[index]
    if request.transfer.operation == .flush {
      // All that came before it has to be complete.
      guard index == 0 else { return false }
      for entry in live where entry.sequence < request.sequence { return false }
      return true
    }
    for entry in live where entry.changes || request.changes {
      if entry.blocks.overlaps(request.transfer.blocks) { return false }
    }
    for earlier in 0..<index where pending[earlier].conflicts(with: request) { return false }
    return true
  }

  /// Why a request is not for this device, as it is now; done at once counts as well.
  private func refusal(_ request: BlockRequest) -> SystemError?? {
    let geometry = device.geometry
    switch request.transfer.operation {
    case .flush: return geometry.hasCache ? nil : .some(nil)
    case .discard: return geometry.discards ? outside(request, geometry) : .some(.notSupported)
    case .write where geometry.isReadOnly: return .some(.readOnlyFileSystem)
    case .read, .write: return outside(request, geometry)
    }
  }

  /// The disk may have shrunk since the request came.
  private func outside(_ request: BlockRequest, _ geometry: BlockGeometry) -> SystemError?? {
    let blocks = request.transfer.blocks
    guard let end = Optional(blocks.first.addingReportingOverflow(blocks.count)), !end.overflow,
      end.partialValue <= geometry.blockCount
    else { return .some(.inputOutput) }
    return nil
  }
}

// MARK: Ending

extension BlockEngine where Device: ~Copyable {
  /// Takes all that the device says, also when nothing is under way: what it says of nothing must not be
  /// taken for the end of a later request.
  /// - Returns: false if the device cannot go on.
  private mutating func takeCompletions(_ now: UInt64) -> Bool {
    while true {
      let completion: (slot: Int, outcome: BlockOutcome)?
      do throws(DeviceFailure) { completion = try device.nextCompletion() } catch {
        return distrust(now)
      }
      guard let completion else { return true }
      guard let place = live.firstIndex(where: { $0.slot == completion.slot }),
        let request = started[completion.slot]
      else { return distrust(now) }
      started[completion.slot] = nil
      live.remove(at: place)
      resetsInVain = 0
      conclude(request, completion.outcome)
    }
  }

  /// What the device says makes no sense: any of what is under way may be to blame.
  private mutating func distrust(_ now: UInt64) -> Bool {
    for entry in live { started[entry.slot]?.attempts += 1 }
    return recover(now)
  }

  private mutating func conclude(_ request: BlockRequest, _ outcome: BlockOutcome) {
    switch outcome {
    case .done:
      let transfer = request.transfer
      if transfer.isForced, !request.isFlushing, device.geometry.hasCache,
        !device.geometry.forcesWrites
      {
        request.isFlushing = true
        pending.insert(request, at: 0)
      } else {
        end(request, nil)
      }
    case .failed:
      request.attempts += 1
      if request.attempts < EngineLimits.attempts {
        statistics.retries += 1
        pending.insert(request, at: 0)
      } else {
        end(request, .inputOutput)
      }
    case .unsupported:
      end(request, .notSupported)
    case .interrupted:
      statistics.retries += 1
      pending.insert(request, at: 0)
    }
  }

  private mutating func end(_ request: BlockRequest, _ error: SystemError?) {
    count(request, error)
    finished.append(FinishedRequest(request: request, error: error))
  }

  private mutating func count(_ request: BlockRequest, _ error: SystemError?) {
    guard error == nil else {
      statistics.errors += 1
      return
    }
    switch request.transfer.operation {
    case .read:
      statistics.reads += 1
      statistics.blocksRead += request.transfer.blocks.count
    case .write:
      statistics.writes += 1
      statistics.blocksWritten += request.transfer.blocks.count
    case .flush: statistics.flushes += 1
    case .discard: statistics.discards += 1
    }
  }

  /// Resets the device; what was under way comes first again, in its order.
  /// - Returns: false if the device does not come back.
  private mutating func recover(_ now: UInt64) -> Bool {
    statistics.resets += 1
    resetsInVain += 1
    // Nothing under way may be given up, or done again, before the device has let go of its memory.
    do throws(DeviceFailure) { try device.reset() } catch {
      guard error == .gone else {
        state = .dead
        return false
      }
      return rest(.noDevice, now)
    }
    guard resetsInVain <= EngineLimits.resetsInVain else { return rest(.inputOutput, now) }
    let interrupted = takeStarted()
    state = .working
    var again: [BlockRequest] = []
    for request in interrupted {
      if request.attempts < EngineLimits.attempts {
        statistics.retries += 1
        again.append(request)
      } else {
        end(request, .inputOutput)
      }
    }
    pending = again + pending
    return true
  }

  /// What was under way, in the order of its sequence.
  private mutating func takeStarted() -> [BlockRequest] {
    var requests: [BlockRequest] = []
    live.sort { $0.sequence < $1.sequence }
    for entry in live {
      if let request = started[entry.slot] { requests.append(request) }
      started[entry.slot] = nil
    }
    live = []
    return requests
  }

  /// Leaves the device alone for a while: every request fails with `error`.
  private mutating func rest(_ error: SystemError, _ now: UInt64) -> Bool {
    pending = takeStarted() + pending
    state = .failed(error, until: now &+ EngineLimits.rest)
    resetsInVain = 0
    failAll()
    return false
  }

  private mutating func failAll() {
    guard case .failed(let error, _) = state else { return }
    let requests = pending
    pending = []
    for request in requests { end(request, error) }
  }
}

/// The numbers that waiting and trying again go by.
public enum EngineLimits {
  /// Nanoseconds that a device may keep a request.
  public static var timeout: UInt64 { 10_000_000_000 }
  /// How often a request is tried.
  public static var attempts: Int { 3 }
  /// Resets without a request that ended, after which the device is left alone for a while.
  public static var resetsInVain: Int { 4 }
  /// How long that is, in nanoseconds.
  public static var rest: UInt64 { 5_000_000_000 }
  /// Requests in the queue that are looked at for one to begin.
  public static var lookAhead: Int { 64 }
}
