// SPDX-License-Identifier: MIT
import Builtin

/// A place for a value that is changed through a borrow, by whoever keeps others away meanwhile.
@_rawLayout(like: Value, movesAsLike)
struct Cell<Value: ~Copyable>: ~Copyable {
  @inline(__always)
  init(_ value: consuming Value) {
    // SAFETY: the place is this value's own and holds nothing yet.
    unsafe address.initialize(to: value)
  }

  /// - Safety: whoever uses the address has the cell to itself and keeps the cell alive.
  @unsafe
  @inline(__always)
  var address: UnsafeMutablePointer<Value> {
    unsafe UnsafeMutablePointer(Builtin.addressOfRawLayout(self))
  }

  @inline(__always)
  deinit {
    // SAFETY: the value ends with its place.
    unsafe address.deinitialize(count: 1)
  }
}

/// A piece of data that one thread at a time may use.
///
/// Lock and unlock together take about 30 instructions while nobody else wants it. Not recursive: a
/// thread that takes it twice waits for ever.
@safe
public struct Mutex<Value: ~Copyable>: ~Copyable {
  private let lock = FutexLock()
  private let cell: Cell<Value>

  @inline(__always)
  public init(_ value: consuming sending Value) { cell = Cell(value) }

  /// Runs `body` with the data, waiting as long as it takes.
  @inline(__always)
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    lock.lock()
    defer { lock.unlock() }
    // SAFETY: the lock keeps all others away.
    return try unsafe body(&cell.address.pointee)
  }

  /// Runs `body` with the data if nobody else has it.
  /// - Returns: `nil` if somebody has.
  @inline(__always)
  public borrowing func withLockIfFree<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result? {
    guard lock.tryLock() else { return nil }
    defer { lock.unlock() }
    // SAFETY: the lock keeps all others away.
    return try unsafe body(&cell.address.pointee)
  }

  /// Runs `body` with the data; where it says so, gives the data up and waits for `condition`.
  ///
  /// `body` is run again after each wait, until it returns a value.
  @inline(__always)
  public borrowing func withLock<Result, Failure: Error>(
    waitingFor condition: borrowing ConditionVariable,
    _ body: (inout sending Value) throws(Failure) -> sending Result?
  ) throws(Failure) -> sending Result {
    lock.lock()
    defer { lock.unlock() }
    while true {
      // SAFETY: the lock keeps all others away.
      if let result = try unsafe body(&cell.address.pointee) { return result }
      _ = condition.wait(holding: lock, until: .never)
    }
  }

  /// As above, but gives up at `deadline`.
  /// - Returns: `nil` if the deadline passed and `body` still had no value.
  @inline(__always)
  public borrowing func withLock<Result, Failure: Error>(
    waitingFor condition: borrowing ConditionVariable, until deadline: Deadline,
    _ body: (inout sending Value) throws(Failure) -> sending Result?
  ) throws(Failure) -> sending Result? {
    lock.lock()
    defer { lock.unlock() }
    while true {
      // SAFETY: the lock keeps all others away.
      if let result = try unsafe body(&cell.address.pointee) { return result }
      if !condition.wait(holding: lock, until: deadline) { return nil }
    }
  }
}

extension Mutex: @unchecked Sendable where Value: ~Copyable {}
