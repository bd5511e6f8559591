// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes

/// What `ipcd` needs of the kernel beside its session.
public protocol ExchangeSystem {
  /// Makes memory for a shared memory object.
  func makeMemory(_ byteCount: UInt64) throws(SystemError) -> Handle
  func resizeMemory(_ handle: Handle, to byteCount: UInt64) throws(SystemError)
  func random() -> UInt64
}

/// Where answers to requests that waited are put together.
final class Scratch {
  var memory = ScratchBytes(capacity: 2 * 65_536)
}

/// The schemes `chan`, `shm`, `uds_stream` and `uds_dgram`, whose roots have the words 0 to 3.
///
/// An answer that is returned is certain to have been given when the next request is looked at; its
/// note is settled then. Where somebody waits for what an answer makes free, it is given at once.
public struct ExchangeServer<Store: WordStore, System: ExchangeSystem>: SchemeServer, ~Copyable {
  public typealias File = UInt64

  public var exchange: Exchange<Store>
  let system: System
  var session = SchemeSession(name: "")
  var waiters: [Waiter] = []
  var watches: [SocketWatch] = []
  let scratch = Scratch()
  /// The note of the request that is answered when its operation returns.
  private var returned: Note?

  public init(_ exchange: consuming Exchange<Store>, _ system: System) {
    self.exchange = exchange
    self.system = system
  }

  public mutating func start(_ session: SchemeSession) {
    self.session = session
    exchange.finishClosing()
    clearPlaces()
    // When nothing is left to take, all that the predecessor owed has come again.
    if exchange.isRecovered { session.wake(at: .immediately) }
  }

  public mutating func wake() {
    enter()
    exchange.forgetInherited()
    do throws(SystemError) {
      let open = try session.descriptions().map { $0.word }.sorted()
      exchange.closeOrphans { Self.contains(open, $0) }
    } catch {
      // What nobody has open stays until the next start.
      Self.doNothing()
    }
    progress()
  }

  private static func doNothing() {}

  /// Whether `word` is among words in order.
  private static func contains(_ words: [UInt64], _ word: UInt64) -> Bool {
    var (low, high) = (0, words.count)
    while low < high {
      let middle = (low + high) / 2
      if words[middle] < word { low = middle + 1 } else { high = middle }
    }
    return low < words.count && words[low] == word
  }

  /// What comes first in each operation.
  mutating func enter() {
    if let note = returned {
      returned = nil
      exchange.settle(note)
    }
    if !exchange.changed.isEmpty { progress() }
  }

  /// The answer that the operation returns is that of `note`.
  mutating func answers(_ note: Note?) { returned = note }

  func mark(_ request: borrowing Request) -> RequestMark {
    RequestMark(description: request.description, sequence: request.sequence)
  }

  /// The socket that a request is on.
  func socket(_ file: UInt64) throws(SystemError) -> Int {
    guard let slot = exchange.socket(for: file) else {
      throw file < 4 ? .isDirectory : exchange.object(for: file) == nil ? .gone : .notSupported
    }
    return slot
  }

  public mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    enter()
    guard let found = exchange.find(mark(request)), found.kind == .result else { return nil }
    answers(found.note)
    return UInt(truncatingIfNeeded: found.result)
  }

  public mutating func close(_ file: UInt64, for request: inout Request) {
    enter()
    let description = request.description
    waiters.removeAll { $0.mark.description == description }
    watches.removeAll { $0.word == file }
    if let slot = exchange.socket(for: file) { exchange.close(slot) }
    if let object = exchange.object(for: file) { freeIfClosed(object, file, except: description) }
    progress()
  }

  /// Ends a memory object without a name that nobody has open.
  mutating func freeIfClosed(_ object: Int, _ word: UInt64, except description: UInt64? = nil) {
    guard exchange.isUnnamed(object) else { return }
    do throws(SystemError) {
      for record in try session.descriptions()
      where record.word == word && record.description != description { return }
    } catch { return }
    exchange.freeObject(object)
    clearPlaces()
  }

  // MARK: Bytes

  public mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    enter()
    let slot = try socket(file)
    let wanted = Wanted(byteCount: output.freeCapacity)
    let mayWait = !request.readFlags.contains(.nonBlocking)
    _ = try receive(slot, file, wanted, mayWait: mayWait, into: &output, for: &request)
  }

  /// Receives bytes or a message.
  /// - Returns: the result word.
  mutating func receive(
    _ slot: Int, _ file: UInt64, _ wanted: Wanted, mayWait: Bool,
    into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) -> UInt {
    let mark = mark(request)
    if request.isRepeated, let found = exchange.find(mark), found.kind == .data {
      answers(found.note)
      return exchange.render(exchange.delivery(found.note), wanted, to: &output)
    }
    guard let delivery = try exchange.receive(slot, wanted, mark) else {
      guard mayWait else { throw .wouldBlock }
      waiters.append(
        Waiter(
          tag: request.postpone(), mark: mark, word: file, waitsOn: slot,
          work: .receive(wanted, outputCount: request.outputCount)))
      return 0
    }
    if delivery.note != nil, isRoomAwaited(at: slot) {
      answer(request.postpone(), delivery, wanted, request.outputCount)
      progress()
      return 0
    }
    answers(delivery.note)
    tellWatchers(of: slot)
    clearPlaces()
    return exchange.render(delivery, wanted, to: &output)
  }

  public mutating func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    enter()
    let slot = try socket(file)
    if exchange.kind(slot) == .datagram, request.inputCount != bytes.count {
      throw .messageTooLong
    }
    let mayWait = !request.writeFlags.contains(.nonBlocking)
    return Int(
      try send(
        slot, file, bytes, Outgoing(request.caller), start: 0, mayWait: mayWait, for: &request))
  }

  /// Sends bytes or a message, which begin at byte `start` of what the client sent.
  mutating func send(
    _ slot: Int, _ file: UInt64, _ bytes: Span<UInt8>, _ outgoing: Outgoing, start: Int,
    mayWait: Bool, for request: inout Request
  ) throws(SystemError) -> UInt {
    let mark = mark(request)
    switch try exchange.send(slot, bytes, outgoing, mark) {
    case .done(let count, let note):
      answers(note)
      progress()
      return UInt(count)
    case .wait(let target):
      guard mayWait else { throw .wouldBlock }
      waiters.append(
        Waiter(
          tag: request.postpone(), mark: mark, word: file, waitsOn: target,
          work: .send(outgoing, start: start, count: bytes.count)))
      return 0
    }
  }

  public mutating func cancel(_ tag: RequestTag, on file: UInt64, for request: inout Request) {
    enter()
    guard let index = waiters.firstIndex(where: { $0.tag == tag }) else { return }
    waiters.remove(at: index)
    session.answer(tag, .interrupted)
  }

  public mutating func watch(_ file: UInt64, _ events: EventSet, for request: inout Request) {
    enter()
    guard let slot = exchange.socket(for: file) else { return }
    setWatch(file, slot, events)
  }
}
