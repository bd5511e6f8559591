// SPDX-License-Identifier: MIT
import System

/// The worker's own scheme: a thread that serves it, mostly as it should.
///
/// It answers late, out of order, with errors, with nonsense and not at all, each now and then; and
/// when the handles that it serves with have been closed, it makes new ones.
struct Server {
  private var fuzzer: Fuzzer
  private var scheme = Handle.none
  private var session = Handle.none
  private var area: SharedBytes?
  /// Requests to be answered later.
  private var kept = InlineArray<4, UInt>(repeating: 0)

  init(_ fuzzer: Fuzzer) { self.fuzzer = fuzzer }

  static let areaBytes = 8 * 4096

  mutating func run() {
    var request = NextRequest()
    while true {
      if session == .none, !prepare() {
        // The account may be used up; somebody will close something.
        _ = fuzzer.make(Sleep { $0.deadline = Deadline(nanoseconds: later(1_000_000)) })
        continue
      }
      request.server = session
      let result = fuzzer.call(CallNumber.nextRequest.rawValue, request.words)
      let tag = request.tag
      request = NextRequest()
      if result > UInt.max &- 4095 {
        // The client of an answer that was refused still waits.
        if tag != 0, answer(tag, CallResult(.inputOutput).rawValue) { continue }
        if result == CallResult(.badHandle).rawValue { session = .none }
        // The watch wants a new scheme: somebody waits for this one in vain.
        if result == CallResult(.interrupted).rawValue { giveUp() }
        continue
      }
      if result == 0 { answerKept() }
      if result != 0, let area { request = answer(area.load(at: 0, as: SchemeRequest.self)) }
    }
  }

  /// Answers what was kept to be answered later: nothing else is to be done.
  private mutating func answerKept() {
    for index in kept.indices where kept[index] != 0 {
      _ = answer(kept[index], UInt(fuzzer.random.below(16)))
      kept[index] = 0
    }
  }

  private mutating func answer(_ tag: UInt, _ result: UInt) -> Bool {
    fuzzer.make(
      NextRequest {
        $0.server = session
        $0.tag = tag
        $0.result = result
        $0.flags = .answerOnly
      }) != nil
  }

  private func later(_ nanoseconds: UInt64) -> UInt64 {
    Clock.now().nanoseconds &+ nanoseconds
  }

  private mutating func giveUp() {
    _ = fuzzer.make(
      GiveUpScheme {
        $0.scheme = scheme
        $0.error = 5
      })
    _ = fuzzer.make(Close { $0.handle = session })
    session = .none
  }

  /// Makes a scheme, serves it, and gives the fuzzing threads roots of it.
  private mutating func prepare() -> Bool {
    if area == nil {
      guard let memory = makeArea() else { return false }
      area = memory
    }
    // Nobody serves the one before any more.
    _ = fuzzer.make(
      GiveUpScheme {
        $0.scheme = scheme
        $0.error = 5
      })
    guard areaHandle != .none,
      let made = fuzzer.make(CreateScheme { $0.flags = .persistent })
    else { return false }
    scheme = Handle(rawValue: UInt32(truncatingIfNeeded: made))
    let attached = fuzzer.make(
      AttachScheme {
        $0.scheme = scheme
        $0.area = areaHandle
      })
    guard let attached else {
      _ = fuzzer.make(Close { $0.handle = scheme })
      return false
    }
    session = Handle(rawValue: UInt32(truncatingIfNeeded: attached))
    for slot in 0..<4 {
      let root = fuzzer.make(
        CreateRoot {
          $0.scheme = scheme
          $0.word = UInt64(slot)
        })
      guard let root else { break }
      publish(Handle(rawValue: UInt32(truncatingIfNeeded: root)), .directory, slot)
    }
    publish(scheme, .management, 0)
    // A second session, for the threads that fuzz.
    let second = fuzzer.make(
      Duplicate {
        $0.handle = session
        $0.rights = .everything
      })
    if let second {
      publish(Handle(rawValue: UInt32(truncatingIfNeeded: second)), .server, 0)
    }
    return true
  }

  private var areaHandle = Handle.none

  private mutating func makeArea() -> SharedBytes? {
    do throws(SystemError) {
      let object = try MemoryObject(byteCount: Self.areaBytes, .wired)
      let memory = try Mapping(
        object.handle, byteCount: Self.areaBytes, .read | .write | .shared
      ).shared()
      areaHandle = try object.handle.duplicate(flags: .runtimeHandle)
      return memory
    } catch { return nil }
  }

  private mutating func publish(_ handle: Handle, _ kind: Kind, _ slot: Int) {
    let before = fuzzer.pool.exchange(kind, slot, handle)
    if before != .none { _ = fuzzer.make(Close { $0.handle = before }) }
  }

  /// What the next call answers.
  private mutating func answer(_ request: SchemeRequest) -> NextRequest {
    var call = NextRequest()
    call.tag = request.tag
    switch request.operation == SchemeOperation.cancel.rawValue ? 63 : fuzzer.random.below(64) {
    case 0:
      // Somebody else's turn: this one is answered later, or when its client gives it up.
      let index = fuzzer.random.below(4)
      call.tag = kept[index]
      kept[index] = request.tag
      call.result = UInt(fuzzer.random.below(16))
      if !fuzzer.random.once(in: 8) { call.flags = .doNotWait }
      return call
    case 1:
      call.result = fuzzer.hostileWord()
      call.data = UserSpan(address: fuzzer.hostileWord(), count: fuzzer.hostileWord())
      call.flags = fuzzer.flags(AnswerFlags.self)
      return call
    case 2:
      _ = fuzzer.make(Sleep { $0.deadline = Deadline(nanoseconds: later(100_000)) })
    case 3...6:
      call.result = CallResult(.noSpace).rawValue
      return call
    default: break
    }
    fill(&call, request)
    return call
  }

  /// A proper answer.
  private mutating func fill(_ call: inout NextRequest, _ request: SchemeRequest) {
    // What lies in the area is the kernel's word, but others may write there too.
    if fuzzer.random.once(in: 8) { askForGroups(request) }
    switch SchemeOperation(rawValue: request.operation) {
    case .open:
      call.result = UInt(fuzzer.random.below(8))
      call.flags = fuzzer.random.once(in: 8) ? .opened | .stream : .opened
      if fuzzer.random.once(in: 8) { pass(.memory, in: &call) }
    case .receiveHandle: pass(fuzzer.random.once(in: 2) ? .pipeReader : .memory, in: &call)
    case .map: pass(fuzzer.random.once(in: 2) ? .provided : .memory, in: &call)
    case .read, .status, .statusAt, .fileSystemStatus, .path, .readDirectory, .call, .lock:
      let count = min(Int(truncatingIfNeeded: request.outputCount), 8192)
      call.data = fuzzer.arena.buffer(
        &fuzzer.random, count > 0 ? fuzzer.random.below(count + 1) : 0)
      call.result = call.data.count
      if request.inputCount > 64 { transfer(request, .read) }
      if count > 64, fuzzer.random.once(in: 4) { transfer(request, .write) }
    case .write:
      call.result = UInt(truncatingIfNeeded: request.inputCount)
      if fuzzer.random.once(in: 4) { transfer(request, .read) }
    case .sendHandle:
      if request.flags & SchemeRequest.hasHandle != 0 {
        let handle = Handle(rawValue: UInt32(truncatingIfNeeded: request.third))
        _ = fuzzer.make(Close { $0.handle = handle })
      }
    case .supply: supply(request)
    case .size: call.result = 10_000
    case .cancel:
      // The client of the request that `first` names does not want to wait any more.
      call.tag = UInt(truncatingIfNeeded: request.first)
    case .close, .truncate, .synchronise, .setAttributes, .unlink, .link, .rename, .watch,
      .allocate, nil:
      break
    }
  }

  private mutating func askForGroups(_ request: SchemeRequest) {
    _ = fuzzer.make(
      CallerGroups {
        $0.server = session
        $0.tag = request.tag
        $0.buffer = fuzzer.room(4 * fuzzer.random.below(SetGroups.limit))
      })
  }

  private mutating func transfer(_ request: SchemeRequest, _ direction: TransferDirection) {
    _ = fuzzer.make(
      TransferData {
        $0.server = session
        $0.tag = request.tag
        $0.data = fuzzer.room(1 + fuzzer.random.below(64))
        $0.direction = direction
      })
  }

  /// Answers with a copy of a handle, which the answer closes.
  private mutating func pass(_ kind: Kind, in call: inout NextRequest) {
    let copy = fuzzer.make(
      Duplicate {
        $0.handle = fuzzer.any(kind)
        $0.rights = .everything
        $0.flags = .runtimeHandle
      })
    guard let copy else { return }
    call.result = copy
    call.flags = .passHandle
  }

  /// Supplies the page, or says that it cannot be had.
  private mutating func supply(_ request: SchemeRequest) {
    let object = fuzzer.pool.handle(.provided, Int(truncatingIfNeeded: request.word & 7))
    if fuzzer.random.once(in: 8) {
      _ = fuzzer.make(
        FailPages {
          $0.object = object
          $0.offset = request.first
          $0.length = 4096
        })
    } else {
      _ = fuzzer.make(
        SupplyPages {
          $0.object = object
          $0.offset = request.first & ~4095
          $0.source = fuzzer.room(4096)
        })
    }
  }
}
