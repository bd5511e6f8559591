// SPDX-License-Identifier: MIT
import System

// Handles and files.

extension Fuzzer {
  /// Names below the worker's namespace, and what they are handles of.
  private mutating func kernelPath() -> (StaticString, OpenFlags, Kind) {
    switch random.below(22) {
    case 0: ("pipe", .read | .nonBlocking, .pipeReader)
    case 1: ("pipe", .read, .pipeReader)
    case 2, 3: ("event", .readWrite, .events)
    case 4: ("memory/zeroed", .readWrite, .memory)
    case 5: ("memory/zeroed?phys_contiguous", .readWrite, .wired)
    case 6, 7: ("time/4/timer", .readWrite | .nonBlocking, .timer)
    case 8: ("time/1/gettime", .read, .text)
    case 9: ("time/4/getres", .read, .text)
    case 10: ("sys/context", .read, .text)
    case 11: ("sys/schemes", .read, .text)
    case 12: ("sys/memory", .read, .text)
    case 13: ("sys/trace", .read, .text)
    case 14: ("sys/log", .read, .text)
    case 15: ("proc/self/status", .read, .text)
    case 16: ("proc/self/mem", .read, .text)
    case 17: ("proc", .read, .kernelDirectory)
    case 18: ("sys", .read, .kernelDirectory)
    case 19: ("sys/initrd", .read, .memory)
    case 20: ("initfs/bin/service", .read, .foreign)
    default: ("initfs/bin", .read | .directory, .foreign)
    }
  }

  mutating func planOpen() -> Plan {
    var call = Open()
    var kind: Kind
    switch random.below(6) {
    case 0, 1:
      let (name, flags, made) = kernelPath()
      call.path = path(name)
      call.flags = flags
      kind = made
    case 2:
      call.parent = any(.pipeReader)
      call.path = path("write")
      call.flags = random.once(in: 8) ? .write : .write | .nonBlocking
      kind = .pipeWriter
    case 3:
      call.parent = any(.kernelDirectory)
      call.path = path("context")
      call.flags = .read
      kind = .text
    default:
      call.parent = any(.directory)
      call.path = path("some/file")
      call.flags = random.once(in: 4) ? flags(OpenFlags.self) : .readWrite
      kind = random.once(in: 4) ? .directory : .file
    }
    if random.once(in: 8) { call.flags = call.flags | .runtimeHandle }
    call.mode = 0o600
    return Plan(call, makes: kind)
  }

  mutating func planDuplicate() -> Plan {
    guard let kind = Kind(rawValue: random.below(Kind.count)) else { return Plan(Null()) }
    var call = Duplicate()
    call.handle = any(kind)
    call.rights = random.once(in: 4) ? flags(Rights.self) : .everything
    switch random.below(8) {
    case 0: call.target = pool.any(&random)
    case 1: call.minimum = UInt32(random.below(2048))
    case 2: call.flags = .runtimeHandle
    default: break
    }
    return Plan(call, makes: kind)
  }

  mutating func planControlHandle() -> Plan {
    var call = ControlHandle()
    call.handle = pool.any(&random)
    call.property = HandleProperty(rawValue: UInt32(random.below(7))) ?? .rights
    if call.property == .available { call.handle = any(.pipeReader) }
    if call.property == .setOpenFlags { call.value = OpenFlags.nonBlocking.word }
    if call.property == .setCloseOnExec { call.value = UInt(random.below(2)) }
    return Plan(call)
  }

  mutating func planRead() -> Plan {
    var call = Read()
    call.buffer = buffer()
    call.offset = random.once(in: 2) ? UInt64.max : UInt64(random.below(65_536))
    switch random.below(16) {
    case 0: call.handle = any(.pipeReader)
    case 1: call.handle = any(.timer)
    case 2: call.handle = any(.events)
    case 3: call.handle = any(.interrupt)
    case 4: call.handle = any(.foreign)
    case 5...8: call.handle = any(.text)
    default: call.handle = any(.file)
    }
    return Plan(call)
  }

  mutating func planWrite() -> Plan {
    var call = Write()
    call.offset = random.once(in: 2) ? UInt64.max : UInt64(random.below(65_536))
    switch random.below(8) {
    case 0, 1:
      call.handle = any(.pipeWriter)
      call.buffer = buffer()
    case 2, 3:
      var record = EventRecord()
      record.handle = pool.any(&random).rawValue
      record.events = UInt32(random.below(64))
      record.data = random.word()
      call.handle = any(.events)
      call.buffer = show(record)
    case 4:
      // Seconds and nanoseconds: soon, or long from now.
      let moment = Clock.now().nanoseconds &+ UInt64(random.below(1_000_000))
      call.handle = any(.timer)
      call.buffer = show((moment / 1_000_000_000, moment % 1_000_000_000))
    case 5:
      call.handle = any(.interrupt)
      call.buffer = show(UInt64(1))
    default:
      call.handle = any(.file)
      call.buffer = buffer()
    }
    return Plan(call)
  }

  mutating func planSeek() -> Plan {
    var call = Seek()
    call.handle = any(.file, .foreign, .text)
    call.offset = random.below(100_000)
    call.whence = UInt32(random.below(3))
    return Plan(call)
  }

  mutating func planAsking(_ number: CallNumber) -> Plan {
    let handle = random.once(in: 4) ? pool.any(&random) : any(.file, .directory, .text)
    let buffer = random.once(in: 4) ? buffer() : room(1024)
    switch number {
    case .status:
      return Plan(
        Status {
          $0.handle = handle
          $0.buffer = buffer
        })
    case .fileSystemStatus:
      return Plan(
        FileSystemStatus {
          $0.handle = handle
          $0.buffer = buffer
        })
    case .pathOf:
      return Plan(
        PathOf {
          $0.handle = handle
          $0.buffer = buffer
        })
    default:
      let directory = any(.directory, .kernelDirectory, .foreign)
      return Plan(
        ReadDirectory {
          $0.handle = directory
          $0.buffer = buffer
          $0.cookie = UInt64(random.below(4))
        })
    }
  }

  mutating func planChanging(_ number: CallNumber) -> Plan {
    switch number {
    case .truncate:
      var call = Truncate()
      call.handle = random.once(in: 4) ? any(.memory) : any(.file)
      call.length = UInt64(random.below(100_000))
      return Plan(call)
    case .synchronise:
      return Plan(Synchronise { $0.handle = random.once(in: 2) ? any(.file) : any(.text) })
    default:
      var attributes = FileAttributes()
      attributes.valid = UInt32(random.below(32))
      attributes.mode = 0o644
      return Plan(
        SetAttributes {
          $0.handle = any(.file)
          $0.record = show(attributes)
        })
    }
  }

  mutating func planNames(_ number: CallNumber) -> Plan {
    let parent = any(.directory)
    switch number {
    case .unlink:
      return Plan(
        Unlink {
          $0.parent = parent
          $0.path = path("some/file")
          $0.flags = random.once(in: 2) ? .directory : OpenFlags()
        })
    case .statusAt:
      let buffer = random.once(in: 4) ? buffer() : room(MemoryLayout<FileStatus>.size)
      return Plan(
        StatusAt {
          $0.parent = random.once(in: 4) ? pool.any(&random) : parent
          $0.path = path("some/file")
          $0.flags = random.once(in: 2) ? .noFollow : OpenFlags()
          $0.buffer = buffer
        })
    case .linkFile:
      return Plan(
        LinkFile {
          $0.file = any(.file)
          $0.parent = parent
          $0.path = path("another/file")
        })
    default:
      let both = path("some/fileanother/file")
      return Plan(
        Rename {
          $0.parent = parent
          $0.path = UserSpan(address: both.address, count: 9)
          $0.newParent = any(.directory)
          $0.newPath = UserSpan(address: both.address &+ 9, count: both.count &- 9)
        })
    }
  }

  mutating func planSchemeCall(_ number: CallNumber) -> Plan {
    let handle = random.once(in: 4) ? any(.directory) : any(.file)
    switch number {
    case .callScheme:
      let input = buffer()
      return Plan(
        CallScheme {
          $0.handle = handle
          $0.operation = UInt32(random.below(16))
          $0.input = input
          $0.output = buffer()
        })
    case .sendHandle:
      return Plan(
        SendHandle {
          $0.handle = handle
          $0.sent = pool.any(&random)
          $0.operation = UInt32(random.below(16))
        })
    default:
      return Plan(
        ReceiveHandle {
          $0.handle = handle
          $0.operation = UInt32(random.below(16))
        }, makes: .memory)
    }
  }
}
