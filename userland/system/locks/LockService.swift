// SPDX-License-Identifier: MIT
import ABI
import Core
import FileLocks
public import Memory
public import Schemes

/// Where a server's locks are written down.
public struct LockMemory<Store: WordStore> {
  /// What a predecessor left, if it left anything.
  let find: (SchemeSession) -> Store?
  /// Makes such memory, all zero, for this server and its successors.
  let make: (SchemeSession) throws(SystemError) -> Store

  public init(
    find: @escaping (SchemeSession) -> Store?,
    make: @escaping (SchemeSession) throws(SystemError) -> Store
  ) {
    self.find = find
    self.make = make
  }
}

/// What a server of files does about `LockFile`: it has one of these and hands it what concerns locks.
///
/// A lock is in the kept table before its request is answered. Who waits is a request that is not
/// answered, which comes again to a successor, in its order. A request's answer goes out before others
/// get what it has freed, so that no later change hides that it was carried out.
public struct LockService<Store: WordStore>: ~Copyable {
  private struct Waiter {
    let tag: RequestTag
    let mark: RequestMark
    let lock: FileLock
  }

  private let memory: LockMemory<Store>
  private var session: SchemeSession?
  /// `nil` until the first lock.
  private var kept: KeptLocks<Store>?
  private var waiters: [Waiter] = []
  /// With so many, those whose clients have ended are looked for.
  private var crowd = 64
  /// What a predecessor left could not be believed: locks are lost.
  public private(set) var wasDamaged = false

  /// Locks that one account may have.
  public static var limitPerAccount: Int { 1024 }
  /// Bytes of memory for 2,048 locks.
  public static var byteCount: Int { 33 * 4096 }

  public init(_ memory: LockMemory<Store>) { self.memory = memory }

  /// Called once, before the first request: takes up what a predecessor left. What closed while nobody
  /// served is gone.
  public mutating func start(_ session: SchemeSession) {
    self.session = session
    guard let store = memory.find(session) else { return }
    guard let found = KeptLocks(takingUp: store) else {
      wasDamaged = true
      return
    }
    kept = found
    // If that cannot be found out, all stay until their owners close.
    let open: [SchemeDescriptionRecord]
    do throws(SystemError) { open = try session.descriptions() } catch { return }
    var owners: [UInt64] = []
    for lock in found.table.locks where !owners.contains(lock.owner) { owners.append(lock.owner) }
    for owner in owners where !open.contains(where: { $0.description == owner }) {
      closed(owner)
    }
  }

  /// The operation `LockFile`, on a file that the server has found to be one.
  public mutating func lock(
    _ file: UInt64, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout Request
  ) throws(SystemError) -> FileLockRecord? {
    let range = try LockRange(start: start, length: length)
    let mark = RequestMark(description: request.description, sequence: request.sequence)
    if request.isRepeated, kept?.wasDone(mark) == true { return nil }
    let isExclusive: Bool
    switch operation {
    case .unlock:
      guard let kept, !kept.locks(of: mark.description, on: file).isEmpty else { return nil }
      try kept.clear(range, of: mark.description, on: file, mark)
      answerAndGrant(file, &request)
      return nil
    case .exclusive, .tryExclusive, .findExclusive: isExclusive = true
    case .shared, .tryShared, .findShared: isExclusive = false
    }
    let wanted = FileLock(
      file: file, owner: mark.description, range: range, isExclusive: isExclusive,
      process: request.caller.process, account: request.caller.account)
    let obstacle = kept?.table.obstacle(to: wanted)
    switch operation {
    case .findShared, .findExclusive: return obstacle.map { Self.record(of: $0) }
    case .tryShared, .tryExclusive: if obstacle != nil { throw .wouldBlock }
    default:
      if obstacle != nil {
        wait(Waiter(tag: request.postpone(), mark: mark, lock: wanted))
        return nil
      }
    }
    try table().set(wanted, limit: Self.limitPerAccount, mark)
    // It may have taken the place of more than it is.
    answerAndGrant(file, &request)
    return nil
  }

  private static func record(of lock: FileLock) -> FileLockRecord {
    var record = FileLockRecord()
    record.start = lock.range.first
    record.length = lock.range.length
    record.operation = (lock.isExclusive ? LockOperation.exclusive : .shared).rawValue
    record.process = lock.process
    return record
  }

  /// - Throws: `noLocks` without memory for them.
  private mutating func table() throws(SystemError) -> KeptLocks<Store> {
    if let kept { return kept }
    guard let session else { throw .noLocks }
    let store: Store
    do throws(SystemError) { store = try memory.make(session) } catch { throw .noLocks }
    guard let made = KeptLocks(takingUp: store) else { throw .noLocks }
    kept = made
    return made
  }

  /// A description has closed.
  public mutating func closed(_ description: UInt64) {
    if !waiters.isEmpty { waiters.removeAll { $0.mark.description == description } }
    guard let kept else { return }
    while let file = kept.table.file(lockedBy: description) {
      let all = LockRange(first: 0, last: LockRange.end)
      // It needs no more room.
      do throws(SystemError) { try kept.clear(all, of: description, on: file, nil) } catch {
        return
      }
      grant(file)
    }
  }

  /// The client of a postponed request was interrupted.
  /// - Returns: whether it waited for a lock.
  public mutating func cancel(_ tag: RequestTag) -> Bool {
    guard let index = waiters.firstIndex(where: { $0.tag == tag }) else { return false }
    waiters.remove(at: index)
    session?.answer(tag, .interrupted)
    return true
  }
}

// MARK: Waiting

extension LockService where Store: WordStore {
  private mutating func wait(_ waiter: Waiter) {
    waiters.append(waiter)
    guard waiters.count >= crowd, let session else { return }
    waiters.removeAll { !session.isWaiting($0.tag) }
    crowd = max(64, 2 &* waiters.count)
  }

  /// Gives what has become free to those who wait for it. The request that freed it is answered first.
  private mutating func answerAndGrant(_ file: UInt64, _ request: inout Request) {
    guard waiters.contains(where: { $0.lock.file == file }) else { return }
    session?.answer(request.postpone())
    grant(file)
  }

  /// Goes through those who wait in the order in which they came, until nobody gets anything.
  private mutating func grant(_ file: UInt64) {
    guard let kept, let session else { return }
    var index = 0
    while index < waiters.count {
      let waiter = waiters[index]
      guard waiter.lock.file == file, kept.table.obstacle(to: waiter.lock) == nil else {
        index &+= 1
        continue
      }
      waiters.remove(at: index)
      if grant(waiter, kept, session) { index = 0 }
    }
  }

  /// - Returns: whether the client has it.
  private func grant(
    _ waiter: Waiter, _ kept: KeptLocks<Store>, _ session: SchemeSession
  ) -> Bool {
    guard session.isWaiting(waiter.tag) else { return false }
    let old = kept.locks(of: waiter.lock.owner, on: waiter.lock.file)
    do throws(SystemError) {
      try kept.set(waiter.lock, limit: Self.limitPerAccount, waiter.mark)
    } catch {
      session.answer(waiter.tag, error)
      return false
    }
    if session.answer(waiter.tag, 0, Span()) { return true }
    // Its client ended at this moment; there is room for what there was before.
    do throws(SystemError) {
      try kept.restore(old, of: waiter.lock.owner, on: waiter.lock.file)
    } catch { return false }
    return false
  }
}
