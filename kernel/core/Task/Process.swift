// SPDX-License-Identifier: MIT
import ABI
import Objects

/// A process: an address space, a handle table, and threads that share them.
struct Process: PoolObject {
  var slot = PoolSlot<Process>()
  /// The process number; init's is 1. Generation and number identify a process for ever.
  var number: UInt32 = 0
  var generation: UInt32 = 0
  var state = ProcessState.unused
  /// Handles to this process, plus one while it exists in the process table.
  var references: UInt32 = 0

  var space: Ref<AddressSpace>?
  var handles = HandleTable()
  var namespace: Ref<Namespace>?
  var account: Ref<Account>?
  var threads = List<ProcessThreadRole>()
  var nextThreadNumber: UInt32 = 1

  // Family.
  var parent: Ref<Process>?
  var children = List<SiblingRole>()
  var siblingLink = Link<Process>()
  /// Threads of this process in `Wait`.
  var waiters = ThreadQueue()
  var group: UInt32 = 0
  var session: UInt32 = 0

  // Credentials: data for servers, not authority.
  var realUser: UInt32 = 0
  var effectiveUser: UInt32 = 0
  var savedUser: UInt32 = 0
  var realGroup: UInt32 = 0
  var effectiveGroup: UInt32 = 0
  var savedGroup: UInt32 = 0

  /// -20 ... 19
  var nice: Int8 = 0
  /// Exit status or signal, valid once `state` is `ended`; see `WaitRecord`.
  var exitState: UInt32 = 0
  var exitValue: UInt32 = 0
  /// A stop or continue that `Wait` has not reported yet.
  var unreportedStop: UInt32 = 0
  var unreportedContinue = false
  /// Nanoseconds used by threads that ended, and by children that were waited for.
  var processorTime: UInt64 = 0
  var childProcessorTime: UInt64 = 0
  var signals = ProcessSignals()
  /// Receives exception messages, or nil.
  var exceptionDescription: Ref<Description>?
  /// Up to 32 bytes for listings.
  var name = InlineArray<32, UInt8>(repeating: 0)

  init() {}
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

/// `Process.siblingLink`.
enum SiblingRole: LinkRole {
  static func link(of element: Ref<Process>) -> Link<Process> { element.value.siblingLink }
  static func setLink(of element: Ref<Process>, _ link: Link<Process>) {
    element.value.siblingLink = link
  }
}
