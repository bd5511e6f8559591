// SPDX-License-Identifier: MIT
import System

// Processes, threads, signals, debugging.

extension Fuzzer {
  mutating func planProcess(_ number: CallNumber) -> Plan {
    switch number {
    case .createProcess:
      return Plan(
        CreateProcess { $0.account = random.once(in: 4) ? any(.account) : .none },
        makes: .embryo)
    case .createThread:
      // It makes a null call and is gone; suspended, it is there for those who debug threads.
      let record = prepareRecord()
      return Plan(
        CreateThread {
          $0.entry = arena.code
          $0.stack = arena.data.address &+ UInt(Arena.dataBytes)
          $0.argument = record
          $0.flags = random.once(in: 2) ? .suspended : ThreadFlags()
        }, makes: .thread)
    default:
      return Plan(
        TransferHandle {
          $0.process = any(.embryo)
          $0.handle = pool.any(&random)
          $0.target = random.once(in: 2) ? .none : Handle(rawValue: UInt32(random.below(64)))
          $0.rights = .everything
        })
    }
  }

  /// A record for a thread of this process that does nothing and ends. Returns its address.
  mutating func prepareRecord() -> UInt {
    let record = takeRecord()
    Stub.prepare(
      arena.records, record, CallNumber.null.rawValue, CallWords(),
      thenNumber: CallNumber.exitThread.rawValue, thenArgument: releaseAddress(record))
    return recordAddress(record)
  }

  /// A signal that a worker takes, or that does nothing.
  mutating func harmlessSignal() -> UInt {
    switch random.below(4) {
    case 0: 0
    case 1: UInt(SignalNumber.child.rawValue)
    case 2: UInt(SignalNumber.windowChange.rawValue)
    default: UInt(SignalNumber.user1.rawValue)
    }
  }

  /// Calls that end or replace the caller are made by processes of their own (`Scenario`); here they
  /// have arguments that must be refused.
  mutating func planEnding(_ number: CallNumber) -> Plan {
    switch number {
    case .fork: isFork ? Plan(Null()) : Plan(Fork())
    case .replaceProgram:
      Plan(
        ReplaceProgram {
          $0.source = any(.thread, .memory, .account)
          $0.entry = arena.code
        })
    default: Plan(Null())
    }
  }

  mutating func planWaitChild() -> Plan {
    var call = WaitChild()
    call.selector = -1
    call.options = random.once(in: 4) ? flags(WaitOptions.self) | .noHang : .noHang
    call.buffer = room(MemoryLayout<WaitRecord>.size)
    call.deadline = soon()
    return Plan(call)
  }

  mutating func planSignal(_ number: CallNumber) -> Plan {
    let signal = harmlessSignal()
    switch number {
    case .signal:
      return Plan(
        Signal {
          $0.process = random.once(in: 2) ? any(.process) : .none
          $0.selector = Int(processNumber)
          $0.signal = UInt32(signal)
          $0.value = random.machineWord()
        })
    case .signalThread:
      return Plan(
        SignalThread {
          $0.thread = UInt32(1 + random.below(6))
          $0.signal = UInt32(signal)
        })
    default:
      // A record that is not aligned: the threads of this process need theirs.
      return Plan(
        SetSignalControl {
          $0.thread = arena.data.address &+ 8
          $0.trampoline = arena.code
        })
    }
  }

  mutating func planProperty(_ number: CallNumber) -> Plan {
    let process = any(.embryo, .process, .process)
    if number == .getProcess {
      return Plan(
        GetProcess {
          $0.process = random.once(in: 2) ? process : .none
          $0.property = ProcessProperty(rawValue: UInt32(random.below(21))) ?? .parent
        })
    }
    var call = SetProcess()
    call.process = any(.embryo)
    switch random.below(7) {
    case 0:
      call.property = .name
      call.value = path("fuzzed\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").address
    case 1:
      call.property = .namespace
      call.value = any(.namespace).word
    case 2:
      call.property = .exceptionHandle
      call.value = any(.pipeWriter).word
    case 3:
      call.property = .handleLimit
      call.value = UInt(random.below(16_384))
    case 4: call.property = .group
    case 5: call.property = .newSession
    default:
      call.process = .none
      call.property = .nice
      call.value = UInt(20 + random.below(3))
    }
    return Plan(call)
  }

  mutating func planDebug(_ number: CallNumber) -> Plan {
    let thread = any(.thread)
    switch number {
    case .controlThread:
      var call = ControlThread()
      call.thread = thread
      call.operation = ThreadOperation(rawValue: UInt32(random.below(7))) ?? .number
      if call.operation == .affinity { call.value = UInt(1 + random.below(3)) }
      if call.operation.rawValue > 3, random.once(in: 2) { call.thread = .none }
      return Plan(call)
    case .debugThread:
      var call = DebugThread()
      call.thread = thread
      call.buffer = room(512)
      return Plan(call)
    case .accessMemory:
      return Plan(
        AccessMemory {
          $0.process = any(.embryo, .process, .process)
          $0.address = random.once(in: 2) ? recordAddress(0) : playPage()
          $0.buffer = room(random.below(4096))
          $0.operation = random.once(in: 4) ? .write : .read
        })
    default:
      return Plan(
        AnswerException {
          $0.thread = thread.rawValue
          $0.action = random.once(in: 2) ? .retry : .endProcess
        })
    }
  }
}
