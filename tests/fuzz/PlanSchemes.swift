// SPDX-License-Identifier: MIT
import System

// What servers call; events, namespaces, accounts, devices.

extension Fuzzer {
  mutating func planScheme(_ number: CallNumber) -> Plan {
    switch number {
    case .createScheme:
      return Plan(CreateScheme { $0.flags = flags(SchemeFlags.self) }, makes: .management)
    case .createRoot:
      return Plan(
        CreateRoot {
          $0.scheme = random.once(in: 2) ? pool.handle(.management, 0) : any(.management)
          $0.word = UInt64(random.below(8))
        }, makes: random.once(in: 2) ? .directory : .file)
    default:
      return Plan(
        AttachScheme {
          $0.scheme = any(.management)
          $0.area = any(.wired)
        }, makes: .server)
    }
  }

  mutating func planServer(_ number: CallNumber) -> Plan {
    let server = any(.server)
    switch number {
    case .nextRequest:
      var call = NextRequest()
      call.server = server
      call.flags = random.once(in: 16) ? flags(AnswerFlags.self) : .doNotWait
      if random.once(in: 4) {
        call.tag = lastTag
        call.result = UInt(random.below(64))
        call.data = buffer()
        call.flags = .answerOnly
      }
      return Plan(call)
    case .transferData:
      return Plan(
        TransferData {
          $0.server = server
          $0.tag = lastTag
          $0.data = room(random.below(64))
          $0.direction = random.once(in: 2) ? .read : .write
        })
    case .signalEvents:
      return Plan(
        SignalEvents {
          $0.server = server
          $0.word = UInt64(random.below(8))
          $0.events = flags(EventSet.self)
        })
    case .revokeDescriptions:
      // Words that no file has, mostly: files that are gone are of no use.
      return Plan(
        RevokeDescriptions {
          $0.server = server
          $0.word = UInt64(random.once(in: 32) ? random.below(8) : 100)
        })
    case .listDescriptions:
      return Plan(
        ListDescriptions {
          $0.server = server
          $0.cookie = UInt64(random.below(4))
          $0.buffer = room(1024)
        })
    case .keepHandle:
      return Plan(
        KeepHandle {
          $0.server = server
          // It leaves the caller's table.
          $0.handle = random.once(in: 8) ? .none : pool.takeAny(&random)
          $0.place = UInt32(random.once(in: 16) ? random.below(5000) : random.below(8))
        })
    case .copyKeptHandle:
      return Plan(
        CopyKeptHandle {
          $0.server = server
          $0.place = UInt32(random.below(8))
        }, makes: .foreign)
    default:
      return Plan(
        GiveUpScheme {
          // The first is the one that is served.
          $0.scheme = pool.handle(.management, 1 + random.below(HandlePool.slots - 1))
          $0.error = 5
        })
    }
  }

  mutating func planWaitEvents() -> Plan {
    var call = WaitEvents()
    call.queue = any(.events)
    call.buffer = room(24 * (1 + random.below(8)))
    call.deadline = soon()
    return Plan(call)
  }

  mutating func planNamespace(_ number: CallNumber) -> Plan {
    if number == .createNamespace {
      return Plan(
        CreateNamespace { $0.source = random.once(in: 2) ? any(.namespace) : .none },
        makes: .namespace)
    }
    return Plan(
      BindName {
        $0.namespace = any(.namespace)
        $0.name = path("somewhere")
        $0.name.count = UInt(1 + random.below(9))
        $0.root = random.once(in: 4) ? .none : any(.directory, .directory, .kernelDirectory)
      })
  }

  mutating func planAccount(_ number: CallNumber) -> Plan {
    let account = any(.account)
    switch number {
    case .createAccount:
      return Plan(
        CreateAccount { $0.parent = random.once(in: 2) ? account : .none }, makes: .account)
    case .setAccountLimit:
      return Plan(
        SetAccountLimit {
          $0.account = account
          $0.resource = AccountResource(rawValue: UInt32(random.below(6))) ?? .handles
          $0.minimum = UInt64(random.below(4))
          $0.maximum = UInt64(4 + random.below(1000))
        })
    default:
      return Plan(
        AccountStatus {
          $0.account = random.once(in: 2) ? account : .none
          $0.buffer = room(MemoryLayout<AccountStatusRecord>.size)
        })
    }
  }

  /// The port of the machine's progress codes, which nothing reads.
  mutating func planPort() -> Plan {
    var call = AccessPort()
    call.authority = any(.ports)
    call.port = UInt32(FuzzedPort.number)
    call.width = 1
    call.value = UInt32(random.below(256))
    call.direction = random.once(in: 2) ? .read : .write
    return Plan(call)
  }
}

/// The one port that workers have authority over.
enum FuzzedPort {
  static let number = 0x80
  static let path: StaticString = "/scheme/irq/ports/128-128"
}
