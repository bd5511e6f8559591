// SPDX-License-Identifier: MIT
public import Architecture
public import CMachine

/// The processor that this build of the kernel runs on.
public typealias Machine = ModelMachine

/// A processor and board made of arrays. Everything but user memory (`ModelMachine+Memory.swift`)
/// and what tests do to it (`ModelMachine+Tests.swift`).
public enum ModelMachine: Architecture {
  public typealias Registers = register_frame
  public typealias Entry = ModelEntry

  // One thread uses the model at a time: its tests are serialised.
  @safe nonisolated(unsafe) static var memory = ModelMemory(byteCount: 64 << 20)
  @safe nonisolated(unsafe) static var board = Board(processors: 1)

  static var current: ModelProcessor {
    get { board.processors[board.currentProcessor] }
    set { board.processors[board.currentProcessor] = newValue }
  }

  // MARK: Thread state beyond the general registers

  public static var floatingPointBytes: Int { 512 }
  public static func initialiseFloatingPoint(at area: UInt) { unsafe pointer(area).pointee = 0 }
  public static func exchangeFloatingPoint(saving old: UInt, restoring new: UInt) {
    saveFloatingPoint(at: old)
    restoreFloatingPoint(at: new)
  }
  public static func saveFloatingPoint(at area: UInt) {
    unsafe pointer(area).pointee = current.floatingPoint
  }
  public static func restoreFloatingPoint(at area: UInt) {
    current.floatingPoint = unsafe pointer(area).pointee
  }
  public static func setThreadPointer(_ value: UInt) { current.threadPointer = value }
  public static func setCurrentFrame(_ address: UInt) { current.currentFrame = address }

  // MARK: Processors

  public static var processorCount: Int { board.processors.count }
  public static var currentProcessor: Int {
    get { board.currentProcessor }
    set { board.currentProcessor = newValue }
  }
  public static var processorRecord: UInt { current.record }
  public static func setProcessorRecord(_ address: UInt, of index: Int) {
    board.processors[index].record = address
  }
  public static func startProcessor(_ index: Int, isInvited: Bool) -> Bool {
    guard isInvited, !board.deadProcessors.contains(index) else { return false }
    board.processors[index].isOnline = true
    return true
  }
  public static func interrupt(processor index: Int) {
    board.processors[index].hasInterprocessorInterrupt = true
  }
  public static func stopOtherProcessors() {
    for index in board.processors.indices where index != currentProcessor {
      board.processors[index].isOnline = false
    }
  }
  public static func pause() {}
  /// That of x86_64: tests load programs of that processor.
  public static var elfMachine: UInt16 { 62 }
  public static var machineName: StaticString { "x86_64" }
  public static func counter() -> UInt64 { board.clock }

  // MARK: Time

  public static func now() -> UInt64 { board.clock }
  public static func time(at counter: UInt64) -> UInt64 { counter }
  public static func nanoseconds(ofCounter units: UInt64) -> UInt64 { units }
  public static func setTimer(_ deadline: UInt64?) { current.deadline = deadline }
  public static var clockParameters: ClockParameters { ClockParameters() }
  /// 2026-01-01.
  public static var wallClockAtBoot: UInt64 { 1_767_225_600_000_000_000 }

  // MARK: Interrupts

  public static func cause(of frame: borrowing register_frame) -> Trap { current.trap }
  public static var interruptLineCount: Int { Board.lineCount }
  public static func maskInterrupt(_ line: Int) { board.lines[line].isMasked = true }
  public static func unmaskInterrupt(_ line: Int) { board.lines[line].isMasked = false }
  public static func endInterrupt() { _ = board.linesInService.popLast() }
  public static func allocateMessageInterrupt(processor index: Int) -> MessageInterrupt? {
    for line in Board.pinCount..<Board.lineCount where !board.lines[line].isMessage {
      board.lines[line] = ModelLine(isMessage: true, processor: index)
      return MessageInterrupt(line: line, address: 0xFEE0_0000, data: UInt32(line))
    }
    return nil
  }
  public static func freeMessageInterrupt(line: Int) { board.lines[line] = ModelLine() }

  // MARK: Board

  public static var bootInformation: BootInformation { board.bootInformation }
  public static func writeSerial(port: Int, _ byte: UInt8) {
    board.serialOutput[port].append(byte)
  }
  public static func readSerial(port: Int) -> UInt8? {
    board.serialInput[port].isEmpty ? nil : board.serialInput[port].removeFirst()
  }
  public static func serialInterruptLine(port: Int) -> Int? { port == 0 ? 4 : 3 }
  public static func powerOff() -> Never { fatalError("the model machine was switched off") }
  public static func reset() -> Never { fatalError("the model machine was reset") }
  public static func exitAfterPanic() -> Never { fatalError("the kernel panicked") }
  /// The same sequence after every reset, so that tests repeat.
  public static func entropy() -> UInt64? {
    board.randomState = board.randomState &* 6_364_136_223_846_793_005 &+ 1
    return board.randomState ^ board.randomState >> 29
  }
  public static func readPort(_ port: UInt16, width: Int) -> UInt32? { nil }
  public static func writePort(_ port: UInt16, _ value: UInt32, width: Int) -> Bool { false }

  public static func describe(_ frame: borrowing register_frame, _ write: (UInt8) -> Void) {
    for index in 0..<register_frame.debugWordCount {
      for byte in "\(index): \(String(frame.debugWord(index), radix: 16))\n".utf8 { write(byte) }
    }
  }
  public static func backtrace(_ write: (UInt8) -> Void) {}

  /// A word of the kernel's own memory, wherever the test keeps it.
  private static func pointer(_ address: UInt) -> UnsafeMutablePointer<UInt64> {
    guard let pointer = unsafe UnsafeMutablePointer<UInt64>(bitPattern: address) else {
      preconditionFailure("a floating-point area at null")
    }
    return unsafe pointer
  }
}
