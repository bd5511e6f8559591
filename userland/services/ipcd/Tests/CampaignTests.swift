// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing

@testable import Exchange

/// Numbers that follow from a seed.
private struct Dice {
  var state: UInt64
  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(limit))
  }
}

/// What a request is to come to, once it is answered.
private enum Expected {
  case sent(Int)
  case sentMessage(Int, bytes: Int, handles: Int)
  case read(Int)
  case received(Int)
  case staged
  case taken(Int, last: Bool)
  case accepted
  case connected
}

/// One direction of a connection.
private struct Way {
  var from: UInt64
  var to: UInt64
  var isDatagram: Bool
  /// Bytes, or datagrams, that were sent and that were received.
  var sent = 0
  var received = 0
  /// Objects in messages that were sent and not received, with where their message began.
  var objects: [(place: Int, object: Int)] = []
  /// Objects that were received and are to be taken.
  var arrived: [Int] = []
  var batch: UInt64 = 0
  var isSending = false
  var isReceiving = false
  /// It receives bytes alone: handles that come now would be closed.
  var isReading = false
  /// Handles that were passed for the next message.
  var staged = 0
  var stagedObjects: [Int] = []
}

private func byte(_ way: Int, _ place: Int) -> UInt8 {
  UInt8(truncatingIfNeeded: (place &* 2_654_435_761 &+ way &* 97) >> 7)
}

/// Clients that know what every answer must be, and a server that dies between any two stores.
private final class Play {
  let kernel = TestKernel(name: "")
  var server: TestServer
  var dice: Dice
  var ways: [Way] = []
  var pending: [UInt: Expected] = [:]
  var deaths = 0
  private var lastObject = 0
  private var listener: UInt64 = 0
  private var connecting = 0
  private var half: [UInt64] = []
  private var acceptedFiles: [UInt64] = []

  init(_ seed: UInt64) throws {
    server = try TestServer(kernel)
    dice = Dice(state: seed)
  }

  /// Opens what is there from the beginning.
  func begin() throws {
    kernel.openRoots()
    listener = try #require(
      now(.open, 0, first: UInt64((OpenFlags.create | .readWrite).rawValue), Array("l".utf8)).file)
    for (root, isDatagram) in [(2, false), (3, true), (2, false)] as [(UInt64, Bool)] {
      let one = try #require(now(.open, root, first: 0x3_0000, []).file)
      let other = try #require(now(.open, one, first: 0x3_0000, Array("connect".utf8)).file)
      ways.append(Way(from: one, to: other, isDatagram: isDatagram))
      ways.append(Way(from: other, to: one, isDatagram: isDatagram))
    }
  }

  private func now(
    _ operation: SchemeOperation, _ file: UInt64, first: UInt64 = 0, _ input: [UInt8]
  ) -> TestAnswer {
    let tag = kernel.ask(operation, file, first: first, input)
    kernel.deliver(tag, to: &server)
    return kernel.answer(tag) ?? TestAnswer(result: CallResult(.busy).rawValue)
  }

  /// Makes a request; the server dies in it, or soon after, as the dice say.
  private func make(_ tag: UInt, _ expected: Expected) throws {
    pending[tag] = expected
    if dice.below(3) == 0 { kernel.store?.die(after: dice.below(70)) }
    kernel.deliver(tag, to: &server)
    try survive()
  }

  private func survive() throws {
    if dice.below(20) == 0 { kernel.store?.dieNow() }
    while let words = kernel.store?.atDeath {
      deaths += 1
      try kernel.revive(
        &server, on: words, diesAfter: dice.below(3) == 0 ? dice.below(90) : nil)
    }
    for tag in pending.keys.sorted() {
      guard let answer = kernel.answer(tag), let expected = pending.removeValue(forKey: tag) else {
        continue
      }
      try check(answer, expected)
    }
  }

  func step() throws {
    let way = dice.below(ways.count)
    switch dice.below(8) {
    case 0, 1: try send(way, withHandles: false)
    case 2: try send(way, withHandles: true)
    case 3: try stage(way)
    case 4, 5: try receive(way)
    case 6: try take(way)
    default: try connect()
    }
  }

  private func connect() throws {
    guard ways.count + 2 * connecting < 14 else { return }
    connecting += 1
    let path = Array("listen".utf8)
    let accepting = kernel.ask(.open, listener, first: 0x3_0000, path)
    try make(accepting, .accepted)
    let opening = kernel.ask(.open, 0, first: 0x3_0000, Array("l".utf8))
    try make(opening, .connected)
  }

  private func send(_ way: Int, withHandles: Bool) throws {
    guard !ways[way].isSending else { return }
    let handles = withHandles ? ways[way].staged : 0
    if withHandles, handles == 0 || ways[way].isReading { return }
    ways[way].isSending = true
    let isDatagram = ways[way].isDatagram
    let count = isDatagram ? dice.below(600) : 1 + dice.below(dice.below(3) == 0 ? 3000 : 300)
    let sent = ways[way].sent
    var bytes: [UInt8] = []
    if isDatagram {
      bytes = words32([UInt32(sent)])
      for index in 0..<count { bytes.append(byte(way, sent * 31 + index)) }
    } else {
      for index in 0..<count { bytes.append(byte(way, sent + index)) }
    }
    if handles == 0, dice.below(2) == 0 {
      try make(
        kernel.ask(.write, ways[way].from, first: UInt64.max, bytes), .sent(way))
    } else {
      let head = messageHead(0, 0, handles, handles == 0 ? 0 : 5)
      try make(
        kernel.ask(.call, ways[way].from, code: 4, head + bytes),
        .sentMessage(way, bytes: bytes.count, handles: handles))
    }
  }

  private func stage(_ way: Int) throws {
    guard !ways[way].isSending, ways[way].staged < 3 else { return }
    lastObject += 1
    ways[way].isSending = true
    ways[way].stagedObjects.append(lastObject)
    ways[way].staged += 1
    let tag = kernel.ask(.sendHandle, ways[way].from, code: 1, first: 5, passing: lastObject)
    pending[tag] = .staged
    try make(tag, .staged)
    ways[way].isSending = false
  }

  private func receive(_ way: Int) throws {
    guard !ways[way].isReceiving, ways[way].arrived.isEmpty else { return }
    ways[way].isReceiving = true
    let next = ways[way].objects.first
    // Handles come with messages alone.
    if next == nil, !ways[way].isSending, dice.below(2) == 0 {
      ways[way].isReading = true
      try make(
        kernel.ask(.read, ways[way].to, first: UInt64.max, room: 700 + dice.below(900)), .read(way))
    } else {
      try make(
        kernel.ask(
          .call, ways[way].to, code: 5, messageHead(0, 0, 16, 0), room: 700 + dice.below(900)),
        .received(way))
    }
  }

  private func take(_ way: Int) throws {
    guard !ways[way].isReceiving, let object = ways[way].arrived.first else { return }
    ways[way].arrived.removeFirst()
    let tag = kernel.ask(.receiveHandle, ways[way].to, code: 1, first: ways[way].batch)
    try make(tag, .taken(object, last: false))
  }

  private func check(_ answer: TestAnswer, _ expected: Expected) throws {
    try #require(answer.error == nil, "an error: \(answer.error!) for \(expected)")
    switch expected {
    case .sent(let way):
      ways[way].sent += ways[way].isDatagram ? 1 : Int(answer.result)
      ways[way].isSending = false
    case .sentMessage(let way, let bytes, let handles):
      if handles > 0 {
        let place = ways[way].sent
        for object in ways[way].stagedObjects { ways[way].objects.append((place, object)) }
        ways[way].stagedObjects = []
        ways[way].staged = 0
      }
      if ways[way].isDatagram { try #require(Int(answer.result) == bytes) }
      ways[way].sent += ways[way].isDatagram ? 1 : Int(answer.result)
      ways[way].isSending = false
    case .read(let way):
      ways[way].isReceiving = false
      ways[way].isReading = false
      try check(way, answer.bytes)
    case .received(let way):
      ways[way].isReceiving = false
      let message = ReceivedMessage(answer)
      var objects: [Int] = []
      // What is answered later than it was received is known by then.
      while let next = ways[way].objects.first, next.place == ways[way].received {
        objects.append(next.object)
        ways[way].objects.removeFirst()
      }
      if objects.isEmpty, message.handles > 0 {
        // The sender has not heard yet that its message is under way.
        objects = ways[way].stagedObjects
        ways[way].early(objects)
      }
      try #require(message.handles == objects.count, "handles")
      ways[way].arrived = objects
      ways[way].batch = message.batch
      try check(way, message.bytes)
    case .staged: break
    case .taken(let object, _): try #require(answer.object == object)
    case .accepted:
      acceptedFiles.append(try #require(answer.file))
      pairUp()
    case .connected:
      half.append(try #require(answer.file))
      pairUp()
    }
  }

  /// Connections are accepted in the order in which they were made.
  private func pairUp() {
    guard let one = half.first, let other = acceptedFiles.first else { return }
    half.removeFirst()
    acceptedFiles.removeFirst()
    connecting -= 1
    ways.append(Way(from: one, to: other, isDatagram: false))
    ways.append(Way(from: other, to: one, isDatagram: false))
  }

  private func check(_ way: Int, _ bytes: [UInt8]) throws {
    let received = ways[way].received
    if ways[way].isDatagram {
      try #require(Array(bytes.prefix(4)) == words32([UInt32(received)]), "the next datagram")
      for (index, found) in bytes.dropFirst(4).enumerated() {
        try #require(found == byte(way, received * 31 + index))
      }
      ways[way].received += 1
    } else {
      for (index, found) in bytes.enumerated() {
        try #require(found == byte(way, received + index), "byte \(received + index)")
      }
      ways[way].received += bytes.count
    }
  }

  /// Receives all that is left, and closes everything.
  func end() throws {
    for _ in 0..<4000 {
      var isIdle = pending.isEmpty
      for way in ways.indices {
        if !ways[way].arrived.isEmpty { try take(way) }
        if ways[way].received < ways[way].sent || ways[way].isSending {
          isIdle = false
          try receive(way)
        }
      }
      try survive()
      if isIdle, ways.allSatisfy({ $0.arrived.isEmpty && $0.received == $0.sent }) { break }
      if ways.allSatisfy({ $0.received == $0.sent && !$0.isSending && $0.arrived.isEmpty }) {
        break
      }
    }
    for way in ways {
      #expect(way.received == way.sent)
      #expect(way.objects.isEmpty)
    }
    for tag in pending.keys { kernel.forget(tag) }
    pending = [:]
    for way in ways {
      kernel.close(way.from, at: &server)
      try survive()
    }
    kernel.close(listener, at: &server)
    for file in half + acceptedFiles { kernel.close(file, at: &server) }
    try survive()
    #expect(kernel.kept.isEmpty, "no handle is left behind: \(kernel.kept)")
    let sound = server.server.exchange.isConsistent()
    #expect(sound)
    #expect(server.server.exchange.freeSockets.count == server.server.exchange.layout.socketCount)
    #expect(server.server.exchange.freePlaces.count == server.server.exchange.layout.heldCount)
  }
}

extension Way {
  /// A message was received before its sender heard of it: what was passed for it is gone.
  mutating func early(_ objects: [Int]) {
    stagedObjects = []
    staged = 0
  }
}

@Suite struct CampaignTests {
  /// Whatever store the server dies at, every byte, datagram, handle and connection arrives once.
  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func nothingIsLostOrRepeated(seed: UInt64) throws {
    let play = try Play(seed)
    try play.begin()
    for _ in 0..<1500 { try play.step() }
    try play.end()
    let deaths = play.deaths
    #expect(deaths > 300)
  }
}
