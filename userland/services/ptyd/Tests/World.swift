// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes

@testable import Terminals

/// Clients, kernel and console around a server that can die at any moment at which anybody could
/// notice: before an answer, a signal or a write, and after it.
final class World {
  struct Call {
    var record: SchemeRequest
    var input: [UInt8]
    var result: UInt?
    var bytes: [UInt8] = []
  }

  let capsule: SharedBytes
  var calls: [Call] = []
  var descriptions: [SchemeDescriptionRecord] = []
  private var nextDescription: UInt64 = 1
  private var sequences: [UInt64: UInt64] = [:]
  // The console's device.
  var shown: [UInt8] = []
  var typed: [UInt8] = []
  var forgotten = 0
  var signals: [(signal: UInt32, target: Int)] = []
  /// What programs that watch were told, and the last of it before the last answer.
  var told: [(word: UInt64, events: EventSet)] = []
  var toldBeforeAnswer = EventSet()
  var groups: [UInt32: UInt32] = [:]
  /// What signals that stop do to every process.
  var reaction = StopReaction.unknown
  var now: UInt64 = 1_000_000_000

  /// How many such moments have been.
  private(set) var moments = 0
  /// The moments at which the server dies.
  var deaths: Set<Int> = []
  private(set) var isDead = false
  private var kept: [UInt8] = []

  init() { capsule = World.memory(TerminalTable.byteCount(World.terminals)) }

  /// The fewer, the faster are tests that copy all of them.
  static var terminals: Int { 4 }

  static func memory(_ count: Int) -> SharedBytes {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
    _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
  }

  /// Perhaps the last moment of a server: what it does from then on nobody sees.
  func moment() {
    if isDead { return }
    moments += 1
    guard deaths.contains(moments) else { return }
    isDead = true
    kept = (0..<capsule.count).map { capsule.load(at: $0, as: UInt8.self) }
  }

  /// What its successor finds.
  func bury() {
    capsule.copy(kept.span, to: 0)
    isDead = false
  }

  /// What a client asks, to be delivered.
  func ask(
    _ operation: SchemeOperation, on word: UInt64, description: UInt64, _ input: [UInt8] = [],
    output: Int = 0, first: UInt64 = UInt64.max, caller: CallerIdentity
  ) -> Int {
    var record = SchemeRequest()
    record.tag = UInt(calls.count + 1000)
    record.operation = operation.rawValue
    record.word = word
    record.description = description
    sequences[description, default: 0] += 1
    record.sequence = sequences[description] ?? 0
    record.caller = caller
    record.first = first
    record.inputCount = UInt64(input.count)
    record.outputCount = UInt64(output)
    calls.append(Call(record: record, input: input))
    return calls.count - 1
  }

  func answer(_ tag: UInt, _ result: UInt, _ bytes: [UInt8]) {
    moment()
    if isDead { return }
    let index = Int(tag) - 1000
    calls[index].result = result
    toldBeforeAnswer = told.last?.events ?? EventSet()
    calls[index].bytes = bytes
  }

  /// A file has been opened.
  func open(_ tag: UInt, _ word: UInt64) {
    moment()
    if isDead { return }
    var record = SchemeDescriptionRecord()
    record.description = nextDescription
    record.word = word
    nextDescription += 1
    descriptions.append(record)
    calls[Int(tag) - 1000].result = UInt(record.description)
  }
}

/// What the server sees of the kernel.
final class WorldSession: SchemeSession {
  let world: World
  var wakesAt = Deadline.never

  init(_ world: World) {
    self.world = world
    super.init(name: "pty")
  }

  override func answer(_ tag: RequestTag, _ result: UInt, _ bytes: Span<UInt8>) -> Bool {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    world.answer(tag.rawValue, result, copy)
    return true
  }

  override func answer(_ tag: RequestTag, opening word: UInt64, isStream: Bool) -> Bool {
    world.open(tag.rawValue, word)
    return true
  }

  override func read(
    _ tag: RequestTag, at offset: Int, into bytes: consuming MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    let call = world.calls[Int(tag.rawValue) - 1000]
    guard call.result == nil else { throw .gone }
    let count = min(bytes.count, call.input.count - offset)
    for index in 0..<count { bytes[index] = call.input[offset + index] }
    return count
  }

  override func signal(_ word: UInt64, _ events: EventSet) { world.told.append((word, events)) }

  override func wake(at deadline: Deadline) { wakesAt = deadline }
  override func watch(_ handle: Handle, _ events: EventSet, data: UInt64) {}
  override func descriptions() -> [SchemeDescriptionRecord] { world.descriptions }
}

final class WorldHost: TerminalHost {
  let world: World

  init(_ world: World) {
    self.world = world
    super.init()
  }

  override func now() -> UInt64 { world.now }

  override func send(_ signal: UInt32, toGroup group: UInt32) { send(signal, -Int(group)) }
  override func send(_ signal: UInt32, toProcess process: UInt32) { send(signal, Int(process)) }

  private func send(_ signal: UInt32, _ target: Int) {
    world.moment()
    if !world.isDead { world.signals.append((signal, target)) }
    world.moment()
  }

  override func reaction(ofProcess process: UInt32, to signal: UInt32) -> StopReaction {
    world.reaction
  }

  override func session(ofGroup group: UInt32) -> UInt32? { world.groups[group] }
  override func handle(ofProcess process: UInt32, generation: UInt32) -> Handle? {
    world.groups[process] == nil ? nil : Handle(rawValue: 1)
  }

  override var console: Handle? { Handle(rawValue: 5) }

  override func readConsole(at position: UInt64) throws(SystemError) -> [UInt8] {
    world.moment()
    if world.isDead { return [] }
    guard position >= UInt64(world.forgotten), position <= UInt64(world.typed.count) else {
      throw .outOfRange
    }
    world.forgotten = Int(position)
    let bytes = Array(world.typed[world.forgotten...].prefix(100))
    world.moment()
    return bytes
  }

  override func writeConsole(
    _ bytes: [UInt8], at position: UInt64
  ) throws(SystemError) -> Int {
    world.moment()
    if world.isDead { return bytes.count }
    guard position <= UInt64(world.shown.count) else { throw .outOfRange }
    let skipped = min(world.shown.count - Int(position), bytes.count)
    let count = min(bytes.count, skipped + 7)
    world.shown += bytes[skipped..<count]
    world.moment()
    return count
  }

  override func consolePositions() throws(SystemError) -> ConsolePositions {
    var positions = ConsolePositions()
    positions.read = UInt64(world.forgotten)
    positions.written = UInt64(world.shown.count)
    return positions
  }
}
