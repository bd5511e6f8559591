// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// What a socket is.
public enum SocketKind: UInt64, Sendable {
  case channel = 1
  case stream = 2
  case datagram = 3
  /// Of names alone.
  case memory = 4
}

/// What part a socket plays.
enum SocketRole: UInt64 {
  case free = 0
  case unbound = 1
  case listener = 2
  case connected = 3
  /// Connected, and waits in a listener's backlog.
  case waiting = 4
  /// Nobody has it any more; what belongs to it is being given back.
  case closing = 5
}

/// Why a capsule cannot be used.
public enum ExchangeError: Error, Equatable {
  case tooSmall
  /// What it holds contradicts itself.
  case damaged
}

/// Sockets, names, messages and memory objects, in memory that outlives the process that serves
/// them.
///
/// Each change happens whole or not at all, together with the note of what its request is answered
/// with. Nothing here makes a system call: what the kernel is to do is told by the results.
public struct Exchange<Store: WordStore>: ~Copyable {
  public let layout: Layout
  /// Whether the store held one before.
  public let isRecovered: Bool
  var journal: Journal<Store>

  // Made anew at each start.
  var freeSockets: [UInt16] = []
  var freeNames: [UInt16] = []
  var freePlaces: [UInt16] = []
  var freeObjects: [UInt16] = []
  var accounts: ClientCounts
  /// Notes that count, and those of them that a predecessor left; bits.
  var notes: UInt32 = 0
  var inheritedNotes: UInt32 = 0
  /// Notes that hold bytes of rings.
  var holdingNotes: UInt32 = 0
  /// Pages of rings that have memory, as far as this server has asked; bits.
  private var backed: [UInt64]
  /// Sockets at which something has become possible, for who waits.
  public internal(set) var changed: [Int] = []
  /// Places whose handles are to be closed, and then `release`d.
  public internal(set) var dropped: [Int] = []
  /// Memory objects whose memory the kernel is to forget.
  var forsaken: [Int] = []

  private init(_ store: Store, _ layout: Layout) {
    self.layout = layout
    journal = Journal(store, Layout.journalPlace)
    isRecovered = store.word(Layout.mark) == Layout.expectedMark
    accounts = ClientCounts(limit: layout.socketCount &* Limits.accountPercent / 100)
    backed = [UInt64](repeating: 0, count: (layout.byteCount / Limits.pageBytes &+ 63) / 64)
  }

  var store: Store { journal.store }

  /// Takes up what is in `store`, or begins there.
  ///
  /// - Parameters: `store` was made zero by whoever made it; `now` is seconds since 1970.
  /// - Throws: `damaged` if what is there cannot be believed.
  public static func takenUp(
    from store: Store, now: UInt64, ringBytes: Int = Limits.ringBytes
  ) throws(ExchangeError) -> Self {
    guard let layout = Layout(byteCount: store.byteCount, ringBytes: ringBytes) else {
      throw .tooSmall
    }
    var exchange = Self(store, layout)
    if exchange.isRecovered {
      guard exchange.recover() else { throw .damaged }
    } else {
      exchange.format(now)
    }
    exchange.makeLists()
    return exchange
  }

  private func format(_ now: UInt64) {
    // All is zero, and is not touched here, since memory that was never touched costs nothing.
    store.setWord(Layout.version, Layout.expectedVersion)
    store.setWord(Layout.size, UInt64(layout.byteCount))
    store.setWord(Layout.ringSize, UInt64(layout.ringBytes))
    store.setWord(Layout.generation, now & 0xFFFF_FFFF)
    store.setWord(Layout.mark, Layout.expectedMark)
  }

  /// - Returns: false if what is there cannot be believed.
  private mutating func recover() -> Bool {
    guard store.word(Layout.version) == Layout.expectedVersion,
      store.word(Layout.size) == UInt64(layout.byteCount),
      store.word(Layout.ringSize) == UInt64(layout.ringBytes),
      store.word(Layout.socketEnd) <= UInt64(layout.socketCount),
      store.word(Layout.nameEnd) <= UInt64(layout.nameCount),
      store.word(Layout.heldEnd) <= UInt64(layout.heldCount),
      store.word(Layout.objectEnd) <= UInt64(layout.objectCount),
      journal.recover(wordCount: layout.ring(0) / 8), isConsistent()
    else { return false }
    recoverNotes()
    recoverPlaces()
    recoverObjects()
    return true
  }

  /// Who pays for what, and what is free. The lowest numbers come last, to be taken first.
  private mutating func makeLists() {
    for slot in (0..<layout.socketCount).reversed() {
      if slot >= socketEnd || role(slot) == .free {
        freeSockets.append(UInt16(slot))
      } else {
        accounts.add(store.word(layout.socket(slot, Layout.Socket.account)))
      }
    }
    for slot in (0..<layout.nameCount).reversed()
    where slot >= nameEnd || store.word(layout.name(slot, 0)) & 0xFF == 0 {
      freeNames.append(UInt16(slot))
    }
    for place in (0..<layout.heldCount).reversed()
    where place >= heldEnd || store.word(layout.held(place, 0)) == 0 {
      freePlaces.append(UInt16(place))
    }
    for slot in (0..<layout.objectCount).reversed() {
      if slot >= objectEnd || store.word(layout.object(slot, 0)) & 0xFF == 0 {
        freeObjects.append(UInt16(slot))
      } else {
        accounts.add(store.word(layout.object(slot, Layout.Object.account)))
      }
    }
  }

  var socketEnd: Int { Int(truncatingIfNeeded: store.word(Layout.socketEnd)) }
  var nameEnd: Int { Int(truncatingIfNeeded: store.word(Layout.nameEnd)) }
  var heldEnd: Int { Int(truncatingIfNeeded: store.word(Layout.heldEnd)) }
  var objectEnd: Int { Int(truncatingIfNeeded: store.word(Layout.objectEnd)) }

  /// As part of a change: the table that `end` belongs to is used up to `slot`.
  mutating func use(_ slot: Int, _ end: Int) {
    if UInt64(slot) >= store.word(end) { journal.set(end, UInt64(slot &+ 1)) }
  }

  /// Sees to it that the bytes have memory, before anybody touches them.
  /// - Throws: `outOfMemory`.
  mutating func bringIn(_ range: Range<Int>) throws(SystemError) {
    guard !range.isEmpty else { return }
    for page in (range.lowerBound >> 12)...((range.upperBound &- 1) >> 12) {
      let bit: UInt64 = 1 << UInt64(page & 63)
      if backed[page >> 6] & bit != 0 { continue }
      guard store.hasMemory(forPage: page) else { throw .outOfMemory }
      backed[page >> 6] |= bit
    }
  }

  /// The next socket at which something has become possible.
  public mutating func takeChanged() -> Int? { changed.popLast() }

  /// The places whose handles are to be closed now.
  public mutating func takeDropped() -> [Int] {
    let places = dropped
    dropped = []
    return places
  }
}

/// How many sockets and objects each account has.
struct ClientCounts {
  private var entries: [(account: UInt64, count: Int)] = []
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Whether the account may have one more.
  func hasRoom(_ account: UInt64) -> Bool {
    for entry in entries where entry.account == account { return entry.count < limit }
    return true
  }

  mutating func add(_ account: UInt64) {
    for index in entries.indices where entries[index].account == account {
      entries[index].count += 1
      return
    }
    entries.append((account, 1))
  }

  mutating func remove(_ account: UInt64) {
    for index in entries.indices where entries[index].account == account {
      entries[index].count -= 1
      if entries[index].count == 0 { entries.remove(at: index) }
      return
    }
  }
}
