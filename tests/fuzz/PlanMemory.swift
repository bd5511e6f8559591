// SPDX-License-Identifier: MIT
import System

// Memory objects and address spaces.

extension Fuzzer {
  mutating func planMap() -> Plan {
    var call = Map()
    call.length = pages()
    call.flags = random.once(in: 3) ? .read : .read | .write
    switch random.below(8) {
    case 0, 1: break
    case 2:
      call.object = any(.file)
      call.flags = call.flags | .shared
    case 3: call.object = any(.foreign)
    case 4: call.object = any(.provided)
    case 5: call.object = any(.wired)
    default: call.object = any(.memory)
    }
    if call.object != .none {
      if random.once(in: 2) { call.flags = call.flags | .shared }
      call.offset = UInt64(random.below(4)) &* 4096
      call.length = UInt(1 + random.below(3)) &* 4096
    } else if random.once(in: 8) {
      call.flags = .guardRange
    }
    switch random.below(16) {
    case 0: call.space = any(.embryo)
    case 1: call.flags = .read | .execute
    case 2: call.flags = call.flags | .populate
    case 3: call.flags = call.flags | .dontFork
    default: break
    }
    call.address = playPage()
    call.flags = call.flags | .fixed
    if !random.once(in: 4) { call.flags = call.flags | .replace }
    return Plan(call)
  }

  mutating func planRange(_ number: CallNumber) -> Plan {
    let address = playPage()
    let length = min(pages(), arena.play &+ Arena.playBytes &- address)
    let space = random.once(in: 8) ? any(.embryo) : Handle.none
    switch number {
    case .unmap:
      return Plan(
        Unmap {
          $0.space = space
          $0.address = address
          $0.length = length
        })
    case .protect:
      let flags: MapFlags =
        switch random.below(4) {
        case 0: MapFlags()
        case 1: .read
        case 2: .read | .execute
        default: .read | .write
        }
      return Plan(
        Protect {
          $0.space = space
          $0.address = address
          $0.length = random.once(in: 2) ? 4096 : length
          $0.flags = flags
        })
    default:
      let target = playPage()
      return Plan(
        Remap {
          $0.address = address
          $0.length = 4096
          $0.newLength = random.once(in: 2) ? 4096 : 8192
          $0.newAddress = target
          $0.flags = .fixed | .replace
        })
    }
  }

  mutating func planObject(_ number: CallNumber) -> Plan {
    switch number {
    case .createMemory:
      let isWired = random.once(in: 3)
      var call = CreateMemory()
      call.length = UInt64(pages())
      if isWired {
        call.length = UInt64(1 + random.below(4)) &* 4096
        call.flags = random.once(in: 2) ? .wired : flags(MemoryFlags.self)
      } else if random.once(in: 16) {
        call.length = random.word() & 0xFF_FFFF_FFFF
      }
      return Plan(call, makes: isWired ? .wired : .memory)
    case .createProvidedMemory:
      return Plan(
        CreateProvidedMemory {
          $0.server = any(.server)
          $0.word = UInt64(random.below(HandlePool.slots))
          $0.length = UInt64(1 + random.below(16)) &* 4096
        }, makes: .provided)
    default:
      // The hole below 4 GiB where devices are, of which the firmware's authority only lets read.
      return Plan(
        CreateDeviceMemory {
          $0.authority = any(.firmware)
          $0.address = 0xF000_0000 &+ UInt64(random.below(4096)) &* 4096
          $0.length = 4096
          $0.kind = UInt32(random.below(3))
        }, makes: .wired)
    }
  }

  mutating func planObjectChange(_ number: CallNumber) -> Plan {
    let object = any(.memory, .wired, .provided)
    switch number {
    case .resizeMemory:
      return Plan(
        ResizeMemory {
          $0.object = random.once(in: 4) ? object : any(.memory)
          $0.length = UInt64(pages())
        })
    case .sealMemory:
      return Plan(
        SealMemory {
          $0.object = object
          $0.seals = random.once(in: 4) ? flags(MemorySeals.self) : MemorySeals()
        })
    default:
      return Plan(
        MemoryStatus {
          $0.object = object
          $0.buffer = room(MemoryLayout<MemoryStatusRecord>.size)
        })
    }
  }

  mutating func planProvided(_ number: CallNumber) -> Plan {
    let object = any(.provided)
    let offset = UInt64(random.below(8)) &* 4096
    switch number {
    case .supplyPages:
      return Plan(
        SupplyPages {
          $0.object = object
          $0.offset = offset
          $0.source = room(random.once(in: 2) ? 4096 : 1 + random.below(12_288))
        })
    case .withdrawPages:
      return Plan(
        WithdrawPages {
          $0.object = any(.provided, .provided, .memory)
          $0.offset = offset
          $0.length = 8192
          $0.output = random.once(in: 2) ? 0 : room(8192).address
        })
    case .findDirtyPages:
      return Plan(
        FindDirtyPages {
          $0.object = object
          $0.length = 65_536
          $0.buffer = room(64)
        })
    default:
      return Plan(
        FailPages {
          $0.object = object
          $0.offset = offset
          $0.length = 4096
        })
    }
  }

  mutating func planMapForDevice() -> Plan {
    var call = MapForDevice()
    call.authority = any(.translation)
    call.object = any(.wired)
    call.buffer = room(64)
    return Plan(call)
  }

  mutating func planFutex(_ number: CallNumber) -> Plan {
    // Words that all threads of the worker use, in the first page of the scratch memory.
    let address = arena.data.address &+ UInt(random.below(8)) &* 4
    let flags: FutexFlags = random.once(in: 2) ? .processPrivate : FutexFlags()
    switch number {
    case .futexWait:
      return Plan(
        FutexWait {
          $0.address = address
          $0.deadline = soon()
          $0.flags = flags
        })
    case .futexWake:
      return Plan(
        FutexWake {
          $0.address = address
          $0.count = UInt(random.below(4))
          $0.flags = flags
        })
    default:
      return Plan(
        FutexRequeue {
          $0.address = address
          $0.wake = UInt32(random.below(2))
          $0.target = arena.data.address &+ UInt(random.below(8)) &* 4
          $0.move = UInt32(random.below(4))
          $0.flags = flags
        })
    }
  }
}
