// SPDX-License-Identifier: MIT
import System

// Locks and space of files; the groups of processes.

extension Fuzzer {
  mutating func planRangeOfFile(_ number: CallNumber) -> Plan {
    let handle = random.once(in: 8) ? pool.any(&random) : any(.file)
    if number == .allocateFile {
      return Plan(
        AllocateFile {
          $0.handle = handle
          $0.offset = UInt64(random.below(100_000))
          $0.length = UInt64(random.below(100_000))
          $0.flags = flags(AllocationFlags.self)
        })
    }
    let record = random.once(in: 4) ? buffer() : room(MemoryLayout<FileLockRecord>.size)
    return Plan(
      LockFile {
        $0.handle = handle
        $0.operation = LockOperation(rawValue: UInt32(random.below(7))) ?? .unlock
        $0.start = UInt64(random.below(100_000))
        $0.length = UInt64(random.below(1000))
        $0.record = record
      })
  }

  mutating func planGroups(_ number: CallNumber) -> Plan {
    let numbers = room(4 * random.below(SetGroups.limit + 2))
    switch number {
    case .setGroups:
      // Without the authority, only a list that stays as it is: nobody here is in any group.
      return Plan(
        SetGroups {
          $0.process = random.once(in: 2) ? .none : any(.embryo)
          $0.groups = random.once(in: 2) ? UserSpan() : numbers
          $0.authority = pool.any(&random)
        })
    case .getGroups:
      return Plan(
        GetGroups {
          $0.process = random.once(in: 2) ? .none : any(.process)
          $0.buffer = numbers
        })
    default:
      return Plan(
        CallerGroups {
          $0.server = any(.server)
          $0.tag = lastTag
          $0.buffer = numbers
        })
    }
  }
}
