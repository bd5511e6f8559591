// SPDX-License-Identifier: MIT
import Core
import Testing

private enum Parity: UInt8, BitPattern { case none, odd, even, mark }
private enum Speed: UInt8, BitEnumeration {
  case low = 1
  case high = 4
}

// swift-format-ignore
private struct Control: RegisterValue {
  var rawValue: UInt32
  var isEnabled: Bool { get { self[0] } set { self[0] = newValue } }
  var parity: Parity { get { self[1...2] } set { self[1...2] = newValue } }
  var speed: Speed? { get { self[4...6] } set { self[4...6] = newValue } }
  var divisor: UInt16 { get { self[16...31] } set { self[16...31] = newValue } }
}

// swift-format-ignore
private struct Wide: RegisterValue {
  var rawValue: UInt64
  var all: UInt64 { get { self[0...63] } set { self[0...63] = newValue } }
  var top: Bool { get { self[63] } set { self[63] = newValue } }
}

private enum Block {
  static let control = ReadWrite<Control>(0x10)
  static let status = ReadOnly<Control>(0x14)
  static let events = WriteOneToClear<Control>(0x18)
  static let doorbell = WriteOnly<Wide>(0x20)
}

/// A bus that plays back a script: every access must be the next line of it.
private final class ScriptedBus: RegisterBus {
  enum Access: Equatable { case read(Int, UInt64), write(Int, UInt64) }
  private var script: ArraySlice<Access>
  var isFinished: Bool { script.isEmpty }

  init(_ script: [Access]) { self.script = script[...] }

  func load<Word: RegisterWord>(at offset: Int) -> Word {
    guard case .read(offset, let value)? = script.popFirst() else {
      Issue.record("unscripted read at \(offset)")
      return 0
    }
    return Word(value)
  }
  func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    #expect(script.popFirst() == .write(offset, UInt64(word)))
  }
}

@Suite("Registers")
struct RegisterTests {
  @Test func fieldsDoNotTouchTheirNeighbours() {
    var control = Control(rawValue: 0xFFFF_FFFF)
    control.parity = .odd
    #expect(control.rawValue == 0xFFFF_FFFB)
    control.isEnabled = false
    control.divisor = 0x1234
    #expect(control.rawValue == 0x1234_FFFA)
    #expect(control.divisor == 0x1234)
    #expect(control.parity == .odd)
  }

  @Test func aReservedPatternReadsAsNil() {
    #expect(Control(rawValue: 0x20).speed == nil)
    #expect(Control(rawValue: 0x40).speed == .high)
    var control = Control()
    control.speed = .low
    #expect(control.rawValue == 0x10)
    control.speed = nil
    #expect(control.rawValue == 0)
  }

  @Test func aFieldMayFillTheWholeWord() {
    var wide = Wide()
    wide.all = .max
    #expect(wide.all == .max)
    wide.top = false
    #expect(wide.rawValue == .max >> 1)
  }

  @Test func theBusSeesEachAccessOnceAndInOrder() {
    let bus = ScriptedBus([
      .read(0x10, 0x1), .write(0x10, 0x5),
      .read(0x14, 0), .read(0x14, 1),
      .write(0x18, 0x10),
      .write(0x20 + 3 * 8, .max),
    ])
    bus.modify(Block.control) { $0.parity = .even }
    let isReady = bus.poll(Block.status, attempts: 5) { $0.isEnabled }
    #expect(isReady)
    bus.clear(Block.events, Control(rawValue: 0x10))
    bus.write(Block.doorbell.element(3, stride: 8), Wide(rawValue: .max))
    #expect(bus.isFinished)
  }

  @Test func pollingGivesUpAfterItsAttempts() {
    let bus = ScriptedBus([.read(0x10, 0), .read(0x10, 0)])
    let isReady = bus.poll(Block.control, attempts: 2) { $0.isEnabled }
    #expect(!isReady)
    #expect(bus.isFinished)
  }

  @Test func deviceMemoryReadsAndWritesItsBlock() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
    defer { unsafe buffer.deallocate() }
    unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
    let memory = unsafe DeviceMemory(mappedAt: UInt(bitPattern: buffer.baseAddress), byteCount: 64)
    memory.store(0x1122_3344_5566_7788 as UInt64, at: 8)
    #expect(memory.load(at: 8) as UInt8 == 0x88)
    #expect(memory.load(at: 10) as UInt16 == 0x5566)
    memory.store(0xAABB_CCDD as UInt32, at: 12)
    #expect(memory.load(at: 8) as UInt64 == 0xAABB_CCDD_5566_7788)
  }
}
