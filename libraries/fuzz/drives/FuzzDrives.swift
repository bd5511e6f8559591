// SPDX-License-Identifier: MIT
import AHCIDriver
import Core
import Disks
import FuzzInput
import Memory
import NVMeDriver
import Storage

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in drive(bytes) }
  return 0
}

/// A device that says what the input says: every register that is read takes four bytes of it, and some
/// reads bring bytes into the driver's memory before. At its end, the device is gone.
private final class Device {
  private let input: [UInt8]
  private var place = 0
  let memory: SharedBytes

  init(_ input: [UInt8], _ memory: SharedBytes) {
    self.input = input
    self.memory = memory
  }

  var isGone: Bool { place >= input.count }

  func next() -> UInt8 {
    guard !isGone else { return 0xFF }
    place += 1
    return input[place - 1]
  }

  func word() -> UInt32 {
    (0..<4).reduce(UInt32(0)) { value, index in value | UInt32(next()) << UInt32(8 * index) }
  }

  /// What a register says: the input's word, or what drivers wait for.
  func load() -> UInt32 {
    if isGone { return .max }
    let kind = next()
    if kind & 0x80 != 0 { scribble(Int(kind & 0x7F)) }
    switch kind & 7 {
    case 0: return 0
    case 1: return 1
    case 2: return 0x113
    case 3: return 0x50
    case 4: return 0xC000 | 0x11
    default: return word()
    }
  }

  /// The device writes some bytes where the driver's tables are.
  private func scribble(_ count: Int) {
    let start = Int(word() % 65_536) & ~7
    for index in 0..<min(count, memory.count - start) { memory.store(next(), at: start + index) }
  }
}

private struct Registers: RegisterBus {
  let device: Device
  func load<Word: RegisterWord>(at offset: Int) -> Word {
    precondition(offset >= 0 && offset < 0x2000, "registers lie in their block")
    return Word(truncatingIfNeeded: device.load())
  }
  func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    precondition(offset >= 0 && offset < 0x2000, "registers lie in their block")
  }
}

@safe private let area: SharedBytes = {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: 1 << 17, alignment: 4096)
  // SAFETY: it lives as long as the program.
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: 1 << 17)
}()

private func drive(_ input: Span<UInt8>) {
  guard input.count > 1 else { return }
  var bytes: [UInt8] = []
  for index in 1..<input.count { bytes.append(input[index]) }
  area.clear(0..<area.count)
  let device = Device(bytes, area)
  let registers = Registers(device: device)
  let address = UInt64(area.address)
  if input[0] & 1 == 0 {
    guard let made = try? NVMeController.made(registers, area, at: address, pause: {}) else {
      return
    }
    run(made, device)
  } else {
    guard let adapter = try? HostAdapter.made(registers, byteCount: 0x1100, pause: {}),
      let number = adapter.occupiedPorts.first,
      let made = try? AHCIPort.made(adapter, number, area, at: address)
    else { return }
    run(made, device)
  }
}

/// Whatever a device says, each request ends once.
private func run<Drive: BlockDevice & ~Copyable>(_ made: consuming Drive, _ device: Device) {
  precondition(made.geometry.isSound && made.depth >= 1 && made.depth <= 64)
  var engine = BlockEngine(made)
  var live: Set<UInt64> = []
  var now: UInt64 = 0
  var name: UInt64 = 0
  for _ in 0..<64 where !device.isGone && !engine.isDead {
    let choice = device.next()
    name += 1
    let operation = DiskOperation(rawValue: choice & 3) ?? .read
    let count = UInt64(engine.device.geometry.blockBytes)
    let data = area.extracting(65_536..<65_536 + min(Int(count), 65_536))
    let pages = (0..<16).map { UInt64(area.address) + 65_536 + 4096 * UInt64($0) }
    engine.submit(
      BlockRequest(
        BlockTransfer(
          operation, BlockRange(first: UInt64(choice >> 4), count: operation == .flush ? 0 : 1),
          data: choice & 2 == 0 ? DataRun(data, pages: pages[...], offset: 0) : nil),
        .ring(serial: 1, identifier: name)))
    live.insert(name)
    engine.acknowledge()
    if choice & 4 != 0, engine.isIdle { engine.lookAtMedium() }
    if choice & 8 != 0 {
      now += 11_000_000_000
      engine.expire(now: now)
    } else {
      engine.advance(now: now)
    }
    while let finished = engine.takeFinished() {
      guard case .ring(_, let name) = finished.request.owner else { continue }
      precondition(live.remove(name) != nil, "a request ends once")
    }
  }
}
