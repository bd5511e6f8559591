// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// A kernel just started, a process with a thread and 256 KiB of memory, and calls made the short way.
struct Bench {
  let process: Ref<Process>
  let thread: Ref<Thread>
  /// User memory of the first process.
  private(set) var memory: UInt = 0

  static let memoryBytes: UInt = 64 * 4096

  init(processors: Int = 1) throws {
    try Fixture.start(processors: processors)
    initialiseInterrupts()
    process = try Fixture.makeProcess()
    thread = try Fixture.makeThread(in: process)
    memory = try mapMemory(for: thread)
  }

  // MARK: Threads

  /// Another thread of the first process.
  func makeThread() throws -> Ref<Thread> { try Fixture.makeThread(in: process) }

  /// A thread of a second process, which has copies of the first one's handles and memory at the
  /// same place.
  func makeProcess() throws -> Ref<Thread> {
    let other = try Fixture.makeProcess(parent: process)
    _ = try copyHandlesForFork(process, other, from: 0)
    let thread = try Fixture.makeThread(in: other)
    try mapMemory(for: thread)
    return thread
  }

  // MARK: Calls

  /// Makes a call.
  /// - Returns: its reply word or negated error; nil while the thread waits.
  func begin(_ call: some SystemCall, on thread: Ref<Thread>) -> UInt? {
    if Fixture.call(call, as: thread) == .waiting { return nil }
    return thread.value.registers.result
  }

  /// The result of a call that had to wait, if it has come to one; a call that is to be made again
  /// is.
  func settle(_ thread: Ref<Thread>) -> UInt? {
    for _ in 0..<1000 {
      if [.waiting, .stopped, .ended, .unused].contains(thread.value.state) { return nil }
      guard Fixture.isRestarted(thread) else { return thread.value.registers.result }
      Fixture.makeCurrent(thread)
      thread.value.registers.instructionPointer = Fixture.site + 2
      Fixture.enter()
      Fixture.settle()
    }
    return nil
  }

  /// Makes a call that does not have to wait.
  /// - Throws: the call's error, or `busy` if it waits.
  @discardableResult
  func call(_ call: some SystemCall, on thread: Ref<Thread>? = nil) throws -> UInt {
    switch Fixture.call(call, as: thread ?? self.thread) {
    case .done(let word): return word
    case .failed(let error): throw error
    case .waiting: throw SystemError.busy
    }
  }

  // MARK: Opening, reading, writing

  /// A handle for a kernel scheme's root.
  func root(_ scheme: KernelScheme, rights: Rights = .everything) throws -> Handle {
    let description = try newDescription(.kernel(.root(scheme)), process.value.account)
    return try insertHandle(process, description, rights, OpenFlags())
  }

  func open(
    _ parent: Handle, _ path: String = "", _ flags: OpenFlags = .read,
    on thread: Ref<Thread>? = nil
  ) throws -> Handle {
    store(Array(path.utf8), at: memory + 0x1000, on: thread)
    var call = Open()
    call.parent = parent
    call.path = UserSpan(address: memory + 0x1000, count: UInt(path.utf8.count))
    call.flags = flags
    return try Handle(word: self.call(call, on: thread))
  }

  func close(_ handle: Handle, on thread: Ref<Thread>? = nil) throws {
    var call = Close()
    call.handle = handle
    try self.call(call, on: thread)
  }

  func readCall(_ handle: Handle, _ count: Int, at offset: UInt = 0x8000) -> Read {
    var call = Read()
    call.handle = handle
    call.buffer = UserSpan(address: memory + offset, count: UInt(count))
    call.offset = UInt64.max
    return call
  }

  func read(_ handle: Handle, _ count: Int, on thread: Ref<Thread>? = nil) throws -> [UInt8] {
    let read = try call(readCall(handle, count), on: thread)
    return load(Int(read), at: memory + 0x8000, on: thread)
  }

  /// Everything until the end of the file, read in pieces of `size`.
  func readAll(_ handle: Handle, pieces size: Int = 4096) throws -> String {
    var bytes: [UInt8] = []
    while true {
      let piece = try read(handle, size)
      if piece.isEmpty { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece
    }
  }

  func writeCall(_ handle: Handle, _ bytes: [UInt8], on thread: Ref<Thread>? = nil) -> Write {
    store(bytes, at: memory + 0x1_8000, on: thread)
    var call = Write()
    call.handle = handle
    call.buffer = UserSpan(address: memory + 0x1_8000, count: UInt(bytes.count))
    call.offset = UInt64.max
    return call
  }

  @discardableResult
  func write(_ handle: Handle, _ bytes: [UInt8], on thread: Ref<Thread>? = nil) throws -> UInt {
    try call(writeCall(handle, bytes, on: thread), on: thread)
  }

  // MARK: User memory

  /// Maps memory for a thread's process, at the same place as the first one's.
  @discardableResult
  func mapMemory(for thread: Ref<Thread>) throws -> UInt {
    var call = Map()
    call.space = .none
    call.object = .none
    call.length = Self.memoryBytes
    call.flags = MapFlags.read | .write
    if memory != 0 {
      call.address = memory
      call.flags = call.flags | .fixed
    }
    return try self.call(call, on: thread)
  }

  func store(_ bytes: [UInt8], at address: UInt, on thread: Ref<Thread>? = nil) {
    var padded = bytes
    while padded.count % 8 != 0 { padded.append(0) }
    for start in stride(from: 0, to: padded.count, by: 8) {
      Fixture.store(address + UInt(start), word(of: padded, at: start), as: thread ?? self.thread)
    }
  }

  func load(_ count: Int, at address: UInt, on thread: Ref<Thread>? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: count, by: 8) {
      let word = Fixture.word(address + UInt(start), of: thread ?? self.thread) ?? 0
      bytes += bytesOf(word)
    }
    return Array(bytes.prefix(count))
  }
}

/// The bytes of a value.
func bytesOf(_ word: UInt64) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
}

func word(of bytes: [UInt8], at start: Int = 0) -> UInt64 {
  (0..<8).reversed().reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) }
}
