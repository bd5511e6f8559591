// SPDX-License-Identifier: MIT
import Memory

/// What lies where in the capsule, as numbers of eight-byte words: the head, the notes, the journal,
/// then tables of sockets, names, kept handles and memory objects, then the sockets' rings.
public struct Layout: Equatable, Sendable {
  public let byteCount: Int
  /// A power of two.
  public let ringBytes: Int
  public let socketCount: Int
  public let nameCount: Int
  public let heldCount: Int
  public let objectCount: Int
  private let names: Int
  private let held: Int
  private let objects: Int
  /// In bytes.
  private let firstRing: Int

  /// - Returns: `nil` if that is too small for eight sockets.
  public init?(byteCount: Int, ringBytes: Int = Limits.ringBytes) {
    guard byteCount >= 65_536, ringBytes >= 1024, ringBytes.nonzeroBitCount == 1 else {
      return nil
    }
    let count = min((byteCount - 32_768) / (ringBytes + 1024), 1024)
    guard count >= 8 else { return nil }
    self.byteCount = byteCount
    self.ringBytes = ringBytes
    socketCount = count
    nameCount = 2 * count
    heldCount = 2 * count
    objectCount = count / 2
    names = Self.sockets + count * Socket.words
    held = names + nameCount * Name.words
    objects = held + heldCount * Held.words
    let end = objects + objectCount * Object.words
    firstRing = (end * 8 + 4095) & ~4095
    guard firstRing + count * ringBytes <= byteCount else { return nil }
  }

  // The head.
  static var mark: Int { 0 }
  static var version: Int { 1 }
  static var size: Int { 2 }
  static var ringSize: Int { 3 }
  static var journalCount: Int { 4 }
  /// What distinguishes sockets of this capsule from those of an earlier one.
  static var generation: Int { 5 }
  /// The place that a handle is about to be kept at, plus one.
  static var keeping: Int { 6 }
  /// Records from these on were never used, so their memory was never touched.
  static var socketEnd: Int { 7 }
  static var nameEnd: Int { 8 }
  static var heldEnd: Int { 9 }
  static var objectEnd: Int { 10 }
  static var notes: Int { 64 }
  static var journal: Int { 512 }
  static var journalCapacity: Int { 256 }
  static var sockets: Int { journal + 2 * journalCapacity }

  static var expectedMark: UInt64 { 0x6463_7069_7375_7041 }
  static var expectedVersion: UInt64 { 1 }

  static var journalPlace: JournalPlace {
    JournalPlace(notes: notes, count: journalCount, entries: journal, capacity: journalCapacity)
  }

  /// Words of a note: the request, what it was answered with, and the bytes that the answer brings,
  /// which lie in a ring until the client has them.
  enum Note {
    static var words: Int { 8 }
    static var description: Int { 0 }
    static var sequence: Int { 1 }
    static var result: Int { 2 }
    static var kind: Int { 3 }
    /// A socket plus one; zero without bytes.
    static var socket: Int { 4 }
    static var start: Int { 5 }
    static var count: Int { 6 }
    /// How the bytes are answered: `Delivery.form`.
    static var form: Int { 7 }
  }

  /// Words of a socket.
  enum Socket {
    static var words: Int { 16 }
    /// Role, kind, flags (16 bits each from bit 0, 8, 16), generation (from bit 32).
    static var head: Int { 0 }
    /// Word of the socket at the other end, or zero.
    static var peer: Int { 1 }
    /// Bytes ever taken out of the ring, and put in.
    static var tail: Int { 2 }
    static var end: Int { 3 }
    /// Who owns it, and who is at the other end: process and generation; user and group.
    static var owner: Int { 4 }
    static var peerOwner: Int { 6 }
    /// Name slot plus one, with the name's generation from bit 32.
    static var name: Int { 8 }
    static var account: Int { 9 }
    /// Of a listener: first and last that wait, plus one, how many, and how many may.
    static var backlog: Int { 10 }
    /// The next in a backlog, plus one.
    static var next: Int { 11 }
    /// Lists of kept handles: in messages to it; passed for one of its own; received.
    static var queued: Int { 12 }
    static var staged: Int { 13 }
    static var arrived: Int { 14 }
    static var token: Int { 15 }
  }

  /// Words of a name.
  enum Name {
    static var words: Int { 36 }
    /// Kind (bit 0, zero if free), bytes (from bit 8), mode (from bit 16), generation (bit 32).
    static var head: Int { 0 }
    /// The word of the socket or memory object.
    static var target: Int { 1 }
    static var hash: Int { 2 }
    /// User, and group from bit 32.
    static var owner: Int { 3 }
    static var text: Int { 4 }
  }

  /// Words of a place where the kernel keeps a handle.
  enum Held {
    static var words: Int { 2 }
    /// State (bit 0), the next in its list plus one (from bit 16).
    static var head: Int { 0 }
    /// Where in the ring its message begins, or its batch.
    static var batch: Int { 1 }
  }

  /// Words of a memory object.
  enum Object {
    static var words: Int { 8 }
    /// State (bit 0): 0 free, 1 named, 2 without a name. Bit 8: has memory. Generation from bit 32.
    static var head: Int { 0 }
    static var size: Int { 1 }
    static var owner: Int { 2 }
    static var mode: Int { 3 }
    static var account: Int { 4 }
    static var name: Int { 5 }
  }

  @inline(__always)
  func note(_ slot: Int, _ field: Int) -> Int { Self.notes &+ slot &* Note.words &+ field }
  @inline(__always)
  func socket(_ slot: Int, _ field: Int) -> Int { Self.sockets &+ slot &* Socket.words &+ field }
  @inline(__always)
  func name(_ slot: Int, _ field: Int) -> Int { names &+ slot &* Name.words &+ field }
  @inline(__always)
  func held(_ place: Int, _ field: Int) -> Int { held &+ place &* Held.words &+ field }
  @inline(__always)
  func object(_ slot: Int, _ field: Int) -> Int { objects &+ slot &* Object.words &+ field }
  /// The first byte of a ring.
  @inline(__always)
  func ring(_ slot: Int) -> Int { firstRing &+ slot &* ringBytes }
}
