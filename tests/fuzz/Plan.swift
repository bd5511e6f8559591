// SPDX-License-Identifier: MIT
import System

/// A call that ought to succeed, before anything about it is changed.
struct Plan {
  let number: CallNumber
  var words: CallWords
  let argumentCount: Int
  /// Whether the reply must be zero.
  let repliesNothing: Bool
  /// What the reply is a handle of, if it is one.
  let made: Kind?

  @inline(__always)
  init<Call: SystemCall>(_ call: Call, makes kind: Kind? = nil) {
    number = Call.number
    words = call.words
    argumentCount = Self.argumentCount(of: call)
    repliesNothing = Call.Reply.self == NoReply.self
    made = kind
  }

  /// A constant once it is inlined.
  @inline(__always)
  private static func argumentCount<Call: SystemCall>(of call: Call) -> Int {
    var counter = Counter()
    var copy = call
    do throws(SystemError) { try copy.arguments(&counter) } catch { return 6 }
    return counter.count
  }

  private struct Counter: ArgumentCoder {
    var count = 0

    @inline(__always)
    mutating func word<T: WordCodable>(_ name: StaticString, _ value: inout T) { count &+= 1 }
  }
}

extension Fuzzer {
  /// Arguments for a call with which it can succeed, as far as one can tell. The switch has no
  /// default: a new call does not compile until the fuzzer knows it.
  mutating func plan(_ number: CallNumber) -> Plan {
    switch number {
    case .null: Plan(Null())
    case .open: planOpen()
    case .close: Plan(Close { $0.handle = pool.takeAny(&random) })
    case .duplicate: planDuplicate()
    case .controlHandle: planControlHandle()
    case .read: planRead()
    case .write: planWrite()
    case .seek: planSeek()
    case .status, .fileSystemStatus, .pathOf, .readDirectory: planAsking(number)
    case .truncate, .synchronise, .setAttributes: planChanging(number)
    case .lockFile, .allocateFile: planRangeOfFile(number)
    case .setGroups, .getGroups, .callerGroups: planGroups(number)
    case .unlink, .linkFile, .rename, .statusAt: planNames(number)
    case .callScheme, .sendHandle, .receiveHandle: planSchemeCall(number)
    case .map: planMap()
    case .unmap, .protect, .remap: planRange(number)
    case .createMemory, .createProvidedMemory, .createDeviceMemory: planObject(number)
    case .resizeMemory, .sealMemory, .memoryStatus: planObjectChange(number)
    case .supplyPages, .withdrawPages, .findDirtyPages, .failPages: planProvided(number)
    case .mapForDevice: planMapForDevice()
    case .createProcess, .createThread, .transferHandle: planProcess(number)
    case .fork, .replaceProgram, .exitProcess, .exitThread: planEnding(number)
    case .waitChild: planWaitChild()
    case .signal, .signalThread, .setSignalControl: planSignal(number)
    case .getProcess, .setProcess: planProperty(number)
    case .controlThread, .debugThread, .accessMemory, .answerException: planDebug(number)
    case .yield: Plan(Yield())
    case .sleep: Plan(Sleep { $0.deadline = soon() })
    case .readClock:
      Plan(ReadClock { $0.clock = ClockKind(rawValue: UInt32(1 + random.below(4))) ?? .monotonic })
    case .futexWait, .futexWake, .futexRequeue: planFutex(number)
    case .waitEvents: planWaitEvents()
    case .setThreadPointer: Plan(SetThreadPointer { $0.value = UInt.max })
    case .createScheme, .createRoot, .attachScheme: planScheme(number)
    case .nextRequest, .transferData, .signalEvents, .revokeDescriptions, .listDescriptions:
      planServer(number)
    case .giveUpScheme, .keepHandle, .copyKeptHandle: planServer(number)
    case .createNamespace, .bindName: planNamespace(number)
    case .createAccount, .setAccountLimit, .accountStatus: planAccount(number)
    case .accessPort: planPort()
    case .writeTrace:
      Plan(
        WriteTrace {
          $0.event = UInt32(random.below(64))
          $0.first = random.machineWord()
        })
    }
  }
}

// MARK: What plans are made of

extension Fuzzer {
  @inline(__always)
  mutating func any(_ kind: Kind) -> Handle { pool.any(kind, &random) }

  /// A handle of one of the kinds.
  @inline(__always)
  mutating func any(_ first: Kind, _ second: Kind, _ third: Kind) -> Handle {
    switch random.below(3) {
    case 0: any(first)
    case 1: any(second)
    default: any(third)
    }
  }

  /// A deadline that passes at once, or soon.
  mutating func soon() -> Deadline {
    if random.once(in: 2) { return .immediately }
    return Deadline(nanoseconds: Clock.now().nanoseconds &+ UInt64(random.below(50_000)))
  }

  /// Memory for a call to fill or read.
  mutating func buffer() -> UserSpan {
    switch random.below(8) {
    case 0: return arena.buffer(&random, 4096)
    case 1: return arena.buffer(&random, random.below(16_384))
    case 2: return UserSpan(address: playPage(), count: UInt(random.below(8192)))
    default: return arena.buffer(&random, random.below(512))
    }
  }

  /// Room for a record of a fixed size.
  mutating func room(_ count: Int) -> UserSpan { arena.buffer(&random, count) }

  /// Some page of the range where anything may be mapped.
  mutating func playPage() -> UInt {
    arena.play &+ UInt(random.below(Int(Arena.playBytes) / 4096)) &* 4096
  }

  /// Whole pages: mostly few.
  mutating func pages() -> UInt {
    UInt(random.once(in: 8) ? 1 + random.below(64) : 1 + random.below(6)) &* 4096
  }

  /// A value of a set of flags.
  mutating func flags<Flags: FlagWord>(_ type: Flags.Type) -> Flags {
    Flags(rawValue: UInt32(truncatingIfNeeded: random.word()) & Flags.all)
  }

  /// Writes a text where calls can be told of it.
  func path(_ text: StaticString) -> UserSpan {
    let scratch = arena.scratch(lane)
    scratch.copy(text.bytes, to: 1024)
    return UserSpan(address: scratch.address &+ 1024, count: UInt(text.bytes.count))
  }

  /// Shows a record to a call.
  func show<Record: BitwiseCopyable>(_ record: Record, at offset: Int = 512) -> UserSpan {
    let scratch = arena.scratch(lane)
    scratch.store(record, at: offset)
    return UserSpan(
      address: scratch.address &+ UInt(offset), count: UInt(MemoryLayout<Record>.size))
  }
}
