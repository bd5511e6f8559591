// SPDX-License-Identifier: MIT
import Architecture

/// One virtual processor.
struct ModelProcessor {
  var isOnline = false
  var root = PhysicalAddress(0)
  /// Page-table entries that the processor remembers, by page number: its TLB.
  var translations: [UInt: UInt64] = [:]
  var threadPointer: UInt = 0
  /// Stands for all floating-point registers.
  var floatingPoint: UInt64 = 0
  var currentFrame: UInt = 0
  var record: UInt = 0
  var deadline: UInt64?
  var hasInterprocessorInterrupt = false
  /// What `cause(of:)` reports next.
  var trap: Trap = .spurious
}

/// One interrupt line.
struct ModelLine {
  var isMasked = true
  /// The device holds the line: it interrupts again as soon as it is unmasked and ended.
  var isAsserted = false
  /// An interrupt has arrived and not been taken.
  var isPending = false
  var isLevel = false
  /// Reserved as a message-signalled interrupt.
  var isMessage = false
  var processor = 0
}

/// The machine's whole state but its memory.
struct Board {
  static let pinCount = 24
  static let lineCount = 40

  var currentProcessor = 0
  var processors: [ModelProcessor]
  /// Processors that do not answer when they are started.
  var deadProcessors: Set<Int> = []
  var lines = [ModelLine](repeating: ModelLine(), count: Board.lineCount)
  /// Taken and not yet ended.
  var linesInService: [Int] = []
  var clock: UInt64 = 0
  var serialOutput: [[UInt8]] = [[], []]
  var serialInput: [[UInt8]] = [[], []]
  var randomState: UInt64 = 0x9E37_79B9_7F4A_7C15
  var bootInformation = BootInformation()
  var invalidatedPages = 0
  var invalidatedSpaces = 0

  init(processors count: Int) {
    processors = [ModelProcessor](repeating: ModelProcessor(), count: count)
    processors[0].isOnline = true
    for line in 16..<Self.pinCount { lines[line].isLevel = true }
  }
}

/// Physical memory: one block of the host's, cleared at each reset.
@safe struct ModelMemory {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    // SAFETY: never freed before the next reset replaces it.
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 4096)
    self.byteCount = byteCount
    clear()
  }

  func clear() {
    // SAFETY: the whole block, as allocated.
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  /// The word at a physical address; the test fails if that is not memory.
  subscript(word address: UInt64) -> UInt64 {
    get {
      precondition(address % 8 == 0 && address <= UInt64(byteCount - 8), "no memory there")
      // SAFETY: inside the block, checked above.
      return unsafe base.load(fromByteOffset: Int(address), as: UInt64.self)
    }
    nonmutating set {
      precondition(address % 8 == 0 && address <= UInt64(byteCount - 8), "no memory there")
      // SAFETY: inside the block, checked above.
      unsafe base.storeBytes(of: newValue, toByteOffset: Int(address), as: UInt64.self)
    }
  }
}
