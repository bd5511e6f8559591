// SPDX-License-Identifier: MIT
public import Architecture
import CMachine

/// What tests do to the machine, and what they can see of it.
extension ModelMachine {
  /// A new machine: memory cleared, one processor running, clock at zero.
  ///
  /// The memory that the kernel may use begins at 64 KiB.
  public static func reset(memoryBytes: Int = 64 << 20, processors: Int = 1) {
    if memory.byteCount == memoryBytes {
      memory.clear()
    } else {
      // SAFETY: no address of the old block outlives its test.
      unsafe memory.base.deallocate()
      memory = ModelMemory(byteCount: memoryBytes)
    }
    board = Board(processors: processors)
    board.bootInformation.memoryEnd = PhysicalAddress(UInt64(memoryBytes))
    setRegion(start: 0x1_0000, end: memoryBytes)
  }

  /// Puts `bytes` at the top of memory as the loader does with the initrd.
  public static func installInitrd(_ bytes: [UInt8]) {
    let start = (memory.byteCount - bytes.count) & ~4095
    for (index, byte) in bytes.enumerated() {
      // SAFETY: inside the block: `start` plus the count is at most its size.
      unsafe memory.base.storeBytes(of: byte, toByteOffset: start + index, as: UInt8.self)
    }
    board.bootInformation.initrd = MemoryRegion(
      start: PhysicalAddress(UInt64(start)), byteCount: UInt64(bytes.count))
    setRegion(start: 0x1_0000, end: start)
  }

  private static func setRegion(start: Int, end: Int) {
    board.bootInformation.regions[0] = MemoryRegion(
      start: PhysicalAddress(UInt64(start)), byteCount: UInt64(end - start))
    board.bootInformation.regionCount = 1
  }

  // MARK: A user program's accesses

  /// What an access of a user program does: nil if it succeeds, else the page fault it takes.
  public static func userAccess(_ address: UInt, _ access: PageAccess) -> Trap? {
    switch translate(address, access, asUser: true) {
    case .success: nil
    case .failure(let fault):
      .pageFault(address: address, access: access, isPresent: fault.isPresent)
    }
  }

  /// An aligned word as the current processor's user program reads it; nil is a page fault.
  public static func userLoad(_ address: UInt) -> UInt64? { loadUser64(address) }

  /// Stores an aligned word as a user program does; false is a page fault.
  public static func userStore(_ address: UInt, _ value: UInt64) -> Bool {
    guard case .success(let physical) = translate(address, .write, asUser: true) else {
      return false
    }
    memory[word: UInt64(physical)] = value
    return true
  }

  // MARK: Time and interrupts

  public static func advance(to time: UInt64) { board.clock = max(board.clock, time) }

  /// An interrupt arrives on `line`; masked, it stays pending.
  public static func raise(line: Int) { board.lines[line].isPending = true }

  /// A device holds `line` until `calm`: it interrupts again whenever it may.
  public static func storm(line: Int) { board.lines[line].isAsserted = true }
  public static func calm(line: Int) { board.lines[line].isAsserted = false }

  public static func isMasked(line: Int) -> Bool { board.lines[line].isMasked }

  /// Makes `cause(of:)` report `trap` at the current processor's next entry.
  public static func setTrap(_ trap: Trap) { current.trap = trap }

  /// Chooses the interrupt that the current processor takes now, for `cause(of:)` to report; false
  /// if none is due. Level-triggered lines are masked on the way, as on real machines.
  public static func takeTrap() -> Bool {
    if current.hasInterprocessorInterrupt {
      current.hasInterprocessorInterrupt = false
      current.trap = .interprocessor
      return true
    }
    if let deadline = current.deadline, deadline <= now() {
      current.deadline = nil
      current.trap = .timer
      return true
    }
    guard let line = nextLine() else { return false }
    board.lines[line].isPending = false
    if board.lines[line].isLevel { maskInterrupt(line) }
    board.linesInService.append(line)
    current.trap = .interrupt(line: line)
    return true
  }

  private static func nextLine() -> Int? {
    board.lines.indices.first { index in
      let line = board.lines[index]
      return !line.isMasked && (line.isPending || line.isAsserted)
        && line.processor == currentProcessor
        && !board.linesInService.contains(index)
    }
  }

  // MARK: Processors

  /// Processor `index` will not answer when it is started.
  public static func failProcessor(_ index: Int) { board.deadProcessors.insert(index) }
  public static func isOnline(_ index: Int) -> Bool { board.processors[index].isOnline }
  public static func root(of index: Int) -> PhysicalAddress { board.processors[index].root }
  /// The page-table entries that processor `index` remembers, by page number.
  public static func translations(of index: Int) -> [UInt: UInt64] {
    board.processors[index].translations
  }
  public static func deadline(of index: Int) -> UInt64? { board.processors[index].deadline }
  public static func hasInterrupt(_ index: Int) -> Bool {
    board.processors[index].hasInterprocessorInterrupt
  }
  public static var currentFrame: UInt { current.currentFrame }
  public static var threadPointer: UInt { current.threadPointer }
  public static var floatingPoint: UInt64 {
    get { current.floatingPoint }
    set { current.floatingPoint = newValue }
  }
  /// How often a page, and a whole space, were flushed since `reset`.
  public static var invalidations: (pages: Int, spaces: Int) {
    (board.invalidatedPages, board.invalidatedSpaces)
  }

  // MARK: Serial ports

  public static func serialOutput(port: Int) -> [UInt8] { board.serialOutput[port] }
  public static func type(_ bytes: [UInt8], port: Int) {
    board.serialInput[port] += bytes
    raise(line: port == 0 ? 4 : 3)
  }
}

extension register_frame {
  /// The registers of a user program that makes a system call at address `site`.
  public init(call number: UInt, _ arguments: UInt..., site: UInt = 0x1000) {
    self.init(entry: site &+ UInt(callInstructionBytes), stack: 0, argument: 0)
    self.number = UInt64(number)
    result_word = UInt64(number)
    for (index, value) in arguments.enumerated() { setDebugWord(index + 1, value) }
  }
}
