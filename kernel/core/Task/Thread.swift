// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// A thread: its saved registers are its whole state while it is not running.
struct Thread: PoolObject {
  /// First, because entry code saves registers at the object's own address.
  var registers = Machine.Registers(entry: 0, stack: 0, argument: 0)
  /// Second, for the same reason: what it asks of a server directly.
  var direct = DirectCall()
  var slot = PoolSlot<Thread>()
  /// What it waits for, while `state` is `waiting`; the two are side by side as they are often set
  /// together.
  var wait = Wait.none
  var state = ThreadState.unused
  var process: Ref<Process>?
  /// Number within its process, from 1.
  var number: UInt32 = 0
  /// Handles to this thread.
  var references: UInt32 = 0
  var threadPointer: UInt = 0
  /// The page that holds the floating-point state.
  var floatingPoint = PhysicalAddress(0) {
    didSet { floatingPointArea = floatingPoint.kernelAddress }
  }
  /// The same as the kernel sees it.
  private(set) var floatingPointArea: UInt = 0

  /// Place in a run queue or in the queue of what it waits for.
  var queueLink = Link<Thread>()
  /// Place in its process's list of threads.
  var processLink = Link<Thread>()
  /// Place in the timer wheel while a wait has a deadline.
  var timerLink = Link<Thread>()
  /// Nanoseconds; meaningful while in the timer wheel.
  var deadline: UInt64 = 0

  /// Which slot of the timer wheel it is in.
  var timerSlot: UInt16 = 0

  // Scheduling.
  /// 0: fair class; 1 ... 63 real time.
  var basePriority: UInt8 = 0
  /// The highest of its own and that of the client it serves.
  var effectivePriority: UInt8 = 0
  /// What it has to do before it goes on in user mode.
  var attention = Attention()
  var isSuspended = false
  /// The signal that stands for the exception it reported.
  var exceptionSignal: UInt8 = 0
  /// The processor it last ran on, and those it may run on.
  var processor: UInt8 = 0
  var affinity: UInt8 = 0xFF
  /// Which list of its processor's run queue it is in, while it is ready.
  var queueSlot: UInt8 = 0
  /// The processor whose floating-point registers are its own; `Thread.noProcessor` if its page
  /// holds them.
  var floatingPointProcessor: UInt8 = Thread.noProcessor
  /// Weighted run time in the fair class, in nanoseconds.
  var virtualTime: UInt64 = 0
  /// Processor time used, as `Machine.counter()` counts.
  var processorCount: UInt64 = 0
  /// Who pays for its time now: its own account, or its client's while it serves.
  var payer: Ref<Account>?

  /// Descriptions of it that event queues watch, or did.
  var endWatchers = List<SchemeDescriptionRole>()
  /// What it was woken from, for whoever else waits for the same: see `passWakeOn`.
  var woken = Wait.none

  // As a client and a server of schemes.
  /// The request it waits for the answer of.
  var request: Ref<Request>?
  /// The request that its next question to a scheme travels in, which is this thread's alone. The
  /// direct way does without, but may have to leave for the general one at any time.
  var spareRequest: Ref<Request>?
  /// The session it waits on in `NextRequest`.
  var server: Ref<Server>?
  /// Its `SignalEvents` or `RevokeDescriptions`, when that goes on after a pause.
  var walk = OwnWalk()

  // Signals.
  var signals = ThreadSignals()
  /// What `FutexWait` waits on.
  var futexKey = FutexKey()
  /// Threads that wait on the same key, longest first, when this one stands for them all in the
  /// futex table.
  var futexFollowers = ThreadQueue()
  /// Waiters that a `FutexWake` or `FutexRequeue` has dealt with so far, when it goes on after a
  /// pause.
  var futexProgress: UInt32 = 0
  /// Its call that goes on in several entries, if that is about memory.
  var work: Ref<MemoryWork>?
  /// The process that a `Fork` is building, and the handle it goes on with after a pause.
  var forkChild: Ref<Process>?
  var forkHandle: UInt32 = 0

  static let noProcessor: UInt8 = 0xFF

  init() {}
}

extension Thread {
  /// Processor time used, in nanoseconds.
  var processorTime: UInt64 { Machine.nanoseconds(ofCounter: processorCount) }
}

/// Why a thread may not simply go on in user mode. While any of these holds, the way out of the
/// kernel looks closer.
struct Attention: FlagSet {
  let rawValue: UInt8
  /// A signal arrived that it may have to take.
  static let signal = Attention(rawValue: 1)
  /// Somebody suspended it.
  static let suspend = Attention(rawValue: 2)
  /// It takes its process apart.
  static let reap = Attention(rawValue: 4)
  /// It has a new program, whose predecessor's handles are still being closed.
  static let closeHandles = Attention(rawValue: 8)
  /// It may not run on every processor.
  static let bound = Attention(rawValue: 16)
  /// The answer it waited for is still to be copied to its memory.
  static let reply = Attention(rawValue: 32)
  /// A signal waits until it has left its trampoline: nothing else may make it wait meanwhile, so
  /// its requests do not take the direct way.
  static let heldSignal = Attention(rawValue: 64)
  /// Work in steps, of which an entry takes one.
  static let steps = Attention(rawValue: 4 | 8)
}

enum ThreadState: UInt8, BitwiseCopyable {
  case unused
  /// In a run queue, or handed a processor directly.
  case ready
  case running
  case waiting
  /// Stopped by a suspend, a stop signal or a debugger while it would have run.
  case stopped
  /// Ended; the slot stays until the last handle closes.
  case ended
}

/// What a waiting thread waits for. Each case names where the thread is queued, so that a signal, a
/// deadline or a kill can take it out again.
enum Wait: BitwiseCopyable {
  case none
  /// An answer to `Thread.request`. In no queue.
  case answer
  /// A request, as one of the scheme's idle servers.
  case serve(Ref<Scheme>)
  /// The turn to use a description's own offset, in `Description.waiters`.
  case offset(Ref<Description>)
  case pipe(Ref<Pipe>)
  case events(Ref<EventQueue>)
  case futex
  /// A child's change of state, in `Process.waiters`.
  case child(Ref<Process>)
  case sleep
  /// Acknowledgement by other processors that translations are gone. Cannot be interrupted.
  case shootdown(Ref<AddressSpace>)
  /// Pages that a scheme supplies, in `MemoryObject.waiters`.
  case pages(Ref<MemoryObject>)
  /// The end of the other threads of its process.
  case lastThread(Ref<Process>)
  /// A decision about the exception it reported.
  case exception
  /// An interrupt or a timer, in the queue of the client or timer whose slot this is; see
  /// `InterruptTable.timerBit`.
  case interrupt(UInt32)
  /// Input on a serial port.
  case serial(UInt32)
}

/// `Thread.queueLink`: run queues and wait queues.
enum QueueRole: LinkRole {
  @inline(__always)
  static func link(of element: Ref<Thread>) -> Link<Thread> { element.value.queueLink }
  @inline(__always)
  static func setLink(of element: Ref<Thread>, _ link: Link<Thread>) {
    element.value.queueLink = link
  }
}
typealias ThreadQueue = List<QueueRole>

/// `Thread.processLink`.
enum ProcessThreadRole: LinkRole {
  static func link(of element: Ref<Thread>) -> Link<Thread> { element.value.processLink }
  static func setLink(of element: Ref<Thread>, _ link: Link<Thread>) {
    element.value.processLink = link
  }
}

/// `Thread.timerLink`.
enum TimerRole: LinkRole {
  static func link(of element: Ref<Thread>) -> Link<Thread> { element.value.timerLink }
  static func setLink(of element: Ref<Thread>, _ link: Link<Thread>) {
    element.value.timerLink = link
  }
}
