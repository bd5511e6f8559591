// SPDX-License-Identifier: MIT
public import Core

/// Everything the portable kernel may ask of a processor and its board.
///
/// One folder beside this one conforms for each processor, and `model` conforms with arrays so
/// that the kernel runs as a host test. Nothing else in the kernel knows which one it runs on.
///
/// Entry is the other direction. After its own set-up an architecture calls, with interrupts off
/// and on this CPU's kernel stack, the functions that `kernel/core/Boot/Entry.swift` exports:
/// `kernel_start`, `kernel_start_processor`, `kernel_trap`, and for system calls, by their number,
/// `kernel_next_request` (0), `kernel_call_scheme` (1), `kernel_read` (2), `kernel_write` (8) or
/// `kernel_system_call` (any other): those four are what most calls are, and waste nothing on finding
/// that out. Each
/// returns the saved registers of the thread to resume, or null for "wait for an interrupt": the
/// kernel keeps nothing on its stack between entries, so that wait discards it.
public protocol Architecture {
  /// A thread's general registers as the entry code saves them.
  associatedtype Registers: RegisterFrame
  associatedtype Entry: PageTableEntry

  /// What the loader said. Complete before `kernel_start` is called.
  static var bootInformation: BootInformation { get }

  // MARK: Memory

  /// Where physical address zero appears in the kernel's address space.
  static var directMapBase: UInt { get }
  /// The first address past the user half. User addresses are `0 ..< userLimit`.
  static var userLimit: UInt { get }
  /// Makes the page table at `root` current, with whatever TLB flush that takes.
  static func activate(root: PhysicalAddress)
  /// A top-level table with nothing in the user half, for a processor that has no thread to run.
  static var kernelRoot: PhysicalAddress { get }
  /// Copies the kernel's half into the new top-level table at `root`, which has been cleared.
  static func installKernelHalf(root: PhysicalAddress)
  /// Forgets this CPU's cached translation of one page of the current space.
  static func invalidate(page address: UInt)
  /// Forgets all of this CPU's translations of the current space.
  static func invalidateAll()
  /// Copies user memory of the current space to the kernel; false if any of it is inaccessible.
  /// Moves 8 bytes a turn. `user ..< user + count` has been checked to lie in the user half.
  static func copyFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool
  /// Copies kernel memory to user memory of the current space; false if it is not writable there.
  static func copyToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool
  /// As these two, made to be short for some 64 bytes or fewer, best in multiples of 8.
  static func copyFewFromUser(to kernel: UInt, from user: UInt, count: Int) -> Bool
  static func copyFewToUser(to user: UInt, from kernel: UInt, count: Int) -> Bool
  /// Copies between kernel addresses that do not overlap, 8 bytes a turn.
  static func copy(to: UInt, from: UInt, count: Int)
  /// Clears one page at a kernel address, 8 bytes a turn.
  static func clearPage(_ address: UInt)
  /// One aligned word of user memory of the current space, or nil if it is inaccessible.
  static func loadUser32(_ user: UInt) -> UInt32?
  static func loadUser64(_ user: UInt) -> UInt64?
  /// Replaces a user word if it still holds `expected`.
  /// - Returns: what it held before, or nil if the word is not writable.
  static func compareExchangeUser64(_ user: UInt, expected: UInt64, desired: UInt64) -> UInt64?

  /// This processor's number in ELF files (`e_machine`).
  static var elfMachine: UInt16 { get }
  /// What POSIX `uname` calls this processor.
  static var machineName: StaticString { get }

  // MARK: Thread state beyond the general registers

  /// Bytes a floating-point area takes on this machine, at most 8,192, 64-byte aligned.
  static var floatingPointBytes: Int { get }
  static func initialiseFloatingPoint(at area: UInt)
  static func saveFloatingPoint(at area: UInt)
  /// Saves to one area and loads from another.
  static func exchangeFloatingPoint(saving old: UInt, restoring new: UInt)
  static func restoreFloatingPoint(at area: UInt)
  /// The user thread pointer (FS base on x86_64, TPIDR_EL0 on aarch64): an address of the user half.
  static func setThreadPointer(_ value: UInt)
  /// Entry code will save the next trap's registers in the frame at `address`, which is 16-byte
  /// aligned at its end.
  static func setCurrentFrame(_ address: UInt)

  // MARK: Processors

  /// Processors that firmware reports, at most `maximumProcessors`.
  static var processorCount: Int { get }
  /// Zero for the one that booted.
  static var currentProcessor: Int { get }
  /// The address that the portable kernel gave this processor to remember; found in one
  /// instruction.
  static var processorRecord: UInt { get }
  /// Gives the processor with this number an address to remember. Happens before it enters.
  static func setProcessorRecord(_ address: UInt, of index: Int)
  /// Starts processor `index`; false if it does not answer within 100 ms.
  ///
  /// - Parameter isInvited: false tells it nothing and waits all the same, as for one that is broken.
  static func startProcessor(_ index: Int, isInvited: Bool) -> Bool
  /// Interrupts another processor: it enters `kernel_trap` with `Trap.interprocessor`.
  static func interrupt(processor index: Int)
  /// Ends all other processors for good, wherever they are: the first step of a panic.
  static func stopOtherProcessors()
  /// Eases a spinning processor.
  static func pause()

  // MARK: Time

  /// A cheap counter for measuring spans of the kernel's own work, in units of its own.
  static func counter() -> UInt64
  /// Nanoseconds since boot; never goes back, and all processors agree.
  static func now() -> UInt64
  /// What `now()` was when this processor's `counter()` was read.
  static func time(at counter: UInt64) -> UInt64
  /// How long the counter takes for so many units.
  static func nanoseconds(ofCounter units: UInt64) -> UInt64
  /// One-shot timer of this processor: `Trap.timer` soon after `deadline`; nil stops it. May come
  /// early when the deadline is beyond the timer's range (seconds); then it is set again.
  static func setTimer(_ deadline: UInt64?)
  /// How userland computes `now()` from its own counter.
  static var clockParameters: ClockParameters { get }
  /// Nanoseconds since 1970 (UTC) at the moment `now()` was zero.
  static var wallClockAtBoot: UInt64 { get }

  // MARK: Interrupts

  /// Why this entry happened. Called once per trap, first.
  static func cause(of frame: borrowing Registers) -> Trap
  /// Number of interrupt lines (`0 ..< interruptLineCount`): I/O APIC pins first, then messages.
  static var interruptLineCount: Int { get }
  static func maskInterrupt(_ line: Int)
  static func unmaskInterrupt(_ line: Int)
  /// Tells the controller that the interrupt of this trap has been seen: once for each `timer`,
  /// `interprocessor` and `interrupt`.
  static func endInterrupt()
  /// Reserves a message-signalled interrupt for processor `index`; nil when none is left.
  static func allocateMessageInterrupt(processor index: Int) -> MessageInterrupt?
  static func freeMessageInterrupt(line: Int)

  // MARK: Board

  /// Sends one byte to a serial port: 0 is the console, 1 carries `exec`. Drops it after a bounded
  /// wait if the port is stuck or absent.
  static func writeSerial(port: Int, _ byte: UInt8)
  static func readSerial(port: Int) -> UInt8?
  /// The interrupt line of a serial port, or nil if it can only be polled.
  static func serialInterruptLine(port: Int) -> Int?
  static func powerOff() -> Never
  static func reset() -> Never
  /// Ends an emulator with a failure status if there is one; else halts.
  static func exitAfterPanic() -> Never
  /// 64 unpredictable bits, or nil without a hardware source.
  static func entropy() -> UInt64?
  /// Device port access on machines that have ports (x86): `width` is 1, 2 or 4 bytes.
  static func readPort(_ port: UInt16, width: Int) -> UInt32?
  static func writePort(_ port: UInt16, _ value: UInt32, width: Int) -> Bool
  /// Prints registers and a backtrace through `write`, for a panic.
  static func describe(_ frame: borrowing Registers, _ write: (UInt8) -> Void)
  static func backtrace(_ write: (UInt8) -> Void)
}

/// The most processors the kernel runs on.
public let maximumProcessors = 8

/// General registers saved at entry and restored on return to user mode.
public protocol RegisterFrame {
  /// Registers that start a thread at `entry` with one argument in its first argument register.
  init(entry: UInt, stack: UInt, argument: UInt)
  var callNumber: UInt { get }
  /// Argument `index` in 0 ... 5 of the system call.
  func argument(_ index: Int) -> UInt
  var result: UInt { get set }
  /// Makes the interrupted system call happen again when the thread resumes.
  mutating func restartCall()
  var instructionPointer: UInt { get set }
  var stackPointer: UInt { get set }
  var isUser: Bool { get }
  /// Turns single-stepping of user code on or off.
  var isStepping: Bool { get set }
  /// Register words for debuggers, in the order that `docs/abi.md` lists.
  static var debugWordCount: Int { get }
  func debugWord(_ index: Int) -> UInt
  /// Sets a word for a debugger; values that would raise privilege are masked.
  mutating func setDebugWord(_ index: Int, _ value: UInt)
}

/// One entry of a four-level page table with 512 entries per table.
public protocol PageTableEntry: BitwiseCopyable {
  init(rawValue: UInt64)
  var rawValue: UInt64 { get }
  static var empty: Self { get }
  /// An entry that points to a lower table.
  init(table: PhysicalAddress)
  /// An entry that maps one 4 KiB page for user mode.
  init(page: PhysicalAddress, access: PageAccess, kind: MemoryKind)
  var isPresent: Bool { get }
  var address: PhysicalAddress { get }
  var access: PageAccess { get }
  func with(access: PageAccess) -> Self
  var isDirty: Bool { get }
  /// Software bit: the page belongs to this address space alone or is shared copy-on-write
  /// (counted in the frame table), as opposed to a memory object's page.
  var isPrivate: Bool { get set }
}

/// What user mode may do with a page; never write and execute together.
public struct PageAccess: FlagSet {
  public let rawValue: UInt8
  @inline(__always) public init(rawValue: UInt8) { self.rawValue = rawValue }
  @inline(__always) public static var none: PageAccess { PageAccess(rawValue: 0) }
  public static let read = PageAccess(rawValue: 1)
  public static let write = PageAccess(rawValue: 2)
  public static let execute = PageAccess(rawValue: 4)
}

/// How a processor treats accesses to a page.
public enum MemoryKind: UInt8, BitwiseCopyable, Sendable {
  case normal, writeCombining, uncached
}

/// A byte address in physical memory.
public struct PhysicalAddress: Equatable, Comparable, BitwiseCopyable, Sendable {
  public var rawValue: UInt64
  @inline(__always) public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Why the processor entered the kernel.
public enum Trap {
  /// An access to user memory failed. `isPresent` tells protection from absence.
  case pageFault(address: UInt, access: PageAccess, isPresent: Bool)
  case timer
  case interprocessor
  /// Interrupt line, already masked by the architecture if it is level-triggered.
  /// On other lines a further interrupt stays pending until this one is ended.
  case interrupt(line: Int)
  /// A user program did what the processor refuses.
  case exception(ProcessorException, code: UInt)
  case spurious
}

/// Processor exceptions as portable names; raw values are ABI (exception messages carry them).
public enum ProcessorException: UInt8, BitwiseCopyable, Sendable {
  case divideError = 0, debugStep = 1, breakpoint = 3, overflow = 4, illegalInstruction = 6
  case floatingPoint = 16, alignment = 17, generalProtection = 13, other = 31
}

/// A message-signalled interrupt: what a device writes where, and the line it arrives on.
public struct MessageInterrupt: BitwiseCopyable, Sendable {
  public var line: Int
  public var address: UInt64
  public var data: UInt32
  public init(line: Int, address: UInt64, data: UInt32) {
    self.line = line
    self.address = address
    self.data = data
  }
}

/// `now = base + ((counter - counterBase) * multiplier) >> 32`, in nanoseconds.
public struct ClockParameters: BitwiseCopyable, Sendable {
  public var counterBase: UInt64 = 0
  public var multiplier: UInt64 = 0
  public var base: UInt64 = 0
  /// Zero when userland has no counter it may use and must ask the kernel.
  public var isUsable: UInt64 = 0
  public init() {}
}

/// A range of usable physical memory.
public struct MemoryRegion: BitwiseCopyable, Sendable {
  public var start: PhysicalAddress
  public var byteCount: UInt64
  public init(start: PhysicalAddress, byteCount: UInt64) {
    self.start = start
    self.byteCount = byteCount
  }
}

/// What the architecture learnt from the loader, in portable form.
public struct BootInformation {
  /// Usable RAM without the kernel image, the initrd and what the architecture keeps.
  public var regions = InlineArray<32, MemoryRegion>(
    repeating: MemoryRegion(start: PhysicalAddress(0), byteCount: 0))
  public var regionCount = 0
  /// The highest physical address of RAM, exclusive.
  public var memoryEnd = PhysicalAddress(0)
  public var initrd = MemoryRegion(start: PhysicalAddress(0), byteCount: 0)
  /// The loader's command line, as physical memory.
  public var commandLine = MemoryRegion(start: PhysicalAddress(0), byteCount: 0)
  /// Random bytes of the loader's, as physical memory that nobody else uses and that may be written.
  public var seed = MemoryRegion(start: PhysicalAddress(0), byteCount: 0)
  /// ACPI's root pointer, or zero.
  public var acpiRoot = PhysicalAddress(0)
  /// The device tree, or zero.
  public var deviceTree = PhysicalAddress(0)
  public init() {}
}
