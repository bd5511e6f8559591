// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes

/// A server's session with the kernel.
final class KernelSession: SchemeSession {
  let server: OwnedHandle
  /// Something beside requests is waited for, so the loop asks an event queue.
  private(set) var hasOtherEvents = false
  private(set) var wakeDeadline = Deadline.never
  private var queue: EventQueue?
  /// What the last wait brought.
  private var events = EventBatch()
  private var watchesOthers = false
  let scheme: OwnedHandle
  private var alarm: Alarm?

  /// - Parameter scheme: a management handle, for a root of the server's own.
  init(_ name: Text, _ server: consuming OwnedHandle, of scheme: consuming OwnedHandle) {
    self.server = server
    self.scheme = scheme
    super.init(name: name)
  }

  override var handle: Handle { server.handle }

  override func answer(_ tag: RequestTag, _ result: UInt, _ bytes: Span<UInt8>) -> Bool {
    do throws(SystemError) {
      _ = try bytes.withClaim { (claim) throws(SystemError) in
        try perform(answer(tag, result, claim, AnswerFlags()))
      }
      return true
    } catch {
      // The client is gone: nobody waits for this answer.
      return false
    }
  }

  override func answer(_ tag: RequestTag, opening word: UInt64, isStream: Bool) -> Bool {
    let flags: AnswerFlags = isStream ? .opened | .stream : .opened
    do throws(SystemError) {
      _ = try perform(answer(tag, UInt(truncatingIfNeeded: word), UserSpan(), flags))
      return true
    } catch { return false }
  }

  override func answer(_ tag: RequestTag, passing handle: Handle) {
    performIgnoringErrors(answer(tag, handle.word, UserSpan(), .passHandle))
  }

  override func answer(_ tag: RequestTag, passingKept place: Int) {
    performIgnoringErrors(answer(tag, UInt(bitPattern: place), UserSpan(), .passKept))
  }

  override func keep(_ handle: Handle, at place: Int) throws(SystemError) {
    _ = try perform(
      KeepHandle {
        $0.server = server.handle
        $0.handle = handle
        $0.place = UInt32(truncatingIfNeeded: place)
      })
  }

  override func copyKept(_ place: Int) throws(SystemError) -> Handle {
    try perform(
      CopyKeptHandle {
        $0.server = server.handle
        $0.place = UInt32(truncatingIfNeeded: place)
      })
  }

  override func dropKept(_ place: Int) {
    performIgnoringErrors(
      KeepHandle {
        $0.server = server.handle
        $0.place = UInt32(truncatingIfNeeded: place)
      })
  }

  private func answer(
    _ tag: RequestTag, _ result: UInt, _ data: UserSpan, _ flags: AnswerFlags
  ) -> NextRequest {
    NextRequest {
      $0.server = server.handle
      $0.tag = tag.rawValue
      $0.result = result
      $0.data = data
      $0.flags = flags | .answerOnly
    }
  }

  override func answer(_ tag: RequestTag, with bytes: SharedBytes) -> Bool {
    let claim = UserSpan(address: bytes.address, count: UInt(bytes.count))
    do throws(SystemError) {
      _ = try perform(answer(tag, claim.count, claim, AnswerFlags()))
      return true
    } catch { return false }
  }

  override func read(
    _ tag: RequestTag, at offset: Int, into bytes: SharedBytes
  ) throws(SystemError) -> Int {
    let claim = UserSpan(address: bytes.address, count: UInt(bytes.count))
    return try Int(truncatingIfNeeded: perform(transfer(tag, offset, claim, .read)))
  }

  override func read(
    _ tag: RequestTag, at offset: Int, into bytes: consuming MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    try Int(
      truncatingIfNeeded: bytes.withClaim { (claim) throws(SystemError) in
        try perform(transfer(tag, offset, claim, .read))
      })
  }

  override func write(
    _ tag: RequestTag, at offset: Int, from bytes: Span<UInt8>
  ) throws(SystemError) -> Int {
    try Int(
      truncatingIfNeeded: bytes.withClaim { (claim) throws(SystemError) in
        try perform(transfer(tag, offset, claim, .write))
      })
  }

  private func transfer(
    _ tag: RequestTag, _ offset: Int, _ data: UserSpan, _ direction: TransferDirection
  ) -> TransferData {
    TransferData {
      $0.server = server.handle
      $0.tag = tag.rawValue
      $0.offset = UInt(bitPattern: offset)
      $0.data = data
      $0.direction = direction
    }
  }

  override func isWaiting(_ tag: RequestTag) -> Bool {
    do throws(SystemError) {
      _ = try perform(transfer(tag, 0, UserSpan(), .read))
      return true
    } catch { return error != .gone }
  }

  override func groups(of tag: RequestTag) throws(SystemError) -> [UInt32] {
    var numbers = InlineArray<32, UInt32>(repeating: 0)
    let count = try fill(&numbers) { (claim) throws(SystemError) in
      try perform(
        CallerGroups {
          $0.server = server.handle
          $0.tag = tag.rawValue
          $0.buffer = claim
        })
    }
    var groups: [UInt32] = []
    for index in 0..<min(Int(count), 32) { groups.append(numbers[index]) }
    return groups
  }

  override func signal(_ word: UInt64, _ events: EventSet) {
    performIgnoringErrors(
      SignalEvents {
        $0.server = server.handle
        $0.word = word
        $0.events = events
      })
  }

  override func revoke(_ word: UInt64) {
    performIgnoringErrors(
      RevokeDescriptions {
        $0.server = server.handle
        $0.word = word
      })
  }

  override func watch(
    _ handle: Handle, _ events: EventSet, data: UInt64
  ) throws(SystemError) {
    try prepareQueue()
    watchesOthers = true
    try queue?.watch(handle, events, data: data)
    hasOtherEvents = true
  }

  override func close(_ handle: Handle) {
    performIgnoringErrors(Close { $0.handle = handle })
  }

  override func wake(at deadline: Deadline) {
    wakeDeadline = deadline
    if !watchesOthers, deadline != .immediately, setAlarm(deadline) { return }
    // Without a queue the wait for requests could not end in time. Lack of handles for one is the
    // only reason for this to fail; the server then wakes with the next request.
    do throws(SystemError) { try prepareQueue() } catch { return }
    hasOtherEvents = watchesOthers || deadline != .never
  }

  /// Has a thread wait for the deadline.
  /// - Returns: false if there can be none.
  private func setAlarm(_ deadline: Deadline) -> Bool {
    if alarm == nil, deadline != .never {
      do throws(SystemError) {
        let root = OwnedHandle(
          try perform(
            CreateRoot {
              $0.scheme = scheme.handle
              $0.word = Self.alarmWord
            }))
        let made = try Alarm(asking: root.handle)
        try made.start()
        _ = root.release()
        alarm = made
      } catch { return false }
    }
    alarm?.set(deadline)
    return true
  }

  override func takeAlarm() -> Bool {
    guard wakeDeadline != .never, wakeDeadline.hasPassed else { return false }
    wakeDeadline = .never
    return true
  }

  private func prepareQueue() throws(SystemError) {
    if queue != nil { return }
    let made = try EventQueue()
    try made.watch(server.handle, .readable, data: UInt64.max)
    queue = consume made
  }

  override func descriptions() throws(SystemError) -> [SchemeDescriptionRecord] {
    while true {
      do throws(SystemError) { return try listDescriptions() } catch {
        // A file was closed at the very place where the list was to go on.
        guard error == .gone else { throw error }
      }
    }
  }

  private func listDescriptions() throws(SystemError) -> [SchemeDescriptionRecord] {
    var all: [SchemeDescriptionRecord] = []
    while true {
      var batch = InlineArray<64, SchemeDescriptionRecord>(repeating: SchemeDescriptionRecord())
      let cookie = all.last.map { $0.description &+ 1 } ?? 0
      let count = try fill(&batch) { (claim) throws(SystemError) in
        try perform(
          ListDescriptions {
            $0.server = server.handle
            $0.cookie = cookie
            $0.buffer = claim
          })
      }
      if count == 0 { return all }
      for index in 0..<min(Int(count), 64) { all.append(batch[index]) }
    }
  }

  /// Waits for requests, other events or the deadline, and gives the server what is not a request.
  func waitForEvents<Server: SchemeServer & ~Copyable>(_ server: inout Server) {
    if wakeDeadline != .never, wakeDeadline.hasPassed {
      wakeDeadline = .never
      // From here on requests come the quick way again.
      hasOtherEvents = watchesOthers
      server.wake()
      return
    }
    // As long as there are no requests among them, the kernel is not asked for any.
    var hasRequests = false
    while !hasRequests {
      do throws(SystemError) {
        try queue?.wait(for: &events, until: wakeDeadline)
      } catch {
        // A deadline is looked at on the way back here; a signal has been handled.
        if error == .interrupted { server.signalled() }
        return
      }
      hasRequests = queue == nil
      for index in 0..<events.count {
        if events[index].data == UInt64.max {
          hasRequests = true
        } else {
          server.handle(events[index])
        }
      }
    }
  }
}
