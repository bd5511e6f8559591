// SPDX-License-Identifier: MIT

/// A reference to a kernel object in a pool.
///
/// Pools are type-stable: a slot that once held a `T` holds an initialised `T` for ever, in use or
/// free, and its memory is never given back. So following a reference is memory-safe whatever has
/// happened since; whether the object is still the one that was meant is the owner's invariant
/// (reference counts, or a generation check).
@safe public struct Ref<T: PoolObject>: Equatable, BitwiseCopyable {
  @usableFromInline let pointer: UnsafeMutablePointer<T>

  /// - Safety: `pointer` is a slot of a pool of `T`.
  @inline(__always)
  @unsafe init(slot pointer: UnsafeMutablePointer<T>) { unsafe self.pointer = pointer }

  /// The object itself.
  @inline(__always)
  public var value: T {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer }
  }

  /// Where the object lies in the kernel's address space.
  @inline(__always)
  public var address: UInt { unsafe UInt(bitPattern: pointer) }

  @inline(__always)
  public static func == (a: Self, b: Self) -> Bool { a.address == b.address }
}

extension Optional {
  /// The reference, where an invariant says that there is one, and looking would cost every call an
  /// instruction. Should it be wrong, the access faults, which ends the kernel as a failed check
  /// does: no object lies at address zero, and the page there is never mapped.
  @inline(__always)
  public func certain<T>() -> Ref<T> where Wrapped == Ref<T> {
    // SAFETY: as above.
    unsafe unsafelyUnwrapped
  }

  /// Whether this is `other`. `==` would first ask whether it is nil.
  @inline(__always)
  public func isExactly<T>(_ other: Ref<T>) -> Bool where Wrapped == Ref<T> {
    // SAFETY: an optional reference is the address, or zero.
    unsafe unsafeBitCast(self, to: UInt.self) == other.address
  }
}

/// What lives in a pool. Its initial value is what a fresh slot holds.
public protocol PoolObject: BitwiseCopyable {
  init()
  var slot: PoolSlot<Self> { get set }
}

/// What the pool keeps in each object.
public struct PoolSlot<T: PoolObject>: BitwiseCopyable {
  /// The next free slot, while this one is free.
  var nextFree: Ref<T>?
  /// The object's place in its pool; never changes.
  public internal(set) var index: UInt32 = 0
  /// Grows when the object is freed, so that old names of it are recognised.
  public internal(set) var generation: UInt32 = 0
  public internal(set) var isInUse = false
  public init() {}

  /// Makes old names of an object invalid that stays in use.
  @inline(__always)
  public mutating func renew() { generation &+= 1 }
}
