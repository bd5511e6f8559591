// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What `ipcd` keeps for a client: connections, messages with handles, shared memory. The first four
/// clients are two and two the ends of one more connection, at which the second waits for bytes.
struct SocketClient: CampaignClient, ~Copyable {
  private var random: Random
  private let number: Int
  /// The ends of a stream and of a pair of datagram sockets, all this client's own.
  private let stream: SocketPair
  private let datagrams: SocketPair
  private var sent: UInt64 = 0
  private var received: UInt64 = 0
  private var messagesSent: UInt32 = 0
  private var messagesReceived: UInt32 = 0
  /// What the handles stand for that are on their way, in order, with the message they are in.
  private var passed: [(message: UInt32, identity: UInt)] = []
  /// The connection with another client, and bytes that have passed through it.
  private var link: Socket?
  private var linked: UInt64 = 0
  private let memory: File
  private let bytes: SharedBytes
  private let memoryPath: Text
  private var stamp: UInt64 = 0

  private static var linkedClients: Int { 4 }

  init(number: Int, seed: UInt64) throws(TestFailure) {
    let path = Text {
      $0.put("/scheme/shm/restart")
      $0.put(decimal: UInt64(number))
    }
    let stream = try succeed("a pair") { () throws(SystemError) in try Socket.pair(.stream) }
    let datagrams = try succeed("a pair") { () throws(SystemError) in try Socket.pair(.datagram) }
    let file = try succeed("a memory object") { () throws(SystemError) in
      let file = try File(path, .readWrite | .create)
      try file.truncate(to: 16_384)
      return file
    }
    let handle = file.handle
    let bytes = try succeed("mapping it") { () throws(SystemError) in
      try Mapping(handle, byteCount: 16_384, .read | .write | .shared).shared()
    }
    let link: Socket? = number < Self.linkedClients ? try Self.connect(number) : nil
    self.number = number
    random = Random(seed: seed &+ UInt64(number) &+ 100)
    self.stream = stream
    self.datagrams = datagrams
    self.bytes = bytes
    self.link = link
    memory = file
    memoryPath = path
  }

  /// The even client listens, the odd one connects.
  private static func connect(_ number: Int) throws(TestFailure) -> Socket {
    let name = Text {
      $0.put("restart")
      $0.put(decimal: UInt64(number / 2))
    }
    return try succeed("connecting") { () throws(SystemError) in
      if number % 2 == 0 {
        let listener = try File("/scheme/chan/" + name, .readWrite | .create | .exclusive)
        return Socket(try listener.handle.open("listen", .readWrite))
      }
      while true {
        do throws(SystemError) {
          return Socket(OwnedHandle(try File("/scheme/chan/" + name, .readWrite).release()))
        } catch {
          guard error == .notFound else { throw error }
        }
        Clock.sleep(.milliseconds(1))
      }
    }
  }

  mutating func step() throws(TestFailure) {
    if link != nil, random.oneIn(2) { return try useLink() }
    switch random.below(12) {
    case 0...2: try write()
    case 3...5: try read()
    case 6, 7: try sendMessage()
    case 8, 9: try receiveMessage()
    case 10: try useMemory()
    default: try connectAndClose()
    }
  }

  private func byte(_ place: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: (place &+ UInt64(number)) &* 0x9E37_79B9_7F4A_7C15 >> 56)
  }

  // MARK: Bytes

  private mutating func write() throws(TestFailure) {
    let count = 1 + random.below(6000)
    // More than fits would wait for ever: nobody else reads.
    guard sent - received + UInt64(count) < 100_000 else { return }
    let bytes = (0..<count).map { byte(sent &+ UInt64($0)) }
    let done = try succeed("writing") { () throws(SystemError) in
      try stream.one.handle.write(bytes.span)
    }
    try expect(done == count, "all bytes are written")
    sent += UInt64(count)
  }

  private mutating func read() throws(TestFailure) {
    guard received < sent else { return }
    var buffer = [UInt8](repeating: 0, count: 1 + random.below(9000))
    let count = try succeed("reading") { () throws(SystemError) in
      try stream.other.handle.read(into: buffer.mutableSpan)
    }
    try expect(count == min(buffer.count, Int(sent - received)), "as many bytes as there are")
    for index in 0..<count where buffer[index] != byte(received &+ UInt64(index)) {
      throw TestFailure("a byte is lost or comes twice")
    }
    received += UInt64(count)
  }

  /// One end writes, the other waits for what comes. Their client number differs by one.
  private mutating func useLink() throws(TestFailure) {
    guard let handle = link?.handle else { return }
    let base = linked
    var buffer = [UInt8](repeating: 0, count: 1 + random.below(5000))
    if number % 2 == 0 {
      for index in buffer.indices { buffer[index] = Self.linkByte(base &+ UInt64(index)) }
      let count = try succeed("writing to another") { () throws(SystemError) in
        try handle.write(buffer.span)
      }
      linked += UInt64(count)
      return
    }
    let count = try succeed("reading from another") { () throws(SystemError) in
      try handle.read(into: buffer.mutableSpan)
    }
    for index in 0..<count where buffer[index] != Self.linkByte(base &+ UInt64(index)) {
      throw TestFailure("a byte of another is lost or comes twice")
    }
    linked += UInt64(count)
  }

  private static func linkByte(_ place: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: place &* 0xD6E8_FEB8_6659_FD93 >> 40)
  }

  // MARK: Messages with handles

  private mutating func sendMessage() throws(TestFailure) {
    guard messagesSent - messagesReceived < 12, passed.count < 24 else { return }
    let message = messagesSent
    var bytes = random.bytes(4 + random.below(4000))
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: message >> UInt32(8 * index)) }
    var objects: [Handle] = []
    for _ in 0..<random.below(4) {
      let object = try succeed("memory to pass") { () throws(SystemError) in
        try MemoryObject(byteCount: 4096)
      }
      let handle = object.release()
      objects.append(handle)
      passed.append(
        (
          message,
          try succeed("its identity") { () throws(SystemError) in
            try handle.identity()
          }
        ))
    }
    let count = try succeed("sending") { () throws(SystemError) in
      try datagrams.one.send(bytes.span, objects)
    }
    for handle in objects { performIgnoringErrors(Close { $0.handle = handle }) }
    try expect(count == bytes.count, "a whole message is sent")
    messagesSent += 1
  }

  private mutating func receiveMessage() throws(TestFailure) {
    guard messagesReceived < messagesSent else { return }
    let message = try succeed("receiving") { () throws(SystemError) in
      try datagrams.other.receive()
    }
    var number: UInt32 = 0
    for byte in message.bytes.prefix(4).reversed() { number = number << 8 | UInt32(byte) }
    try expect(number == messagesReceived, "every message once, in order")
    let expected = passed.filter { $0.message == number }
    try expect(message.handleCount == expected.count, "as many handles as were passed")
    for entry in expected {
      let identity = try succeed("taking a handle") { () throws(SystemError) in
        let taken = try datagrams.other.takeHandle(of: message)
        return try taken.handle.identity()
      }
      try expect(identity == entry.identity, "the handle that was passed")
    }
    try fail(with: .notFound, "no handle twice") { () throws(SystemError) in
      try datagrams.other.takeHandle(of: message).release()
    }
    passed.removeAll { $0.message == number }
    messagesReceived += 1
  }

  // MARK: The rest

  private mutating func useMemory() throws(TestFailure) {
    let handle = memory.handle
    let again = try succeed("mapping again") { () throws(SystemError) in
      try Mapping(handle, byteCount: 16_384, .read | .write | .shared).shared()
    }
    try expect(again.loadAcquiring64(at: 8192) == stamp, "what was written to shared memory")
    stamp = random.next()
    bytes.storeReleasing64(stamp, at: 8192)
    performIgnoringErrors(
      Unmap {
        $0.address = again.address
        $0.length = 16_384
      })
  }

  /// A connection that is made, used and closed; the other end sees its end.
  private mutating func connectAndClose() throws(TestFailure) {
    let name = Text {
      $0.put("restart-short")
      $0.put(decimal: UInt64(number))
    }
    let place = sent
    try succeed("a short connection") { () throws(SystemError) in
      let listener = try Socket(.stream)
      try listener.bind(name)
      try listener.listen(1)
      let client = try Socket(.stream)
      try client.connect(to: name)
      let server = try listener.accept()
      let text = [byte(place), 1, 2]
      guard try client.send(text.span) == 3 else { throw .protocolError }
      let last = client.release()
      performIgnoringErrors(Close { $0.handle = last })
      guard try Array(server.receive().bytes) == text,
        try server.receive().flags & MessageHeader.endOfStream != 0
      else { throw .protocolError }
    }
  }

  mutating func check() throws(TestFailure) {
    while received < sent { try read() }
    while messagesReceived < messagesSent { try receiveMessage() }
    try useMemory()
  }

  mutating func end() throws(TestFailure) {
    try check()
    if number < Self.linkedClients { try endLink() }
    let path = memoryPath
    try succeed("unlinking") { () throws(SystemError) in try FileSystem.remove(path) }
  }

  /// The writing end tells how much it wrote; the reading one has read as much.
  private mutating func endLink() throws(TestFailure) {
    guard let handle = link?.handle else { return }
    let total = linked
    if number % 2 == 0 {
      try succeed("ending") { () throws(SystemError) in
        _ = try handle.call(SocketOperation.shutDown.rawValue, [1, 0, 0, 0].span)
        // The reader says what it got.
        var bytes = [UInt8](repeating: 0, count: 8)
        guard try handle.read(into: bytes.mutableSpan) == 8 else { throw .protocolError }
        var count: UInt64 = 0
        for byte in bytes.reversed() { count = count << 8 | UInt64(byte) }
        guard count == total else { throw .protocolError }
      }
      return
    }
    while true {
      let before = linked
      try useLink()
      if linked == before { break }
    }
    let count = linked
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
    try succeed("saying how much came") { () throws(SystemError) in
      try handle.writeAll(bytes.span)
    }
  }
}
