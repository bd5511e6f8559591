// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes

@testable import Terminals

/// A server in a world, and its successors.
final class Bench {
  let world = World()
  private let session: WorldSession
  private let host: WorldHost
  private var server: TerminalServer
  private let requests = World.memory(16_384)
  private let answers = World.memory(16_384)
  private(set) var deaths = 0
  var caller = CallerIdentity()

  init(deaths: Set<Int> = []) throws(CapsuleError) {
    world.deaths = deaths
    session = WorldSession(world)
    host = WorldHost(world)
    server = TerminalServer(try TerminalTable(in: world.capsule, terminals: World.terminals), host)
    server.start(session)
    caller.process = 10
    caller.processGroup = 10
    caller.session = 10
    world.groups = [10: 10, 11: 10]
    goOn()
  }

  private var area: MessageArea { unsafe MessageArea(requests: requests, answers: answers) }

  private func deliver(_ index: Int, isRepeated: Bool) {
    var record = world.calls[index].record
    if isRepeated { record.flags |= SchemeRequest.again }
    requests.store(record, at: 0)
    let input = world.calls[index].input
    requests.copy(input.span, to: SchemeRequest.byteCount)
    let answer = server.dispatch(area, session)
    guard answer.tag != 0 else { return }
    if answer.flags.contains(.opened) {
      world.open(answer.tag, UInt64(answer.result))
    } else {
      let count = Int(answer.data.count)
      let bytes = (0..<count).map { answers.load(at: $0, as: UInt8.self) }
      world.answer(answer.tag, answer.result, bytes)
    }
  }

  /// What happens when nothing more is to be delivered: a successor takes over, time passes.
  private func goOn() {
    while true {
      if world.isDead {
        world.bury()
        deaths += 1
        session.wakesAt = .never
        // The capsule was a table before: it is one now.
        guard let table = try? TerminalTable(in: world.capsule, terminals: World.terminals)
        else { return }
        server = TerminalServer(table, host)
        server.start(session)
        for index in world.calls.indices
        where world.calls[index].result == nil && !world.isDead {
          deliver(index, isRepeated: true)
        }
        continue
      }
      guard session.wakesAt.nanoseconds <= world.now else { return }
      session.wakesAt = .never
      server.wake()
    }
  }

  /// Something comes to the console.
  func type(_ bytes: [UInt8]) {
    world.typed += bytes
    server.handle(EventRecord())
    goOn()
  }

  /// The leader of a terminal's session ends.
  ///
  /// - Parameter isTold: whether the server has heard of it yet.
  func end(leader: UInt32, slot: Int, isTold: Bool = true) {
    world.groups[leader] = nil
    guard isTold else { return }
    var event = EventRecord()
    event.data = UInt64(slot) + 1
    server.handle(event)
    goOn()
  }

  /// Time passes.
  func wait(nanoseconds: UInt64) {
    world.now += nanoseconds
    goOn()
  }

  // MARK: What clients do

  /// Asks, and returns the call, answered or not.
  @discardableResult
  func ask(
    _ operation: SchemeOperation, on description: Int, _ input: [UInt8] = [], output: Int = 0
  ) -> Int {
    let word = word(description)
    let part = TerminalFile(word: word)?.part
    let isStream = part == .master || part == .terminal
    let index = world.ask(
      operation, on: word, description: UInt64(description), input, output: output,
      first: isStream ? UInt64.max : 0, caller: caller)
    deliver(index, isRepeated: false)
    goOn()
    return index
  }

  /// Watches a terminal.
  func watch(_ description: Int) {
    let index = world.ask(
      .watch, on: word(description), description: UInt64(description), first: 3, caller: caller)
    deliver(index, isRepeated: false)
    goOn()
  }

  /// Opens `path`, which has to succeed.
  /// - Returns: the description.
  func open(_ path: String, below description: Int = 0) -> Int {
    let word = word(description)
    let index = world.ask(
      .open, on: word, description: UInt64(description), Array(path.utf8), first: 0,
      caller: caller)
    deliver(index, isRepeated: false)
    goOn()
    return world.calls[index].result.map { Int(bitPattern: $0) } ?? -1
  }

  func close(_ description: Int) {
    guard let place = world.descriptions.firstIndex(where: { $0.description == description })
    else { return }
    let index = world.ask(
      .close, on: world.descriptions[place].word, description: UInt64(description), first: 0,
      caller: caller)
    deliver(index, isRepeated: false)
    world.calls[index].result = 0
    world.descriptions.remove(at: place)
    goOn()
  }

  /// The server's word for an open file.
  func word(_ description: Int) -> UInt64 {
    world.descriptions.first { $0.description == description }?.word ?? 0
  }
  func result(_ call: Int) -> UInt? { world.calls[call].result }
  func text(_ call: Int) -> String? {
    world.calls[call].result.map { _ in String(decoding: world.calls[call].bytes, as: UTF8.self) }
  }

  /// A new terminal: its master and its other side.
  func makeTerminal() -> (master: Int, terminal: Int) {
    let master = open("ptmx")
    let lock = open("ptlock", below: master)
    ask(.write, on: lock, [0, 0, 0, 0])
    close(lock)
    let name = open("ptsname", below: master)
    let path = text(ask(.read, on: name, output: 100)) ?? ""
    close(name)
    return (master, open(String(path.split(separator: "/").last ?? "")))
  }
}
