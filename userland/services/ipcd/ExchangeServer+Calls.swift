// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes

// The sockets' own operations, handles on their way, and shared memory.
extension ExchangeServer {
  public mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    enter()
    let slot = try socket(file)
    guard let operation = SocketOperation(rawValue: code) else { throw .noSystemCall }
    let mark = mark(request)
    switch operation {
    case .sendMessage:
      return try sendMessage(slot, file, input, for: &request)
    case .receiveMessage:
      return try receiveMessage(slot, file, input, into: &output, for: &request)
    case .connect:
      return try connect(slot, file, input, for: &request)
    case .bind:
      answers(try exchange.bind(slot, Text(input), mode: 0o777, request.caller, mark))
    case .listen:
      answers(try exchange.listen(slot, try word32(input, 0), request.caller, mark))
    case .shutDown:
      answers(try exchange.shutDown(slot, try word32(input, 0), mark))
    case .discardHandles:
      answers(exchange.discard(slot, batch: try word64(input, 0), mark))
    case .name:
      let name = exchange.name(of: slot)
      output.put(name.span.extracting(first: output.freeCapacity))
      return UInt(name.count)
    case .peerName:
      let name = try exchange.peerName(slot)
      output.put(name.span.extracting(first: output.freeCapacity))
      return UInt(name.count)
    case .peerCredentials:
      guard output.freeCapacity >= 16 else { throw .invalidArgument }
      output.put(try exchange.peerCredentials(slot))
    case .token:
      let system = system
      return UInt(exchange.token(slot) { system.random() })
    case .status:
      guard output.freeCapacity >= 32 else { throw .invalidArgument }
      put(exchange.status(slot), to: &output)
    }
    progress()
    return 0
  }

  @_lifetime(output: copy output)
  private func put(_ status: SocketStatus, to output: inout OutputSpan<UInt8>) {
    output.put(word: UInt64(status.kind) | UInt64(status.role) << 32, 8)
    output.put(word: status.available, 8)
    output.put(word: status.room, 8)
    output.put(word: UInt64(status.waiting), 8)
  }

  private func word32(_ input: Span<UInt8>, _ offset: Int) throws(SystemError) -> UInt32 {
    do throws(WireError) { return try input.little(at: offset, as: UInt32.self) } catch {
      throw .invalidArgument
    }
  }

  private func word64(_ input: Span<UInt8>, _ offset: Int) throws(SystemError) -> UInt64 {
    do throws(WireError) { return try input.little(at: offset, as: UInt64.self) } catch {
      throw .invalidArgument
    }
  }

  /// What of a header counts when a client sends it.
  private func header(_ input: Span<UInt8>) throws(SystemError) -> MessageHeader {
    guard input.count >= MessageHeader.size else { throw .invalidArgument }
    var header = MessageHeader()
    header.flags = try word32(input, 0)
    header.nameBytes = try word32(input, 4)
    header.handleCount = try word32(input, 8)
    header.batch = try word64(input, 16)
    return header
  }

  private mutating func sendMessage(
    _ slot: Int, _ file: UInt64, _ input: Span<UInt8>, for request: inout Request
  ) throws(SystemError) -> UInt {
    let header = try header(input)
    guard header.nameBytes <= UInt32(Limits.nameBytes),
      input.count - MessageHeader.size >= Int(header.nameBytes)
    else { throw .invalidArgument }
    if exchange.kind(slot) == .datagram, request.inputCount != input.count {
      throw .messageTooLong
    }
    let start = MessageHeader.size + Int(header.nameBytes)
    var outgoing = Outgoing(request.caller)
    outgoing.handles = Int(header.handleCount)
    outgoing.batch = header.batch
    if header.nameBytes > 0 {
      let name = Text(input.extracting(MessageHeader.size..<start))
      outgoing.target = try exchange.resolve(exchange.kind(slot), name, request.caller)
    }
    return try send(
      slot, file, input.extracting(start..<input.count), outgoing, start: start,
      mayWait: header.flags & MessageHeader.doNotWait == 0, for: &request)
  }

  private mutating func receiveMessage(
    _ slot: Int, _ file: UInt64, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    let header = try header(input)
    guard output.freeCapacity >= MessageHeader.size else { throw .invalidArgument }
    var wanted = Wanted(byteCount: output.freeCapacity - MessageHeader.size)
    wanted.withHeader = true
    wanted.peeks = header.flags & MessageHeader.peek != 0
    wanted.handles = Int(min(header.handleCount, UInt32(Limits.messageHandles)))
    wanted.nameBytes = Int(min(header.nameBytes, UInt32(Limits.nameBytes)))
    return try receive(
      slot, file, wanted, mayWait: header.flags & MessageHeader.doNotWait == 0, into: &output,
      for: &request)
  }

  private mutating func connect(
    _ slot: Int, _ file: UInt64, _ input: Span<UInt8>, for request: inout Request
  ) throws(SystemError) -> UInt {
    let flags = try word32(input, 0)
    let target: Int
    switch try word32(input, 4) {
    case SocketConnection.name:
      let name = Text(input.extracting(SocketConnection.byteCount..<input.count))
      target = try exchange.resolve(exchange.kind(slot), name, request.caller)
    case SocketConnection.token:
      guard let found = exchange.find(token: try word64(input, 8)) else {
        throw .connectionRefused
      }
      target = found
    default:
      throw .invalidArgument
    }
    switch try exchange.connect(slot, to: target, request.caller, mark(request)) {
    case .done(_, let note):
      answers(note)
      progress()
    case .wait(let listener):
      guard flags & SocketConnection.doNotWait == 0 else { throw .wouldBlock }
      waiters.append(
        Waiter(
          tag: request.postpone(), mark: mark(request), word: file, waitsOn: listener,
          work: .connect(target: exchange.word(for: listener), request.caller)))
    }
    return 0
  }

  // MARK: Handles

  public mutating func receive(
    _ handle: Handle, on file: UInt64, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt {
    enter()
    let slot = try socket(file)
    guard code == SocketOperation.passHandle else { throw .noSystemCall }
    guard word != 0 else { throw .invalidArgument }
    let place = try exchange.reservePlace()
    do throws(SystemError) { try session.keep(handle, at: place) } catch {
      exchange.abandonPlace()
      throw error
    }
    let staged = exchange.stage(place, at: slot, batch: word, mark(request))
    answers(staged.note)
    clearPlaces()
    return UInt(staged.count)
  }

  public mutating func handle(
    for file: UInt64, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> Handle {
    enter()
    let slot = try socket(file)
    guard code == SocketOperation.passHandle else { throw .noSystemCall }
    let taken: (place: Int, note: Note)
    if request.isRepeated, let found = exchange.find(mark(request)), found.kind == .kept {
      taken = (Int(found.result), found.note)
    } else {
      taken = try exchange.take(slot, batch: word, mark(request))
    }
    // The place is empty afterwards in any case.
    session.answer(request.postpone(), passingKept: taken.place)
    exchange.settle(taken.note)
    exchange.release(place: taken.place)
    return .none
  }

  // MARK: Shared memory

  private func object(_ file: UInt64) throws(SystemError) -> Int {
    guard let object = exchange.object(for: file) else {
      throw file < 4 ? .isDirectory : exchange.socket(for: file) == nil ? .gone : .invalidArgument
    }
    return object
  }

  public mutating func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) {
    enter()
    let object = try object(file)
    guard length <= Limits.objectBytes else { throw .fileTooLarge }
    let place = Limits.firstObjectPlace + object
    if exchange.hasMemory(object) {
      let memory = try session.copyKept(place)
      let session = session
      defer { session.close(memory) }
      try system.resizeMemory(memory, to: length)
    } else {
      let memory = try system.makeMemory(max(length, 1))
      do throws(SystemError) { try session.keep(memory, at: place) } catch {
        session.close(memory)
        throw error
      }
    }
    answers(exchange.setSize(object, length, mark(request)))
  }

  public mutating func map(
    _ file: UInt64, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle {
    enter()
    let object = try object(file)
    let pages = (exchange.size(object) + 4095) & ~4095
    guard offset < pages, length <= pages - offset else { throw .outOfRange }
    return try session.copyKept(Limits.firstObjectPlace + object)
  }
}

extension Span where Element == UInt8 {
  /// At most the first `limit` bytes.
  @_lifetime(copy self)
  fileprivate func extracting(first limit: Int) -> Span<UInt8> {
    extracting(0..<Swift.min(count, limit))
  }
}
