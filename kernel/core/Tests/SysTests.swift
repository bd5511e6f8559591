// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("System files") struct SystemFileTests {
    let bench: Bench
    let sys: Handle

    init() throws {
      bench = try Bench()
      sys = try bench.root(.sys)
    }

    private func list(_ handle: Handle, size: UInt = 256) throws -> [String] {
      var names: [String] = []
      var call = ReadDirectory()
      call.handle = handle
      call.buffer = UserSpan(address: bench.memory, count: size)
      while true {
        let count = Int(try bench.call(call))
        if count == 0 { return names }
        let bytes = bench.load(count, at: bench.memory)
        var position = 0
        while position < count {
          call.cookie = word(of: bytes, at: position)
          let length = Int(bytes[position + 18]) | Int(bytes[position + 19]) << 8
          names.append(
            String(decoding: bytes[position + 24..<position + 24 + length], as: UTF8.self))
          position += Int(bytes[position + 16]) | Int(bytes[position + 17]) << 8
        }
      }
    }

    @Test func everyListedNameOpens() throws {
      let directory = try bench.open(sys, "", .read)
      let names = try list(directory)
      for name in ["context", "log", "trace", "uname", "acpi", "authority", "kstop"] {
        #expect(names.contains(name))
      }
      #expect(Set(names).count == names.count)
      for name in names where name != "initrd" {
        let handle = try bench.open(sys, name, .read)
        try bench.close(handle)
      }
    }

    /// Whoever opens a name finds the same file, whatever else is open.
    @Test func whatHasANameHasOneNumber() throws {
      func number(_ path: String) throws -> UInt64 {
        let handle = try bench.open(sys, path)
        var call = Status()
        call.handle = handle
        call.buffer = UserSpan(address: bench.memory, count: 96)
        try bench.call(call)
        return word(of: bench.load(96, at: bench.memory), at: 8)
      }
      let names = ["", "uname", "memory", "cpu", "log", "log_stream", "kstop", "authority", "acpi"]
      let first = try names.map(number)
      #expect(Set(first).count == names.count)
      #expect(try names.map(number) == first)
    }

    @Test func textsAreTheSameInPiecesOfAnySize() throws {
      for _ in 0..<30 { _ = try bench.makeThread() }
      let names = [
        "context", "stat", "memory", "env", "irq", "cpu", "schemes", "exe", "uname", "processes",
      ]
      for name in names {
        let whole = try bench.readAll(try bench.open(sys, name), pieces: 4096)
        // Counters move between reads; sizes need not.
        if name == "stat" || name == "memory" { continue }
        for size in [1, 7, 64, 1000] {
          let pieces = try bench.readAll(try bench.open(sys, name), pieces: size)
          #expect(pieces.count == whole.count, "\(name) in pieces of \(size)")
        }
      }
    }

    /// What a processor has not done for long shows before it does something again.
    @Test func idlenessShowsWhileItLasts() throws {
      func idle() throws -> UInt64 {
        let text = try bench.readAll(try bench.open(sys, "cpu"))
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("  0 ") })
        return try #require(UInt64(line.split(separator: " ")[1]))
      }
      kernel.processors[0].idleTime = 500
      kernel.processors[0].chargedUntil = Machine.now()
      kernel.processors[0].runQueue.isIdle = true
      #expect(try idle() == 500)
      ModelMachine.advance(to: Machine.now() + 3_000)
      #expect(try idle() == 3_500)
      kernel.processors[0].runQueue.isIdle = false
      #expect(try idle() == 500)
    }

    /// Puts `bytes` where a loader would have left them, at the end of one page and the start of the next.
    private func leaveSeed(_ bytes: [UInt8]) throws -> PhysicalAddress {
      let first = try kernel.frames.takeCleared(for: nil)
      let second = try kernel.frames.takeCleared(for: nil)
      try #require(second.rawValue == first.rawValue + 4096)
      let start = first.rawValue + 4096 - 20
      for (index, byte) in bytes.enumerated() {
        let address = start + UInt64(index)
        PageOf<UInt8>(PhysicalAddress(address & ~4095))[Int(address & 4095)] = byte
      }
      kernel.boot.seed = MemoryRegion(
        start: PhysicalAddress(start), byteCount: UInt64(bytes.count))
      return first
    }

    @Test func theSeedIsGivenOnceAndToWhoManages() throws {
      let bytes = (1...64).map { UInt8($0) }
      let page = try leaveSeed(bytes)
      defer { kernel.boot.seed = MemoryRegion(start: PhysicalAddress(0), byteCount: 0) }
      let narrow = try bench.root(.sys, rights: .read | .traverse)
      #expect(throws: SystemError.notPermitted) { try bench.open(narrow, "seed") }
      #expect(throws: SystemError.accessDenied) { try bench.open(sys, "seed", .readWrite) }
      let handle = try bench.open(sys, "seed")
      // Memory that is not there gets nothing, and costs nothing.
      var call = bench.readCall(handle, 64)
      call.buffer = UserSpan(address: 0x1000, count: 64)
      #expect(throws: SystemError.badAddress) { try bench.call(call) }
      #expect(try bench.read(handle, 10) == Array(bytes.prefix(10)))
      #expect(PageOf<UInt8>(page)[4096 - 20] == 0 && PageOf<UInt8>(page)[4096 - 10] == 11)
      // At whatever offset, and whoever reads: what was given does not come again.
      call = bench.readCall(try bench.open(sys, "seed"), 4096)
      call.offset = 0
      #expect(try bench.call(call) == 54)
      #expect(bench.load(54, at: bench.memory + 0x8000) == Array(bytes.dropFirst(10)))
      for index in 4096 - 20..<4096 { #expect(PageOf<UInt8>(page)[index] == 0) }
      let rest = PageOf<UInt8>(PhysicalAddress(page.rawValue + 4096))
      for index in 0..<44 { #expect(rest[index] == 0) }
      for again in [handle, try bench.open(sys, "seed")] {
        #expect(try bench.read(again, 64).isEmpty)
      }
    }

    @Test func unameNamesTheMachine() throws {
      let lines = try bench.readAll(try bench.open(sys, "uname")).split(separator: "\n")
      #expect(lines == ["Apus", "0.1.0", "x86_64"])
    }

    @Test func aTextCanBeReadAtAnyOffset() throws {
      for _ in 0..<40 { _ = try bench.makeThread() }
      let handle = try bench.open(sys, "context")
      let whole = Array(try bench.readAll(handle).utf8)
      #expect(whole.count > 2500)
      for offset in [0, 5, 100, 2500, whole.count - 1, whole.count, whole.count + 5000, 3] {
        var call = bench.readCall(handle, 20)
        call.offset = UInt64(offset)
        let count = Int(try bench.call(call))
        let bytes = bench.load(count, at: bench.memory + 0x8000)
        #expect(bytes.count == max(0, min(20, whole.count - offset)))
        #expect(bytes == Array(whole[min(offset, whole.count)..<min(offset + count, whole.count)]))
      }
    }

    @Test func theLogHoldsWhatWasReported() throws {
      report("a line for the log")
      let text = try bench.readAll(try bench.open(sys, "log"))
      #expect(text.hasSuffix("kernel: a line for the log\n"))
    }

    @Test func theLogKeepsTheLast64KiB() throws {
      let handle = try bench.open(sys, "log")
      for index in 0..<5000 { report { $0.put(decimal: UInt64(index), width: 20) } }
      let text = try bench.readAll(try bench.open(sys, "log"))
      #expect(text.utf8.count == 65_536)
      #expect(text.hasSuffix("4999\n"))
      #expect(kernel.log.start == kernel.log.end - 65_536)
      // Opened before the overrun: what is gone is skipped.
      #expect(try bench.readAll(handle).hasSuffix("4999\n"))
    }

    @Test func theStreamOfTheLogHasPositionsThatLast() throws {
      report("before")
      let handle = try bench.open(sys, "log_stream")
      let end = kernel.log.end
      func read(_ count: Int, at offset: UInt64) throws -> UInt {
        var call = bench.readCall(handle, count)
        call.offset = offset
        return try bench.call(call)
      }
      #expect(try read(16, at: end) == 0)
      #expect(try read(4, at: end - 4) == 4)
      report("more")
      #expect(try read(100, at: end) == UInt("kernel: more\n".utf8.count))
      for _ in 0..<5000 { report("a line that takes some of the room that there is") }
      #expect(throws: SystemError.gone) { _ = try read(16, at: end) }
      #expect(try read(16, at: kernel.log.start) == 16)
      #expect(kernel.logReaders.count == 1)
      for _ in 1..<4 { _ = try bench.open(sys, "log_stream") }
      #expect(throws: SystemError.busy) { _ = try bench.open(sys, "log_stream") }
      try bench.close(handle)
      #expect(kernel.logReaders.count == 3)
    }

    @Test func theStreamOfTheLogTellsOfWrites() throws {
      let log = try bench.open(sys, "log_stream")
      let queue = try bench.open(try bench.root(.event), "", .readWrite)
      let interest = UInt64(EventSet(rawValue: 33).rawValue)
      let record =
        bytesOf(UInt64(log.rawValue) | interest << 32) + bytesOf(0) + bytesOf(0)
      #expect(try bench.write(queue, record) == 24)
      var call = WaitEvents()
      call.queue = queue
      call.buffer = UserSpan(address: bench.memory + 0x2_0000, count: 24)
      call.deadline = .immediately
      #expect(try bench.call(call) == 1)
      #expect(throws: SystemError.timedOut) { _ = try bench.call(call) }
      try bench.write(try bench.open(try bench.root(.debug), "", .write), Array("x\n".utf8))
      #expect(try bench.call(call) == 1)
    }

    @Test func theTraceShowsWhatProgramsWrite() throws {
      var call = WriteTrace()
      call.event = 5
      call.first = 0xABC
      call.second = 0xDEF
      try bench.call(call)
      let text = try bench.readAll(try bench.open(sys, "trace"))
      #expect(text.contains("user-5 abc def\n"))
    }

    @Test func theTraceKeepsTheLast256() {
      for index: UInt64 in 0..<1000 { trace(.none, nil, index) }
      #expect(kernel.trace.count == 256)
      #expect(kernel.trace.record(0)?.first == 744)
      #expect(kernel.trace.record(255)?.first == 999)
      #expect(kernel.trace.record(256) == nil)
    }

    @Test func authorityNeedsARootThatMayManage() throws {
      let weak = try bench.root(.sys, rights: .read | .traverse | .transfer)
      for name in ["authority", "kstop", "update_time_offset", "acpi/tables"] {
        #expect(throws: SystemError.notPermitted) { try bench.open(weak, name, .write) }
        try bench.close(try bench.open(sys, name, .write))
      }
    }

    /// Programs of all users may have a namespace in which schemes can be managed.
    @Test(
      arguments: [
        (.sys, "authority"), (.sys, "kstop"), (.sys, "update_time_offset"), (.sys, "seed"),
        (.sys, "initrd"), (.sys, "acpi/tables"), (.memory, "physical"), (.memory, "translation"),
        (.irq, "4"), (.irq, "ports"), (.irq, "ports/96-100"), (.irq, "cpu-00/x"), (.debug, ""),
        (.debug, "no-preserve"), (.proc, "1/mem"),
      ] as [(KernelScheme, String)])
    func authorityIsRoots(_ scheme: KernelScheme, _ path: String) throws {
      bench.process.value.realUser = 1000
      bench.process.value.effectiveUser = 1000
      let root = try bench.root(scheme)
      #expect(throws: SystemError.notPermitted) { try bench.open(root, path, .readWrite | .create) }
    }

    @Test func textsCannotBeWritten() throws {
      #expect(throws: SystemError.accessDenied) { try bench.open(sys, "stat", .readWrite) }
      #expect(throws: SystemError.notFound) { try bench.open(sys, "nothing") }
      #expect(throws: SystemError.notFound) { try bench.open(sys, "stat/deeper") }
      #expect(throws: SystemError.notFound) {
        try bench.open(sys, String(repeating: "x", count: 4000))
      }
    }

    @Test func onlyKnownWordsStopTheMachine() throws {
      let stop = try bench.open(sys, "kstop", .write)
      #expect(throws: SystemError.invalidArgument) { try bench.write(stop, Array("halt".utf8)) }
      #expect(throws: SystemError.invalidArgument) { try bench.write(stop, []) }
    }

    @Test func theWallClockCanBeSet() throws {
      let clock = try bench.open(try bench.root(.time), "1/gettime")
      let before = word(of: try bench.read(clock, 16))
      let offset = try bench.open(sys, "update_time_offset", .write)
      try bench.write(offset, bytesOf(60_000_000_000))
      #expect(word(of: try bench.read(clock, 16)) == before + 60)
      try bench.write(offset, bytesOf(UInt64(bitPattern: -120_000_000_000)))
      #expect(word(of: try bench.read(clock, 16)) == before - 60)
    }

    @Test func anonymousMemoryIsMadeByItsSize() throws {
      let memory = try bench.open(try bench.root(.memory), "zeroed?phys_contiguous", .readWrite)
      #expect(throws: SystemError.notSupported) { try bench.read(memory, 1) }
      var call = Truncate()
      call.handle = memory
      call.length = 8192
      try bench.call(call)
      let description = try #require(bench.process.value.handles.entry(memory)?.description)
      guard case .memory(let object) = description.value.kind else {
        Issue.record("not a memory object")
        return
      }
      #expect(object.value.length == 8192)
      let first = try #require(object.page(at: 0))
      #expect(object.page(at: 1)?.rawValue == first.rawValue + 4096)
      for name in ["zeroed@xx", "zeroed?other", "other", "zeroed/1"] {
        #expect(throws: SystemError.notFound) {
          try bench.open(try bench.root(.memory), name, .readWrite)
        }
      }
    }

    @Test func memoryTellsHowMuchThereIs() throws {
      var call = FileSystemStatus()
      call.handle = try bench.root(.memory)
      call.buffer = UserSpan(address: bench.memory, count: 64)
      bench.store([0], at: bench.memory)
      let free = kernel.frames.freeCount
      try bench.call(call)
      let bytes = bench.load(64, at: bench.memory)
      #expect(word(of: bytes, at: 8) == UInt64(kernel.frames.totalCount))
      #expect(word(of: bytes, at: 16) == UInt64(free))
    }

    @Test func processesAreListedAndDescribed() throws {
      let proc = try bench.root(.proc)
      let other = try bench.makeProcess()
      let number = try #require(other.value.process).value.number
      #expect(try list(try bench.open(proc)).contains("\(number)"))
      let status = try bench.readAll(try bench.open(proc, "\(number)/status"))
      #expect(status.contains("process: \(number)\nparent: \(bench.process.value.number)\n"))
      let own = try bench.readAll(try bench.open(proc, "self/status"))
      #expect(own.contains("process: \(bench.process.value.number)\n"))
      #expect(throws: SystemError.notFound) { try bench.open(proc, "31000/status") }
    }

    @Test func theListOfProcessesHasTheFiguresOfEach() throws {
      let other = try #require(try bench.makeProcess().value.process)
      other.value.startTime = 12_345
      other.value.startStack = 0x7000
      let text = try bench.readAll(try bench.open(sys, "processes"))
      let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
      #expect(lines.allSatisfy { $0.count >= 15 } && lines.first?.first == "PID")
      let line = try #require(lines.first { $0[0] == "\(other.value.number)" })
      #expect(line[1] == "\(bench.process.value.number)" && line[12] == "12345")
      #expect(line[13] == "\(0x7000)")
      let mapped = other.value.space?.value.mappedBytes ?? 0
      #expect(line[14] == "\(mapped / 4096)")
    }

    @Test func theThreadThatEndsAnEmbryoIsNobodys() throws {
      let made = try Handle(word: bench.call(CreateProcess { $0.account = .none }))
      let embryo = try #require(bench.process.value.embryos.first)
      #expect(embryo.value.threads.first != nil)
      embryo.value.name[0] = UInt8(ascii: "e")
      for name in ["context", "block", "syscall"] {
        let text = try bench.readAll(try bench.open(sys, name))
        #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" e") }, "\(name)")
      }
      try bench.close(made)
    }

    @Test func aProcessHandleNeedsAuthority() throws {
      let other = try bench.makeProcess()
      let process = try #require(other.value.process)
      let weak = try bench.root(.proc, rights: .read | .traverse | .transfer)
      let path = "\(process.value.number)/handle"
      try bench.close(try bench.open(weak, path))
      process.value.effectiveUser = 5
      #expect(throws: SystemError.notPermitted) { try bench.open(weak, path) }
      let references = process.value.references
      let handle = try bench.open(try bench.root(.proc), path)
      #expect(process.value.references == references + 1)
      try bench.close(handle)
      #expect(process.value.references == references)
    }

    @Test func registersAreReadWhileTheThreadIsHeld() throws {
      let other = try bench.makeProcess()
      let process = try #require(other.value.process)
      let registers = try bench.open(
        try bench.root(.proc), "\(process.value.number)/regs/int", .readWrite)
      #expect(throws: SystemError.busy) { try bench.read(registers, 80) }
      suspend(other)
      Fixture.makeCurrent(bench.thread)
      other.value.registers.stackPointer = 0x1234_5678
      if other.isHeld {
        #expect(word(of: try bench.read(registers, 80), at: 64) == 0x1234_5678)
      }
    }

    @Test func memoryOfAProcessIsReadAndWritten() throws {
      let other = try bench.makeProcess()
      let process = try #require(other.value.process)
      bench.store(Array("in another space".utf8), at: bench.memory, on: other)
      let memory = try bench.open(
        try bench.root(.proc), "\(process.value.number)/mem", .readWrite)
      var call = bench.readCall(memory, 16)
      call.offset = UInt64(bench.memory)
      #expect(try bench.call(call) == 16)
      #expect(bench.load(16, at: bench.memory + 0x8000) == Array("in another space".utf8))
      var write = bench.writeCall(memory, [0x49])
      write.offset = UInt64(bench.memory)
      #expect(try bench.call(write) == 1)
      #expect(bench.load(2, at: bench.memory, on: other) == Array("In".utf8))
    }

    @Test func everyFileHasAStatusAndAPath() throws {
      let paths: [(KernelScheme, String)] = [
        (.sys, "stat"), (.sys, "log"), (.sys, "acpi/root"), (.irq, "17"), (.irq, "bsp"),
        (.irq, "cpu-00"), (.irq, "ports/1-2"), (.time, "1/gettime"), (.time, "4/timer"),
        (.memory, "physical"), (.memory, "translation"), (.debug, "exec"),
        (.debug, "no-preserve"), (.proc, "\(bench.process.value.number)/status"),
      ]
      for (scheme, path) in paths {
        let handle = try bench.open(try bench.root(scheme), path)
        var status = Status()
        status.handle = handle
        status.buffer = UserSpan(address: bench.memory, count: 96)
        #expect(try bench.call(status) == 96)
        var call = PathOf()
        call.handle = handle
        call.buffer = UserSpan(address: bench.memory, count: 100)
        let count = Int(try bench.call(call))
        #expect(
          String(decoding: bench.load(count, at: bench.memory), as: UTF8.self)
            == "/scheme/\(scheme.title)/\(path)")
      }
    }
  }
}
