// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Takes an object from `pool`, which grows by a page of the kernel's own if it has to. The object's
/// fields are as its last user left them.
///
/// - Throws: `outOfMemory`.
@inline(__always)
func takeObject<T>(_ pool: inout Pool<T>) throws(SystemError) -> Ref<T> {
  if let object = pool.take() { return object }
  guard pool.grow(takePoolPage), let object = pool.take() else { throw .outOfMemory }
  return object
}

/// A page for kernel objects. It never comes back; `FrameTable.kernelCount` counts them.
@inline(never)
private func takePoolPage() -> UInt? {
  do throws(SystemError) {
    let address = try kernel.frames.take(for: nil)
    kernel.frames.kernelCount &+= 1
    return address.kernelAddress
  } catch {
    return nil
  }
}
