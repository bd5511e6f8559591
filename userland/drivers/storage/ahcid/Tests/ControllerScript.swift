// SPDX-License-Identifier: MIT
import Core
import Memory
import Testing

@testable import AHCIDriver

func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// A controller made of arrays, which follows the document from its side.
final class ControllerScript {
  let memory = hostMemory(1 << 20)
  var capabilities: UInt32 = 31 << 8 | HostCapability.queues | HostCapability.reaches64 | 5
  var moreCapabilities: UInt32 = 0
  var handOff: UInt32 = 0
  /// Pauses until firmware lets go; nil: never.
  var firmwareHolds: Int? = 0
  var control: UInt32 = 0
  var interrupts: UInt32 = 0
  var ports: [Int: PortScript] = [:]
  var resets = 0
  var resetsNever = false
  var isGone = false
  /// How often the driver has waited a moment.
  var pauses = 0

  /// A controller with these drives at its first ports.
  init(_ drives: DriveScript?...) {
    for (number, drive) in drives.enumerated() {
      let port = PortScript(number, self)
      port.drive = drive
      ports[number] = port
    }
  }

  var first: PortScript { ports[0] ?? PortScript(0, self) }

  func load(_ place: Int) -> UInt32 {
    if isGone { return .max }
    if place >= HostRegister.firstPort {
      let port = ports[(place - HostRegister.firstPort) / HostRegister.portBytes]
      return port?.load(place % HostRegister.portBytes) ?? 0
    }
    switch place {
    case HostRegister.capabilities: return capabilities
    case HostRegister.control: return control
    case HostRegister.interrupts: return interrupts
    case HostRegister.ports: return ports.keys.reduce(0) { $0 | 1 << UInt32($1) }
    case HostRegister.moreCapabilities: return moreCapabilities
    case HostRegister.handOff:
      let isHeld = firmwareHolds.map { pauses < $0 } ?? true
      return handOff & ~HandOffBit.firmwareOwns | (isHeld ? HandOffBit.firmwareOwns : 0)
    default: return 0
    }
  }

  func store(_ value: UInt32, _ place: Int) {
    if place >= HostRegister.firstPort {
      ports[(place - HostRegister.firstPort) / HostRegister.portBytes]?
        .store(value, place % HostRegister.portBytes)
      return
    }
    switch place {
    case HostRegister.control:
      control = value
      guard value & HostControl.reset != 0, !resetsNever else { break }
      resets += 1
      control = 0
      for port in ports.values { port.powerOn() }
    case HostRegister.interrupts: interrupts &= ~value
    case HostRegister.handOff: handOff = value
    default: break
    }
  }

  func place(_ address: UInt64) -> Int { Int(address - UInt64(memory.address)) }
}

struct ScriptedBus: RegisterBus {
  let script: ControllerScript
  func load<Word: RegisterWord>(at offset: Int) -> Word {
    Word(truncatingIfNeeded: script.load(offset))
  }
  func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    script.store(UInt32(truncatingIfNeeded: word), offset)
  }
}

/// A port of it.
final class PortScript {
  let number: Int
  unowned let script: ControllerScript
  var drive: DriveScript?
  var registers: [Int: UInt32] = [:]
  /// Commands that the drive has, and has not ended.
  var held: [Command] = []
  /// The engine has met a fault and does nothing until it was stopped.
  var isHalted = false
  var obeys = true
  var linkResets = 0
  /// Its interrupt comes again as soon as it is cleared.
  var isScreaming = false
  /// An adapter that forgets nothing when its engine is stopped, and counts failed commands as ended.
  var isSloppy = false

  struct Command {
    var slot: Int
    var frame: [UInt8]
    var packet: [UInt8]
    var pieces: [(place: Int, count: Int)]
    var writes: Bool
    var isQueued: Bool { frame[2] == 0x60 || frame[2] == 0x61 }
    var byteCount: Int { pieces.reduce(0) { $0 + $1.count } }
    var block: Int {
      [4, 5, 6, 8, 9, 10].enumerated().reduce(0) { $0 | Int(frame[$1.element]) << (8 * $1.offset) }
    }
  }

  init(_ number: Int, _ script: ControllerScript) {
    self.number = number
    self.script = script
  }

  subscript(register: Int) -> UInt32 {
    get { registers[register] ?? 0 }
    set { registers[register] = newValue }
  }

  func powerOn() {
    registers = [:]
    self[PortRegister.taskFile] = 0x7F
    beginLink()
  }

  /// The link begins anew, with whatever is at its other end.
  private func beginLink() {
    held = []
    (self[PortRegister.issued], self[PortRegister.active]) = (0, 0)
    drive?.begin()
    self[PortRegister.linkStatus] = drive?.linkStatus ?? 0
    receiveSignature()
  }

  private func receiveSignature() {
    guard let drive, self[PortRegister.command] & PortCommand.receive != 0,
      self[PortRegister.linkStatus] & 15 == 3
    else { return }
    self[PortRegister.signature] = drive.signature
    self[PortRegister.taskFile] = 0x150
  }

  func load(_ register: Int) -> UInt32 {
    if register == PortRegister.taskFile, let drive, drive.isBusy(script.pauses) {
      return self[register] | TaskStatus.busy
    }
    if register == PortRegister.interrupts, isScreaming { return PortInterrupt.ends }
    return self[register]
  }

  func store(_ value: UInt32, _ register: Int) {
    switch register {
    case PortRegister.interrupts, PortRegister.linkError: self[register] &= ~value
    case PortRegister.command: command(value)
    case PortRegister.linkControl:
      if self[register] & 15 == 1, value & 15 == 0 {
        linkResets += 1
        beginLink()
        raise(PortInterrupt.changes)
      }
      self[register] = value
    case PortRegister.active: self[register] |= value
    case PortRegister.issued:
      #expect(self[PortRegister.command] & PortCommand.start != 0, "commands need an engine")
      self[register] |= value
      take(value)
    case PortRegister.taskFile, PortRegister.signature, PortRegister.linkStatus: break
    default: self[register] = value
    }
  }

  private func command(_ value: UInt32) {
    let before = self[PortRegister.command]
    var value = value & ~(PortCommand.isRunning | PortCommand.isReceiving)
    if value & PortCommand.start != 0 || (!obeys && before & PortCommand.isRunning != 0) {
      value |= PortCommand.isRunning
    }
    if value & PortCommand.receive != 0 { value |= PortCommand.isReceiving }
    self[PortRegister.command] = value
    if before & PortCommand.start != 0, value & PortCommand.start == 0 {
      isHalted = false
      if !isSloppy { (self[PortRegister.issued], self[PortRegister.active]) = (0, 0) }
    }
    if before & PortCommand.receive == 0 { receiveSignature() }
  }

  func raise(_ reasons: UInt32) {
    self[PortRegister.interrupts] |= reasons
    if self[PortRegister.interrupts] & self[PortRegister.interruptEnable] != 0 {
      script.interrupts |= 1 << UInt32(number)
    }
  }

  /// Takes commands as the tables describe them.
  private func take(_ slots: UInt32) {
    guard let drive, !isHalted else { return }
    for slot in 0..<32 where slots >> UInt32(slot) & 1 != 0 {
      let command = read(slot)
      if command.isQueued {
        #expect(self[PortRegister.active] >> UInt32(slot) & 1 != 0, "a queued command is active")
        let areQueued = held.allSatisfy { $0.isQueued }
        #expect(areQueued, "queued commands are among themselves")
        self[PortRegister.issued] &= ~(1 << UInt32(slot))
      } else {
        #expect(held.isEmpty || isSloppy, "a command that is not queued is alone")
      }
      held.append(command)
      if !drive.isSilent, !drive.holds || !command.isQueued || drive.hasQueueError {
        end(held.count - 1)
      }
    }
  }

  private func read(_ slot: Int) -> Command {
    let memory = script.memory
    let list =
      UInt64(self[PortRegister.commandList]) | UInt64(self[PortRegister.commandList + 4]) << 32
    let header = script.place(list) + 32 * slot
    let first = memory.load(at: header, as: UInt32.self)
    #expect(first & 31 == 5, "frames to a device have five words")
    let table = script.place(memory.load(at: header + 8, as: UInt64.self))
    let frame = (0..<20).map { memory.load(at: table + $0, as: UInt8.self) }
    #expect(frame[0] == 0x27 && frame[1] == 0x80)
    var pieces: [(place: Int, count: Int)] = []
    for index in 0..<Int(first >> 16) {
      let entry = table + 128 + 16 * index
      let count = memory.load(at: entry + 12, as: UInt32.self)
      #expect(count & 1 == 1 && count < 1 << 22)
      pieces.append(
        (script.place(memory.load(at: entry, as: UInt64.self)), Int(count & 0x3F_FFFF) + 1))
    }
    let packet =
      first & 1 << 5 == 0 ? [] : (64..<80).map { memory.load(at: table + $0, as: UInt8.self) }
    #expect((frame[2] == 0xA0) == !packet.isEmpty)
    return Command(
      slot: slot, frame: frame, packet: packet, pieces: pieces, writes: first & 1 << 6 != 0)
  }

  /// The drive ends a command.
  func end(_ index: Int = 0) {
    guard let drive, !held.isEmpty else { return }
    let command = held.remove(at: index)
    let outcome = drive.carryOut(command, script.memory)
    let bit: UInt32 = 1 << UInt32(command.slot)
    self[PortRegister.taskFile] = UInt32(outcome.error) << 8 | UInt32(outcome.status)
    let isGood = outcome.status & 0x21 == 0 && outcome.reasons == 0
    if command.isQueued {
      if isGood { self[PortRegister.active] &= ~bit } else if !isSloppy { held = [] }
      raise(outcome.status & 1 != 0 ? PortInterrupt.taskFile | 8 : 8)
    } else {
      if isGood || isSloppy || outcome.status & 1 == 0 { self[PortRegister.issued] &= ~bit }
      raise(outcome.status & 1 != 0 ? PortInterrupt.taskFile | 1 : 1)
    }
    if outcome.reasons != 0 { raise(outcome.reasons) }
    isHalted = !isGood && outcome.status & 1 != 0
  }

  /// The device is taken away.
  func unplug() {
    drive = nil
    held = []
    self[PortRegister.linkStatus] = 0
    self[PortRegister.taskFile] = 0x7F
    raise(PortInterrupt.linkChange)
  }
}
