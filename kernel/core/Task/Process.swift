// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

/// A process: an address space, a handle table, and threads that share them.
struct Process: PoolObject {
  var slot = PoolSlot<Process>()
  /// What servers are told of it: kept together, as every request carries it.
  fileprivate(set) var caller = CallerIdentity()
  var state = ProcessState.unused
  /// Handles to this process, plus one while it exists in the process table.
  var references: UInt32 = 0

  var space: Ref<AddressSpace>?
  var handles = HandleTable()
  /// Where the closing of all handles has come to.
  var closedUpTo: UInt32 = 0
  var namespace: Ref<Namespace>?
  var account: Ref<Account>? {
    didSet { caller.account = account?.value.slot.index ?? 0 }
  }
  var threads = List<ProcessThreadRole>()
  var nextThreadNumber: UInt32 = 1
  /// What every thread of the process has to heed before it goes on.
  var care = Care()
  /// The thread that stays when the others are ended: it takes the process apart, or becomes the
  /// new program's.
  var survivor: Ref<Thread>?
  /// How far taking the process apart has come.
  var endPhase = EndPhase.alive
  /// A group that its end orphaned and whose members are being told; zero for none.
  var orphanGroup: UInt32 = 0
  /// The last of them that has been told.
  var orphan: UInt32 = 0
  /// Threads held back by a stop signal.
  var stoppedThreads = ThreadQueue()

  // Family.
  var parent: Ref<Process>?
  /// Those whose change of state nobody has waited for yet come first.
  var children = List<SiblingRole>()
  /// Made by `CreateProcess` and not started.
  var embryos = List<SiblingRole>()
  var siblingLink = Link<Process>()
  /// Threads of this process in `Wait`.
  var waiters = ThreadQueue()
  /// How many of them are still to be looked at, for a child that has news.
  var looksLeft = 0
  /// Place among the members of its group.
  var groupLink = Link<Process>()

  // Credentials: data for servers, not authority.
  var realUser: UInt32 = 0
  var savedUser: UInt32 = 0
  var realGroup: UInt32 = 0
  var savedGroup: UInt32 = 0
  var groups = ProcessGroups()

  /// -20 ... 19
  var nice: Int8 = 0
  /// Exit status or signal, valid once `state` is `ended`; see `WaitRecord`.
  var exitState: UInt32 = 0
  var exitValue: UInt32 = 0
  /// A stop or continue that `Wait` has not reported yet.
  var unreportedStop: UInt32 = 0
  var unreportedContinue = false
  /// Processor time that its threads have used, as `Machine.counter()` counts.
  var processorCount: UInt64 = 0
  /// Nanoseconds used by children that were waited for and theirs.
  var childProcessorTime: UInt64 = 0
  var signals = ProcessSignals()
  /// Descriptions of it that event queues watch, or did.
  var endWatchers = List<SchemeDescriptionRole>()
  /// Receives exception messages, or nil.
  var exceptionDescription: Ref<Description>?
  /// Unknown calls are exceptions, too.
  var reportsUnknownCalls = false
  /// Nanoseconds on the monotonic clock when its first thread was made.
  var startTime: UInt64 = 0
  /// Where the first thread's stack began: for listings, which find the arguments there.
  var startStack: UInt = 0
  /// Up to 32 bytes for listings.
  var name = InlineArray<32, UInt8>(repeating: 0)

  init() {}
}

extension Process {
  /// Processor time that its threads have used, in nanoseconds.
  var processorTime: UInt64 { Machine.nanoseconds(ofCounter: processorCount) }

  /// The process number; init's is 1. Generation and number identify a process for ever.
  @inline(__always) var number: UInt32 {
    get { caller.process }
    set { caller.process = newValue }
  }
  @inline(__always) var generation: UInt32 {
    get { caller.generation }
    set { caller.generation = newValue }
  }
  @inline(__always) var group: UInt32 {
    get { caller.processGroup }
    set { caller.processGroup = newValue }
  }
  @inline(__always) var session: UInt32 {
    get { caller.session }
    set { caller.session = newValue }
  }
  @inline(__always) var effectiveUser: UInt32 {
    get { caller.user }
    set { caller.user = newValue }
  }
  @inline(__always) var effectiveGroup: UInt32 {
    get { caller.group }
    set { caller.group = newValue }
  }
}

/// What concerns all threads of a process at once, so that none of them has to be visited.
struct Care: FlagSet {
  let rawValue: UInt8
  /// Every thread but `survivor` ends.
  static let ending = Care(rawValue: 1)
  /// A stop signal holds all threads.
  static let stopped = Care(rawValue: 2)
  /// Continued, but some threads are still in `stoppedThreads`.
  static let resuming = Care(rawValue: 4)
}

enum ProcessState: UInt8, BitwiseCopyable {
  case unused
  /// Made by `CreateProcess`, without a thread yet.
  case embryo
  case alive
  case stopped
  /// No threads and no memory any more; the parent has not waited for it.
  case ended
}

/// How far taking an ended process apart has come.
enum EndPhase: UInt8, BitwiseCopyable {
  case alive
  case threads
  case handles
  case relations
  case memory
  case done
}

/// `Process.groupLink`.
enum GroupRole: LinkRole {
  static func link(of element: Ref<Process>) -> Link<Process> { element.value.groupLink }
  static func setLink(of element: Ref<Process>, _ link: Link<Process>) {
    element.value.groupLink = link
  }
}

/// `Process.siblingLink`: `children` or `embryos` of its parent.
enum SiblingRole: LinkRole {
  static func link(of element: Ref<Process>) -> Link<Process> { element.value.siblingLink }
  static func setLink(of element: Ref<Process>, _ link: Link<Process>) {
    element.value.siblingLink = link
  }
}
