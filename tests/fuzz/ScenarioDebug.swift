// SPDX-License-Identifier: MIT
import System

// Faults and debuggers.

extension Fuzzer {
  /// A thread that begins where nothing is: its exception arrives in a pipe, and is answered.
  mutating func fault() {
    guard let errand = makeErrand() else { return }
    guard let (reader, writer) = makePipe() else { return finish(errand, nil) }
    _ = make(
      SetProcess {
        $0.process = errand.process
        $0.property = .exceptionHandle
        $0.value = writer.word
      })
    let thread = begin(errand, CallNumber.null.rawValue, CallWords(), entry: 0x1000)
    if let thread, waitForMessage(in: reader) {
      _ = make(
        Read {
          $0.handle = reader
          $0.buffer = room(256)
          $0.offset = UInt64.max
        })
      _ = make(
        AnswerException {
          $0.thread = thread.rawValue
          $0.action = random.once(in: 2) ? .retry : .endProcess
        })
    }
    finish(errand, thread)
    _ = make(Close { $0.handle = reader })
    _ = make(Close { $0.handle = writer })
  }

  private mutating func makePipe() -> (reader: Handle, writer: Handle)? {
    let first = make(
      Open {
        $0.path = path("pipe")
        $0.flags = .read | .nonBlocking
      })
    guard let first else { return nil }
    let reader = Handle(rawValue: UInt32(truncatingIfNeeded: first))
    let second = make(
      Open {
        $0.parent = reader
        $0.path = path("write")
        $0.flags = .write | .nonBlocking
      })
    guard let second else {
      _ = make(Close { $0.handle = reader })
      return nil
    }
    return (reader, Handle(rawValue: UInt32(truncatingIfNeeded: second)))
  }

  private mutating func waitForMessage(in pipe: Handle) -> Bool {
    for _ in 0..<10 {
      let available = make(
        ControlHandle {
          $0.handle = pipe
          $0.property = .available
        })
      if let available, available >= UInt(MemoryLayout<ExceptionRecord>.size) { return true }
      _ = make(Sleep { $0.deadline = Deadline(nanoseconds: Clock.now().nanoseconds &+ 200_000) })
    }
    return false
  }

  /// A suspended thread whose registers and memory are read and written, and that runs a step.
  mutating func debug() {
    guard let errand = makeErrand() else { return }
    let null = CallNumber.null.rawValue
    guard let thread = begin(errand, null, CallWords(), .suspended) else {
      return finish(errand, nil)
    }
    let registers = UserSpan(address: arena.scratch(lane).address &+ 2048, count: 19 * 8)
    for operation: DebugOperation in [.read, .write, .step, .read] {
      _ = make(
        DebugThread {
          $0.thread = thread
          $0.operation = operation
          $0.buffer = registers
        })
    }
    for operation: DebugOperation in [.read, .write] {
      _ = make(
        AccessMemory {
          $0.process = errand.process
          $0.address = arena.records.address &+ 3072
          $0.buffer = UserSpan(address: arena.scratch(lane).address &+ 2048, count: 64)
          $0.operation = operation
        })
    }
    _ = make(
      ControlThread {
        $0.thread = thread
        $0.operation = .resume
      })
    finish(errand, thread)
  }
}
