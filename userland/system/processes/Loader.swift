// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import ELF
import Runtime

/// Builds a program's memory in a process that has no thread yet.
struct Loader {
  private let process: Handle
  private let path: Text

  /// What a new thread needs to begin.
  struct Start {
    var entry: UInt
    var stackPointer: UInt
  }

  /// How far a program's stack may grow, in bytes; what is not touched takes no memory.
  private static var stackBytes: UInt { 8 << 20 }
  private static var guardBytes: UInt { 1 << 20 }

  init(_ process: Handle, _ path: Text) {
    self.process = process
    self.path = path
  }

  /// Maps the program and its stack.
  func load(
    _ file: borrowing ProgramFile, arguments: [Text], environment: [Text],
    _ inheritance: Inheritance
  ) throws(ExecutableError) -> Start {
    let random = randomWord()
    let plan: LoadPlan
    do throws(ELFError) {
      plan = try file.withBytes { (bytes) throws(ELFError) in
        LoadPlan(try ELFImage(parsing: bytes, for: .x86_64), random: random)
      }
    } catch {
      throw ExecutableError(.badExecutable, path, error.explanation)
    }
    do throws(SystemError) {
      for segment in plan.segments { try map(segment, file.source.handle, file.start) }
      return Start(
        entry: UInt(plan.entry),
        stackPointer: try makeStack(plan, arguments, environment, inheritance, random))
    } catch {
      throw ExecutableError(error, path)
    }
  }

  private func map(
    _ segment: SegmentPlan, _ source: Handle, _ start: UInt64
  ) throws(SystemError) {
    var flags = MapFlags.fixed
    if segment.isReadable { flags.insert(.read) }
    if segment.isWritable { flags.insert(.write) }
    if segment.isExecutable { flags.insert(.execute) }
    if segment.fileBytes > 0 {
      try map(
        source, segment.fileAddress, segment.fileBytes, start &+ segment.fileOffset, flags)
    }
    if segment.zeroBytes > 0 { try clear(segment.zeroAddress, Int(segment.zeroBytes)) }
    if segment.blankBytes > 0 {
      try map(.none, segment.blankAddress, segment.blankBytes, 0, flags)
    }
  }

  private func map(
    _ object: Handle, _ address: UInt64, _ byteCount: UInt64, _ offset: UInt64, _ flags: MapFlags
  ) throws(SystemError) {
    _ = try perform(
      Map {
        $0.space = process
        $0.object = object
        $0.address = UInt(address)
        $0.length = UInt(byteCount)
        $0.offset = offset
        $0.flags = flags
      })
  }

  private func clear(_ address: UInt64, _ byteCount: Int) throws(SystemError) {
    let zeros = [UInt8](repeating: 0, count: byteCount)
    try write(zeros.span, at: UInt(address))
  }

  /// Writes to the new process's memory.
  private func write(_ bytes: Span<UInt8>, at address: UInt) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = try bytes.extracting(done..<bytes.count).withClaim {
        (claim) throws(SystemError) in
        try perform(
          AccessMemory {
            $0.process = process
            $0.address = address &+ UInt(done)
            $0.buffer = claim
            $0.operation = .write
          })
      }
      guard count > 0 else { throw .badAddress }
      done += Int(count)
    }
  }

  /// Maps a stack below a random address, with a guard below it, and writes the start record.
  private func makeStack(
    _ plan: LoadPlan, _ arguments: [Text], _ environment: [Text],
    _ inheritance: Inheritance, _ random: UInt64
  ) throws(SystemError) -> UInt {
    // 2^26 places, 4 KiB apart, in the 256 GiB below 124 TiB.
    let top = 0x7C00_0000_0000 &- UInt(truncatingIfNeeded: random >> 32 & 0x3FF_FFFF) << 12
    let bottom = top &- Self.stackBytes
    try map(.none, UInt64(bottom), UInt64(Self.stackBytes), 0, .read | .write | .fixed)
    try map(
      .none, UInt64(bottom &- Self.guardBytes), UInt64(Self.guardBytes), 0,
      .guardRange | .fixed)
    // A little further down in the page, too: 256 places.
    let end = top &- (UInt(truncatingIfNeeded: random >> 28) & 0xF) &* 16
    guard
      let stack = StartStack(
        top: UInt64(end), arguments: arguments, environment: environment,
        words: inheritance.words(plan), texts: inheritance.texts(path))
    else { throw .argumentListTooLong }
    try write(stack.bytes.span, at: UInt(stack.stackPointer))
    return UInt(stack.stackPointer)
  }
}
