// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Everything the kernel knows, in one value. Guarded by the kernel lock, but for what
/// `Processor` says its own processor may touch without it.
struct KernelState: ~Copyable {
  var frames = FrameTable()
  var memory = MemoryState()

  var accounts = Pool<Account>()
  var processes = Pool<Process>()
  var threads = Pool<Thread>()
  var spaces = Pool<AddressSpace>()
  var regions = Pool<Region>()
  var memoryObjects = Pool<MemoryObject>()
  var descriptions = Pool<Description>()
  var schemes = Pool<Scheme>()
  var servers = Pool<Server>()
  var requests = Pool<Request>()
  var namespaces = Pool<Namespace>()
  var boundNames = Pool<BoundName>()
  var eventQueues = Pool<EventQueue>()
  var watches = Pool<Watch>()
  var pipes = Pool<Pipe>()

  /// The account at the root of the tree: the whole machine.
  var rootAccount: Ref<Account>?
  /// Process 1. Its death is a panic.
  var initProcess: Ref<Process>?
  var processors = InlineArray<8, Processor>(repeating: Processor())
  var onlineProcessors = 1
  var timers = TimerWheel()
  var load = LoadAverage()
  var futexes = FutexTable()
  /// Walks through schemes' descriptions that calls have begun so far.
  var schemeWalks: UInt64 = 0
  var processTable = ProcessTable()
  var interrupts = InterruptTable()
  var trace = TraceRing()
  var log = LogRing()
  /// Open descriptions of the log as a stream.
  var logReaders = List<SchemeDescriptionRole>()
  var statistics = Statistics()
  var boot = BootInformation()
  var hooks = TestHooks()

  init() {}
}

/// What one processor is doing.
struct Processor: BitwiseCopyable {
  var number: UInt8 = 0
  /// The thread whose registers the next entry saves; nil while idle.
  var current: Ref<Thread>?
  /// The address space in the page-table register; may outlive `current`.
  var space: Ref<AddressSpace>?
  var runQueue = RunQueue()
  /// Not zero: something better than `current` became ready, so choose again before leaving the
  /// kernel.
  private(set) var reschedule: UInt8 = 0
  var isOnline = false
  /// Until when accounts have been charged for processor time, in nanoseconds.
  var chargedUntil: UInt64 = 0
  /// Until when threads have, as `Machine.counter()` reads: when `current` came to run, or later.
  var countedUntil: UInt64 = 0
  var idleTime: UInt64 = 0
  /// A page for paths and records on their way between user and kernel.
  var scratch = PhysicalAddress(0)
  /// The counter at entry.
  var entryStart: UInt64 = 0
  /// A step had no time left in the last entry; the next one takes it before memory's backlog.
  var owesStep = false
  init() {}

  @inline(__always)
  var needsReschedule: Bool {
    get { reschedule != 0 }
    set { reschedule = newValue ? 1 : 0 }
  }
}

/// The processor that the code runs on, found once and then passed along where instructions count.
@safe struct ProcessorRef {
  private let pointer: UnsafeMutablePointer<Processor>

  /// The processor that this code runs on.
  @inline(__always)
  static var current: ProcessorRef {
    // SAFETY: `remember` comes before a processor's first entry, and the kernel's state never moves.
    unsafe ProcessorRef(
      pointer: UnsafeMutablePointer(bitPattern: Machine.processorRecord).unsafelyUnwrapped)
  }

  /// Has the processor with this number find its own state from now on.
  static func remember(_ index: Int) {
    kernel.processors[index].number = UInt8(truncatingIfNeeded: index)
    // SAFETY: only the address is taken.
    let address = unsafe withUnsafeMutablePointer(to: &kernel.processors[index]) {
      UInt(bitPattern: $0)
    }
    Machine.setProcessorRecord(address, of: index)
  }

  @inline(__always)
  var index: Int { Int(value.number) }

  @inline(__always)
  var value: Processor {
    // SAFETY: as above; the kernel lock keeps other processors out.
    @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer }
  }
}

/// Figures that `/scheme/sys` shows.
struct Statistics: BitwiseCopyable {
  /// Switches from a client straight to its server or back: each is a system call and a context
  /// switch, and not counted as these.
  var handOvers: UInt64 = 0
  var contextSwitches: UInt64 = 0
  var systemCalls: UInt64 = 0
  var interrupts: UInt64 = 0
  var longestEntry: UInt32 = 0
  /// Requests that a dying server had taken and not answered; they went back to their queue.
  var requestsReturned: UInt64 = 0
  init() {}
}

nonisolated(unsafe) private var state = KernelState()

/// The kernel's state. The one global; hold the kernel lock.
@safe var kernel: KernelState {
  // SAFETY: `state` is never moved, and the kernel lock keeps other processors out.
  @inline(__always) unsafeAddress { unsafe withUnsafePointer(to: &state) { unsafe $0 } }
  @inline(__always) unsafeMutableAddress {
    unsafe withUnsafeMutablePointer(to: &state) { unsafe $0 }
  }
}

/// The one lock, taken at every entry with interrupts off.
let kernelLock = SpinLock()
