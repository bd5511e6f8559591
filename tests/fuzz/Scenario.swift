// SPDX-License-Identifier: MIT
import System

// Calls that end or change their caller, and those that need something set up first. Each is made
// by a process that exists for it alone, and what came of it is seen from outside; that is how the
// calls that never return are known to have succeeded.

extension Fuzzer {
  mutating func makeScenario() {
    switch random.below(12) {
    case 0: exitProcess()
    case 1: exitThread()
    case 2: replaceProgram()
    case 3: setThreadPointer()
    case 4: setSignalControl()
    case 5: forkElsewhere()
    case 6: fault()
    case 7: kill()
    case 8: stopAndContinue()
    case 9: debug()
    case 10: endThread()
    default: noiseElsewhere()
    }
  }

  /// A process that makes one call, then ends with `Self.goneOn`.
  struct Errand {
    let process: Handle
    let number: UInt32
    let record: Int
  }

  /// The status of a process whose call came back.
  static var goneOn: UInt32 { 40 }

  /// Makes a process that has the stub's memory and no thread yet.
  mutating func makeErrand() -> Errand? {
    guard let handle = make(CreateProcess()) else { return nil }
    let process = Handle(rawValue: UInt32(truncatingIfNeeded: handle))
    let code: MapFlags = .read | .execute | .shared | .fixed
    let records: MapFlags = .read | .write | .shared | .fixed
    guard place(process, arena.code, offset: 0, code),
      place(process, arena.records.address, offset: 4096, records),
      let number = make(
        GetProcess {
          $0.process = process
          $0.property = .processNumber
        })
    else {
      _ = make(Close { $0.handle = process })
      return nil
    }
    return Errand(
      process: process, number: UInt32(truncatingIfNeeded: number), record: takeForeignRecord())
  }

  mutating func place(
    _ process: Handle, _ address: UInt, offset: UInt64, _ flags: MapFlags
  ) -> Bool {
    make(
      Map {
        $0.space = process
        $0.object = arena.stubs
        $0.address = address
        $0.length = 4096
        $0.offset = offset
        $0.flags = flags
      }) != nil
  }

  /// Lets the process make its call.
  /// - Returns: its thread.
  mutating func begin(
    _ errand: Errand, _ number: UInt, _ words: CallWords, entry: UInt? = nil,
    _ flags: ThreadFlags = ThreadFlags()
  ) -> Handle? {
    Stub.prepare(
      arena.records, errand.record, number, words,
      thenNumber: CallNumber.exitProcess.rawValue, thenArgument: UInt(Self.goneOn))
    guard
      let thread = make(
        CreateThread {
          $0.process = errand.process
          $0.entry = entry ?? arena.code
          $0.stack = arena.records.address &+ 4096
          $0.argument = recordAddress(errand.record)
          $0.flags = flags
        })
    else { return nil }
    return Handle(rawValue: UInt32(truncatingIfNeeded: thread))
  }

  mutating func begin<Call: SystemCall>(_ errand: Errand, _ call: Call) -> Handle? {
    begin(errand, Call.number.rawValue, call.words)
  }

  /// Waits for news of the process, some milliseconds.
  mutating func wait(
    for errand: Errand, _ options: WaitOptions = WaitOptions()
  ) -> WaitRecord? {
    let room = arena.scratch(lane)
    for _ in 0..<20 {
      let deadline = Deadline(nanoseconds: Clock.now().nanoseconds &+ 5_000_000)
      let result = call(
        CallNumber.waitChild.rawValue,
        WaitChild {
          $0.selector = Int(errand.number)
          $0.options = options
          $0.buffer = UserSpan(address: room.address &+ 256, count: 24)
          $0.deadline = deadline
        }.words)
      if result <= UInt.max &- 4095 { return room.load(at: 256, as: WaitRecord.self) }
      // A thread that waits for any child may have had the news first.
      if result == CallResult(.noChild).rawValue { return nil }
    }
    return nil
  }

  /// What the call came to in the process, if it came back.
  func result(of errand: Errand) -> UInt? {
    let word = arena.records.load(
      at: errand.record &* Stub.recordBytes &+ Stub.result, as: UInt.self)
    return word == Stub.noResult ? nil : word
  }

  /// Ends the process if it still runs, and gives up what there is of it: handles of processes that
  /// ran are among those that other calls get.
  mutating func finish(_ errand: Errand, _ thread: Handle?) {
    signal(errand, .kill)
    _ = wait(for: errand)
    give(errand.process, .process)
    if let thread { give(thread, .thread) }
  }

  mutating func signal(_ errand: Errand, _ signal: SignalNumber) {
    _ = make(
      Signal {
        $0.process = errand.process
        $0.signal = signal.rawValue
      })
  }

  mutating func give(_ handle: Handle, _ kind: Kind) {
    let before = pool.exchange(kind, random.below(HandlePool.slots), handle)
    if before != .none { _ = make(Close { $0.handle = before }) }
  }

  /// Makes a call in a process of its own and counts it.
  /// - Parameter isDone: tells by the process's end that a call that does not return has succeeded.
  mutating func elsewhere<Call: SystemCall>(
    _ call: Call, _ isDone: (WaitRecord) -> Bool = { _ in false }
  ) {
    guard let errand = makeErrand() else { return }
    let thread = begin(errand, call)
    if thread != nil {
      board.begin(lane, Call.number.rawValue, call.words)
      let record = wait(for: errand)
      if let result = result(of: errand) {
        count(Call.number.rawValue, result)
      } else if let record, isDone(record) {
        count(Call.number.rawValue, 0)
      }
    }
    finish(errand, thread)
  }

  // MARK: The scenarios

  mutating func exitProcess() {
    let status = UInt32(41 + random.below(100))
    elsewhere(ExitProcess { $0.status = status }) { $0.state == 0 && $0.value == status }
  }

  /// The end of the last thread ends the process with status zero.
  mutating func exitThread() {
    elsewhere(ExitThread()) { $0.state == 0 && $0.value == 0 }
  }

  /// The end of a thread of this process, which tells by its word that it is gone.
  mutating func endThread() {
    let record = takeRecord()
    let words = ExitThread { $0.release = releaseAddress(record) }.words
    Stub.prepare(
      arena.records, record, CallNumber.exitThread.rawValue, words,
      thenNumber: CallNumber.exitThread.rawValue, thenArgument: 0)
    guard
      let thread = make(
        CreateThread {
          $0.entry = arena.code
          $0.stack = arena.records.address &+ 4096
          $0.argument = recordAddress(record)
        })
    else { return }
    board.begin(lane, CallNumber.exitThread.rawValue, words)
    let place = record &* Stub.recordBytes &+ Stub.release
    for _ in 0..<10 where arena.records.loadAcquiring32(at: place) != 0 {
      let deadline = Deadline(nanoseconds: Clock.now().nanoseconds &+ 2_000_000)
      _ = make(
        FutexWait {
          $0.address = releaseAddress(record)
          $0.expected = 1
          $0.deadline = deadline
        })
    }
    if arena.records.loadAcquiring32(at: place) == 0 {
      count(CallNumber.exitThread.rawValue, 0)
    }
    give(Handle(rawValue: UInt32(truncatingIfNeeded: thread)), .thread)
  }

  /// The program that replaces the first ends with a status of its own.
  mutating func replaceProgram() {
    guard let errand = makeErrand() else { return }
    guard let source = makeErrand() else { return finish(errand, nil) }
    let status = UInt(141 + random.below(60))
    Stub.prepare(
      arena.records, source.record, CallNumber.null.rawValue, CallWords(),
      thenNumber: CallNumber.exitProcess.rawValue, thenArgument: status)
    let known = make(
      TransferHandle {
        $0.process = errand.process
        $0.handle = source.process
        $0.rights = .everything
      })
    var thread: Handle?
    if let known {
      let call = ReplaceProgram {
        $0.source = Handle(rawValue: UInt32(truncatingIfNeeded: known))
        $0.entry = arena.code
        $0.stack = arena.records.address &+ 4096
        $0.argument = recordAddress(source.record)
      }
      thread = begin(errand, call)
      board.begin(lane, CallNumber.replaceProgram.rawValue, call.words)
      let record = wait(for: errand)
      if let result = result(of: errand) {
        count(CallNumber.replaceProgram.rawValue, result)
      } else if let record, record.state == 0, record.value == status {
        count(CallNumber.replaceProgram.rawValue, 0)
      }
    }
    finish(errand, thread)
    _ = make(Close { $0.handle = source.process })
  }

  mutating func setThreadPointer() {
    elsewhere(SetThreadPointer { $0.value = arena.records.address })
  }

  mutating func setSignalControl() {
    elsewhere(
      SetSignalControl {
        $0.thread = arena.records.address &+ 4096 &- 64
        $0.trampoline = arena.code
      })
  }

  /// Both the process and its copy go on, and end.
  mutating func forkElsewhere() { elsewhere(Fork()) }

  mutating func kill() {
    guard let errand = makeErrand() else { return }
    let thread = begin(errand, Sleep())
    finish(errand, thread)
  }

  mutating func stopAndContinue() {
    guard let errand = makeErrand() else { return }
    let thread = begin(errand, Sleep())
    signal(errand, .stop)
    _ = wait(for: errand, .stopped)
    signal(errand, .continue)
    _ = wait(for: errand, .continued)
    finish(errand, thread)
  }

  mutating func noiseElsewhere() {
    guard let errand = makeErrand() else { return }
    var words = CallWords()
    for index in 0..<6 { words[index] = hostileWord() }
    let thread = begin(errand, UInt(random.below(Row.noCall)), words)
    _ = make(Sleep { $0.deadline = Deadline(nanoseconds: Clock.now().nanoseconds &+ 100_000) })
    finish(errand, thread)
  }
}
