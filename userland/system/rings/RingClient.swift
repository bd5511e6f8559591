// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory
import Schemes

/// A client's connection to a server that takes its requests from a ring: many at a time, answered
/// in any order, and without a system call as long as neither side waits.
///
/// The server's doorbell is a call on the file; the client's is the file becoming readable.
public struct RingClient<
  Submission: BitwiseCopyable, Completion: BitwiseCopyable
>: ~Copyable {
  private let file: File
  private let object: MemoryObject
  private let memory: SharedBytes
  private let ringBytes: Int
  private let capacity: UInt32
  private var rings: RingClientSide<Submission, Completion>
  /// Made when it is needed first.
  private var events: EventQueue?

  /// Sets up rings of `capacity` entries with the server of `file`. Their memory stays mapped for
  /// as long as the program runs.
  ///
  /// - Parameters:
  ///   - capacity: a power of two up to 65,536.
  ///   - dataBytes: how much memory for data the object has behind the rings, which the server's device
  ///     may reach.
  /// - Throws: `notSupported` if the server has no rings, `invalidArgument` for an impossible
  ///   capacity.
  public init(
    _ file: consuming File, capacity: UInt32, dataBytes: Int = 0
  ) throws(SystemError) {
    let pair = RingPair.byteCount(Submission.self, Completion.self, capacity: capacity)
    let ringBytes = dataBytes == 0 ? pair : (pair &+ 4095) & ~4095
    let object = try MemoryObject(byteCount: ringBytes &+ dataBytes, .wired)
    let memory = try object.map(
      byteCount: ringBytes &+ dataBytes, .read | .write | .shared | .populate
    ).shared()
    let rings = try Self.attach(
      object.handle, memory.extracting(0..<ringBytes), capacity, to: file.handle)
    self.rings = rings
    self.ringBytes = ringBytes
    self.memory = memory
    self.object = object
    self.capacity = capacity
    self.file = file
  }

  /// Sets the rings up anew, with nothing in them, after the server was replaced. Data stays.
  /// - Throws: what the server says; the rings are of no use then.
  public mutating func attachAgain() throws(SystemError) {
    rings = try Self.attach(
      object.handle, memory.extracting(0..<ringBytes), capacity, to: file.handle)
  }

  private static func attach(
    _ object: Handle, _ memory: SharedBytes, _ capacity: UInt32, to file: Handle
  ) throws(SystemError) -> RingClientSide<Submission, Completion> {
    let rings: RingClientSide<Submission, Completion>
    do throws(RingError) {
      try RingPair.prepare(memory, Submission.self, Completion.self, capacity: capacity)
      rings = try RingClientSide(memory)
    } catch { throw .invalidArgument }
    _ = try file.send(object, RingOperation.attach, word: UInt(memory.count))
    return rings
  }

  /// The memory for data, and where in the object it begins.
  public var data: SharedBytes { memory.extracting(ringBytes..<memory.count) }
  public var dataOffset: UInt64 { UInt64(ringBytes) }

  /// Adds a request, which the server sees after `flush`.
  /// - Returns: false if the ring is full.
  /// - Throws: `protocolError` if the server broke the ring.
  public mutating func submit(_ entry: Submission) throws(SystemError) -> Bool {
    do throws(RingError) { return try rings.submissions.push(entry) } catch {
      throw .protocolError
    }
  }

  /// Shows the server what was added, and wakes it if it waits.
  public mutating func flush() throws(SystemError) {
    if rings.submissions.publish() { _ = try file.handle.call(RingOperation.doorbell) }
  }

  /// Takes an answer if there is one.
  /// - Throws: `protocolError` if the server broke the ring.
  public mutating func take() throws(SystemError) -> Completion? {
    do throws(RingError) { return try rings.completions.pop() } catch { throw .protocolError }
  }

  /// Shows the server what was added, and waits for an answer that was not taken: one call for both, to
  /// a server that has `RingOperation.wait`.
  /// - Throws: `interrupted`; what the server says if it was replaced or is gone.
  public mutating func flushAndWait() throws(SystemError) {
    _ = rings.submissions.publish()
    _ = try file.handle.call(RingOperation.wait)
  }

  /// As `flushAndWait`, until the answers to all that was submitted are there.
  public mutating func flushAndDrain() throws(SystemError) {
    _ = rings.submissions.publish()
    _ = try file.handle.call(RingOperation.drain)
  }

  /// Takes an answer, waiting for it.
  /// - Throws: `timedOut`, `interrupted`, `protocolError`; what the server says to the doorbell if it
  ///   was replaced, `inputOutput` if it is gone: then a new client has to be made.
  public mutating func wait(until deadline: Deadline = .never) throws(SystemError) -> Completion {
    while true {
      if let completion = try take() { return completion }
      try flush()
      let mayWait: Bool
      do throws(RingError) { mayWait = try rings.completions.prepareToWait() } catch {
        throw .protocolError
      }
      guard mayWait else { continue }
      var batch = EventBatch()
      do throws(SystemError) {
        try prepareEvents()
        try events?.wait(for: &batch, until: deadline)
      } catch {
        rings.completions.endWait()
        throw error
      }
      rings.completions.endWait()
      try askAfter(batch)
    }
  }

  private mutating func prepareEvents() throws(SystemError) {
    if events != nil { return }
    let made = try EventQueue()
    try made.watch(file.handle, .readable | .hangUp, data: 0)
    events = consume made
  }

  /// A server that was replaced knows nothing of these rings, and one that is gone answers nothing
  /// any more.
  private func askAfter(_ batch: EventBatch) throws(SystemError) {
    let unusual: EventSet = .restarted | .hangUp | .error
    for index in 0..<batch.count where batch[index].events & unusual.rawValue != 0 {
      _ = try file.handle.call(RingOperation.doorbell)
    }
  }
}

/// A server's side of one client's rings, made when the client sends their memory.
public struct RingServer<
  Submission: BitwiseCopyable, Completion: BitwiseCopyable
>: ~Copyable {
  private var rings: RingServerSide<Submission, Completion>
  private var isWaiting = false

  /// Maps the rings that a client sent with `RingOperation.attach`. The handle is closed; the
  /// memory stays mapped for as long as the program runs.
  ///
  /// - Parameter byteCount: the word that came with it.
  /// - Throws: `invalidArgument` if there are no rings of this shape in it.
  public init(_ handle: consuming OwnedHandle, byteCount: UInt64) throws(SystemError) {
    let object = MemoryObject(handle)
    let length = try object.status().length
    guard byteCount > 0, byteCount <= length, byteCount <= 1 << 30 else {
      throw .invalidArgument
    }
    let memory = try object.map(byteCount: Int(byteCount)).shared()
    do throws(RingError) { rings = try RingServerSide(memory) } catch {
      throw .invalidArgument
    }
  }

  /// Takes a request if there is one; with none, asks to be rung when there is.
  /// - Throws: `protocolError` if the client broke the ring: drop it.
  public mutating func take() throws(SystemError) -> Submission? {
    if isWaiting {
      rings.submissions.endWait()
      isWaiting = false
    }
    do throws(RingError) {
      if let submission = try rings.submissions.pop() { return submission }
      // Something may have come while the wish was written down.
      isWaiting = try rings.submissions.prepareToWait()
      return isWaiting ? nil : try rings.submissions.pop()
    } catch {
      throw .protocolError
    }
  }

  /// Adds an answer, which the client sees after `flush`.
  /// - Returns: false if the client has left no room: it must take answers before it submits more.
  /// - Throws: `protocolError` if the client broke the ring: drop it.
  public mutating func complete(_ entry: Completion) throws(SystemError) -> Bool {
    do throws(RingError) { return try rings.completions.push(entry) } catch {
      throw .protocolError
    }
  }

  /// Shows the client its answers, and wakes it if it waits.
  /// - Parameter word: the server's word for the client's file.
  public mutating func flush(_ session: SchemeSession, _ word: UInt64) {
    if rings.completions.publish() { session.signal(word, .readable) }
  }
}
