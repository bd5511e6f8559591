// SPDX-License-Identifier: MIT
import ABI
import Core
public import FileLocking
public import Memory
import Schemes

extension LockMemory where Store == CapsuleStore {
  /// Memory that the scheme keeps, at a place that its server uses for nothing else.
  public static func kept(at place: Int) -> LockMemory {
    LockMemory(
      find: { session in
        do throws(SystemError) {
          return try map(MemoryObject(OwnedHandle(try session.copyKept(place))))
        } catch { return nil }
      },
      make: { (session) throws(SystemError) in
        // Wired, so that no lock fails for want of memory once there is any.
        let object = try MemoryObject(
          byteCount: LockService<CapsuleStore>.byteCount, .wired)
        let store = try map(object)
        let handle = object.release()
        do throws(SystemError) { try session.keep(handle, at: place) } catch {
          session.close(handle)
          throw error
        }
        return store
      })
  }

  /// Maps it for as long as the program runs.
  private static func map(_ object: borrowing MemoryObject) throws(SystemError) -> CapsuleStore {
    let byteCount = LockService<CapsuleStore>.byteCount
    return CapsuleStore(
      try object.map(byteCount: byteCount).shared(), bringIn: { _ in true })
  }
}
