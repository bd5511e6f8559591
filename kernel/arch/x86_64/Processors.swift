// SPDX-License-Identifier: MIT
public import Architecture
import CMachine
import Firmware
import Synchronization

/// Starting the other processors, and stopping them for good.
///
/// One is started at a time, under the kernel's lock. The boot processor (B) and the new one (N) go
/// through these steps, each seen by the other in `step`:
///
/// 1. B: `invited`, then INIT and start-up messages.
/// 2. N: in the kernel, `arrived`; N's registers, tables and controllers are set.
/// 3. B: `asked`; N: reads its counter, `answered`. B compares it with its own.
/// 4. B: `released`; N enters the portable kernel.
///
/// If B gives up at step 1 it puts N back to sleep with INIT, so a late N cannot run.
enum Processors {
  private enum Step {
    static let idle: UInt32 = 0
    static let invited: UInt32 = 1
    static let arrived: UInt32 = 2
    static let asked: UInt32 = 3
    static let answered: UInt32 = 4
    static let released: UInt32 = 5
  }

  private static let step = Atomic<UInt32>(Step.idle)
  private static let invitedIndex = Atomic<UInt64>(0)
  private static let reportedCounter = Atomic<UInt64>(0)
  private static let counterOffset = Atomic<UInt64>(0)
  private static let stopping = Atomic<Bool>(false)

  static var areStopping: Bool { stopping.load(ordering: .relaxed) }

  // MARK: The boot processor's side

  /// Copies the start code into low memory and makes the page tables that it runs on: the kernel's
  /// half, and the first 2 MiB at their own address.
  static func prepareTrampoline() {
    copy_bytes(
      Layout.direct(UInt64(TRAMPOLINE_BASE)), trampoline_source(), trampoline_bytes())
    let top = UInt64(TRAMPOLINE_TABLES)
    clear_words(Layout.direct(top), 3 * 512)
    let table = PageEntry.present | PageEntry.writable
    X86_64.installKernelHalf(root: PhysicalAddress(top))
    store64(Layout.direct(top), top &+ Layout.pageBytes | table)
    store64(Layout.direct(top &+ Layout.pageBytes), top &+ 2 &* Layout.pageBytes | table)
    store64(Layout.direct(top &+ 2 &* Layout.pageBytes), table | PageEntry.large)
    store64(Layout.direct(trampoline_root_slot()), top)
    store64(Layout.direct(trampoline_entry_slot()), processor_start_address())
  }

  /// Messages go to a processor that `isInvited`.
  static func start(_ index: Int, isInvited: Bool) -> Bool {
    let identifier = Board.shared.topology.processors[index]
    store64(Layout.direct(trampoline_stack_slot()), ProcessorArea(index).stackTop)
    invitedIndex.store(UInt64(index), ordering: .relaxed)
    step.store(Step.invited, ordering: .releasing)
    // SDM 3A, §9.4.4: INIT, a pause, and the start-up message twice. Processors of this century do
    // without the pause and the second message, so those are kept for one that does not answer.
    LocalAPIC.sendInitialise(to: identifier)
    wait(microseconds: 10)
    if isInvited { sendStartUp(to: identifier) }
    if !waitFor(Step.arrived, milliseconds: 20) {
      if isInvited { sendStartUp(to: identifier) }
      guard waitFor(Step.arrived, milliseconds: 80) else { return giveUp(identifier) }
    }
    compareCounters()
    step.store(Step.released, ordering: .releasing)
    return true
  }

  private static func sendStartUp(to identifier: UInt32) {
    LocalAPIC.sendStartUp(page: UInt32(TRAMPOLINE_BASE) >> 12, to: identifier)
  }

  private static func giveUp(_ identifier: UInt32) -> Bool {
    LocalAPIC.sendInitialise(to: identifier)
    step.store(Step.idle, ordering: .releasing)
    return false
  }

  /// A counter that N reads between two readings of ours must lie between them. If it does not, N
  /// gets an offset that puts it in the middle, and user programs must ask the kernel for the time.
  private static func compareCounters() {
    let before = ordered_counter()
    step.store(Step.asked, ordering: .releasing)
    _ = waitFor(Step.answered, milliseconds: 100)
    let after = ordered_counter()
    let reported = reportedCounter.load(ordering: .relaxed)
    let isBetween = reported &- before <= after &- before
    let middle = before &+ (after &- before) / 2
    counterOffset.store(isBetween ? 0 : middle &- reported, ordering: .relaxed)
    if !isBetween { Clock.shared.isSynchronised = false }
  }

  private static func waitFor(_ wanted: UInt32, milliseconds: UInt64) -> Bool {
    let deadline = X86_64.now() &+ milliseconds &* 1_000_000
    while step.load(ordering: .acquiring) != wanted {
      if X86_64.now() > deadline { return false }
      spin_pause()
    }
    return true
  }

  private static func wait(microseconds: UInt64) {
    let deadline = X86_64.now() &+ microseconds &* 1000
    while X86_64.now() < deadline { spin_pause() }
  }

  // MARK: The new processor's side

  /// Steps 2 to 4. Returns this processor's index.
  static func arrive() -> UInt64 {
    write_cr3(KernelTables.root)
    ProcessorFeatures.shared.enable()
    let index = invitedIndex.load(ordering: .relaxed)
    let area = ProcessorArea(Int(index))
    area.load()
    LocalAPIC.enable()
    advance(from: Step.invited, to: Step.arrived)
    waitEndlessly(for: Step.asked)
    reportedCounter.store(ordered_counter(), ordering: .relaxed)
    step.store(Step.answered, ordering: .releasing)
    waitEndlessly(for: Step.released)
    area.setCounterOffset(counterOffset.load(ordering: .relaxed))
    return index
  }

  private static func advance(from old: UInt32, to new: UInt32) {
    let (exchanged, _) = step.compareExchange(
      expected: old, desired: new, ordering: .acquiringAndReleasing)
    if !exchanged { while true { halt() } }
  }

  private static func waitEndlessly(for wanted: UInt32) {
    while step.load(ordering: .acquiring) != wanted { spin_pause() }
  }

  // MARK: Stopping

  static func stopOthers() {
    guard !stopping.exchange(true, ordering: .relaxed) else { return }
    if Board.shared.topology.processorCount > 1 { LocalAPIC.sendNonMaskableToOthers() }
  }
}

/// Called by `processor_start` on the new processor's own stack.
@c(machine_start_processor)
public func machineStartProcessor() -> UInt64 { Processors.arrive() }

extension X86_64 {
  public static var processorCount: Int { Board.shared.topology.processorCount }

  @inline(__always)
  public static var processorRecord: UInt { UInt(processor_record()) }

  public static func setProcessorRecord(_ address: UInt, of index: Int) {
    ProcessorArea(index).setRecord(UInt64(address))
  }

  public static func startProcessor(_ index: Int, isInvited: Bool) -> Bool {
    index > 0 && index < processorCount && Processors.start(index, isInvited: isInvited)
  }

  public static func interrupt(processor index: Int) {
    LocalAPIC.sendInterrupt(Vector.interprocessor, to: Board.shared.topology.processors[index])
  }

  public static func stopOtherProcessors() { Processors.stopOthers() }
}
