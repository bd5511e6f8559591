// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory
import Synchronization

/// What init gives to a service that it starts.
public enum Service {
  /// Whether init prepared a scheme for this program.
  static var wasPrepared: Bool { started.scheme != .none }

  /// Whether this program is a service: init gave it what only services get.
  static var isOne: Bool {
    started.scheme != .none || started.capsule != .none || started.readiness != .none
  }

  private static let schemeTaken = Atomic<Bool>(false)

  /// The right to serve the scheme that init prepared; `nil` if it did not, or if it was taken.
  static func takeScheme() -> OwnedHandle? {
    guard wasPrepared, !schemeTaken.exchange(true, ordering: .relaxed) else { return nil }
    return OwnedHandle(started.scheme)
  }

  private static let capsuleTaken = Atomic<Bool>(false)

  /// The memory that outlives this program, mapped for as long as it runs; what a predecessor wrote
  /// is still there. `nil` if the unit has none, or if it was taken already.
  @export(interface)
  public static func takeCapsule() throws(SystemError) -> ServiceCapsule? {
    let handle = started.capsule
    guard handle != .none, !capsuleTaken.exchange(true, ordering: .relaxed) else { return nil }
    let memory = MemoryObject(OwnedHandle(handle))
    let bytes = try memory.map(byteCount: Int(clamping: memory.status().length)).shared()
    return ServiceCapsule(bytes: bytes, memory: memory)
  }
}

/// The memory that outlives a service's processes.
public struct ServiceCapsule: ~Copyable, Sendable {
  /// All of it, mapped for as long as the program runs.
  public let bytes: SharedBytes
  /// The object behind it, for a service that lets others map parts.
  public let memory: MemoryObject

  init(bytes: SharedBytes, memory: consuming MemoryObject) {
    self.bytes = bytes
    self.memory = memory
  }

  /// The memory as words, for state that changes whole or not at all (`Journal`).
  public var store: CapsuleStore { CapsuleStore(bytes, bringIn: { hasMemory(at: $0) }) }
}

/// Whether there is memory behind an address: the kernel looks at the word there, and says so if it
/// cannot. A touch by the program itself would be its end.
@export(interface)
func hasMemory(at address: UInt) -> Bool {
  do throws(SystemError) {
    _ = try perform(
      FutexWait {
        $0.address = address
        $0.expected = 0x5EED_F00D
        $0.deadline = .immediately
        $0.flags = .processPrivate
      })
    return true
  } catch { return error != .outOfMemory }
}

/// Tells init that the program does its work now.
public enum Readiness {
  private static let told = Atomic<Bool>(false)

  /// Tells it once; later calls do nothing. Without an init that waits for it, nothing happens
  /// either.
  @export(interface)
  public static func tell() {
    let handle = started.readiness
    guard handle != .none, !told.exchange(true, ordering: .relaxed) else { return }
    let zero = InlineArray<1, UInt8>(repeating: 0)
    do throws(SystemError) { try handle.writeAll(zero.span) } catch {
      // Nobody waits any more.
      return
    }
    performIgnoringErrors(Close { $0.handle = handle })
  }
}
