// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
import PCI
public import Schemes

// What a holder asks of its function.
extension FunctionServer {
  public mutating func call(
    _ file: FunctionFile, _ code: UInt32, _ input: Span<UInt8>,
    into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) -> UInt {
    guard let asked = FunctionRequest(rawValue: code) else { throw .noSystemCall }
    switch asked {
    case .describe:
      guard file.kind == .channel || file.kind == .configuration else { throw .notSupported }
      return try describe(try slot(file), into: &output)
    case .addresses:
      let record = try held(file).record
      return try addresses(record, try place(input), into: &output)
    case .unshare:
      let record = try held(file).record
      return try unshare(record, try word(input, 0), wasAsked: request.isRepeated)
    case .start:
      let address = try held(file).record.address
      var command = access.command(address)
      command.isBusMaster = true
      command.decodesMemory = true
      command.decodesPorts = true
      command.hasNoPinInterrupt = true
      access.setCommand(address, command)
      return 0
    case .settled:
      let record = try held(file).record
      for place in table.places(of: record.key) where table.holdings[place]?.kind == .retired {
        drop(place)
      }
      return 0
    case .baseAddress, .interrupt, .share: throw .noSystemCall
    }
  }

  private func word(_ input: Span<UInt8>, _ offset: Int) throws(SystemError) -> UInt64 {
    guard input.count >= offset + 8 else { throw .invalidArgument }
    return input.littleWord(at: offset)
  }

  private func place(_ input: Span<UInt8>) throws(SystemError) -> SharedPlace {
    do throws(WireError) { return try SharedPlace(decoding: input) } catch {
      throw .invalidArgument
    }
  }

  private func describe(
    _ slot: Int, into output: inout OutputSpan<UInt8>
  ) throws(SystemError) -> UInt {
    guard let record = table.functions[slot] else { throw .gone }
    var description = FunctionDescription()
    description.key = record.key
    description.vendor = record.header.vendor
    description.device = record.header.device
    description.subsystemVendor = record.header.subsystemVendor
    description.subsystem = record.header.subsystem
    description.revision = record.header.revision
    description.interface = record.header.interface
    description.subclass = record.header.subclass
    description.baseClass = record.header.baseClass
    description.isHeld = record.holder == 0 ? 0 : 1
    description.interruptCount = UInt32(interrupts(of: record).count)
    description.baseAddresses = record.baseAddresses
    var bytes = [UInt8](repeating: 0, count: FunctionDescription.byteCount)
    do throws(WireError) {
      try description.encode(into: bytes.mutableSpan)
    } catch {
      throw .invalidArgument
    }
    guard output.freeCapacity >= bytes.count else { throw .invalidArgument }
    output.put(bytes.span)
    return UInt(bytes.count)
  }

  // MARK: Memory

  /// The record of a shared object of a function's.
  private func shared(
    _ record: FunctionRecord, _ name: UInt64
  ) throws(SystemError) -> Int {
    guard name < UInt64(table.holdings.slotCount),
      let holding = table.holdings[Int(name)], holding.key == record.key,
      holding.kind == .memory
    else { throw .notFound }
    return Int(name)
  }

  private func addresses(
    _ record: FunctionRecord, _ asked: SharedPlace, into output: inout OutputSpan<UInt8>
  ) throws(SystemError) -> UInt {
    let place = try shared(record, asked.name)
    guard asked.offset & 4095 == 0, let object = try session?.copyKept(place) else {
      throw .invalidArgument
    }
    defer { machine.close(object) }
    var count: UInt = 0
    for address in try machine.addresses(of: object, from: asked.offset) {
      guard output.freeCapacity >= 8 else { break }
      for shift in 0..<8 {
        output.append(UInt8(truncatingIfNeeded: address >> UInt64(8 * shift)))
      }
      count += 8
    }
    return count
  }

  private func unshare(
    _ record: FunctionRecord, _ name: UInt64, wasAsked: Bool
  ) throws(SystemError) -> UInt {
    do throws(SystemError) {
      drop(try shared(record, name))
    } catch {
      // Done before, by who died over the answer.
      guard wasAsked else { throw error }
    }
    return 0
  }

  public mutating func receive(
    _ handle: Handle, on file: FunctionFile, _ code: UInt32, _ word: UInt64,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    guard FunctionRequest(rawValue: code) == .share else { throw .notSupported }
    let record = try held(file).record
    // Refuses what is not wired before anything is written down.
    _ = try machine.addresses(of: handle, from: 0)
    var holding = HoldingRecord(key: record.key, kind: .memory)
    holding.description = request.description
    holding.sequence = request.sequence
    return UInt(try keep(handle, holding))
  }

  /// The share that a predecessor carried out.
  public mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    for place in 0..<table.holdings.slotCount {
      guard let holding = table.holdings[place], holding.kind == .memory,
        holding.description == request.description, holding.sequence == request.sequence
      else { continue }
      guard isKept(place) else {
        // It died before the kernel had the handle.
        table.holdings[place] = nil
        return nil
      }
      return UInt(place)
    }
    return nil
  }

  private func isKept(_ place: Int) -> Bool {
    guard let session else { return false }
    do throws(SystemError) {
      machine.close(try session.copyKept(place))
      return true
    } catch { return false }
  }

  /// Has the scheme keep a handle for a function.
  private func keep(_ handle: Handle, _ holding: HoldingRecord) throws(SystemError) -> Int {
    guard table.places(of: holding.key).count < FunctionTable.holdingsEach,
      let place = table.holdings.firstEmpty(), let session
    else { throw .quotaExceeded }
    table.holdings[place] = holding
    do throws(SystemError) {
      try session.keep(handle, at: place)
    } catch {
      table.holdings[place] = nil
      throw error
    }
    return place
  }
}

// Base addresses and interrupts.
extension FunctionServer {
  /// How a function can be given interrupts.
  enum Interrupts {
    case none
    case one(MessageCapability)
    case table(MessageTableCapability)

    var count: Int {
      switch self {
      case .none: 0
      case .one: 1
      case .table(let table): table.count
      }
    }
  }

  func interrupts(of record: FunctionRecord) -> Interrupts {
    let capabilities = CapabilityList.of(record.address, access)
    if let found = capabilities.first(CapabilityIdentifier.messageTable),
      let table = MessageTableCapability(found, record.address, access, record.baseAddresses)
    {
      return .table(table)
    }
    if let found = capabilities.first(CapabilityIdentifier.messages),
      let message = MessageCapability(found, record.address, access)
    {
      return .one(message)
    }
    return .none
  }

  public mutating func handle(
    for file: FunctionFile, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> Handle {
    let record = try held(file).record
    switch FunctionRequest(rawValue: code) {
    case .baseAddress: return try baseAddress(record, word)
    case .interrupt: return try interrupt(record, word)
    default: throw .noSystemCall
    }
  }

  /// - Throws: `notFound` if there is none, `addressNotAvailable` if the firmware gave it no place.
  private func baseAddress(_ record: FunctionRecord, _ number: UInt64) throws(SystemError) -> Handle
  {
    guard number < 6 else { throw .notFound }
    let base = record.baseAddresses[Int(number)]
    switch base.kind {
    case .absent, .malformed: throw .notFound
    case .ports:
      guard base.isAssigned else { throw .addressNotAvailable }
      let first = UInt16(truncatingIfNeeded: base.address)
      return try machine.ports(
        first...UInt16(truncatingIfNeeded: base.address + base.byteCount - 1))
    case .memory, .wideMemory:
      guard base.isAssigned else { throw .addressNotAvailable }
      // What is smaller than a page shares it with nobody that the firmware placed sensibly.
      let start = base.address & ~4095
      let end = (base.address + base.byteCount + 4095) & ~4095
      return try machine.deviceMemory(at: start, byteCount: end - start)
    }
  }

  /// - Throws: `notSupported` if the function has no such message.
  private mutating func interrupt(
    _ record: FunctionRecord, _ number: UInt64
  ) throws(SystemError) -> Handle {
    let kind = interrupts(of: record)
    guard number < UInt64(kind.count), let session else { throw .notSupported }
    for place in table.places(of: record.key) {
      guard let holding = table.holdings[place], holding.kind == .interrupt,
        UInt64(holding.number) == number
      else { continue }
      guard isKept(place) else {
        table.holdings[place] = nil
        continue
      }
      try program(record, kind, number, holding.message)
      return try session.copyKept(place)
    }
    let made = try machine.makeInterrupt()
    var holding = HoldingRecord(key: record.key, kind: .interrupt, number: UInt32(number))
    holding.message = made.message
    let place: Int
    do throws(SystemError) { place = try keep(made.handle, holding) } catch {
      machine.close(made.handle)
      throw error
    }
    try program(record, kind, number, made.message)
    return try session.copyKept(place)
  }

  private func program(
    _ record: FunctionRecord, _ kind: Interrupts, _ number: UInt64, _ message: InterruptMessage
  ) throws(SystemError) {
    switch kind {
    case .none: throw .notSupported
    case .one(let capability):
      guard capability.enable(record.address, access, message) else { throw .notSupported }
    case .table(let capability):
      // The table is memory, which the function has to decode to be written.
      var command = access.command(record.address)
      command.decodesMemory = true
      access.setCommand(record.address, command)
      let table = record.baseAddresses[capability.baseAddress].address + capability.tableOffset
      try machine.store(message, at: table + number * MessageTableCapability.entryBytes)
      capability.setEnabled(true, record.address, access)
    }
  }
}
