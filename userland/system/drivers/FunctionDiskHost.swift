// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Disks
import Memory
import PCI
import Schemes

/// What drivers of disks behind PCI functions have around their server.
public final class FunctionDiskHost: DiskHost {
  private let function: PCIFunction
  private let interrupt: Interrupt

  @export(interface)
  public init(_ function: consuming PCIFunction, _ interrupt: consuming Interrupt) {
    self.function = function
    self.interrupt = interrupt
  }

  public func now() -> UInt64 { Clock.now().nanoseconds }

  @export(interface)
  public func attach(_ object: Handle, least: UInt64) throws(SystemError) -> ClientArea {
    let length = try object.memoryStatus(of: 0..<0).length
    guard length >= least, length <= 64 << 20 else { throw .invalidArgument }
    let count = Int(length) & ~4095
    guard count > 0 else { throw .invalidArgument }
    let name = try function.share(object)
    do throws(SystemError) {
      let pages = try function.addresses(of: name, count: count / 4096)
      let (address, byteCount) = try Mapping(
        object, byteCount: count, .read | .write | .shared
      ).release()
      performIgnoringErrors(Close { $0.handle = object })
      // SAFETY: mapped until `detach`, after which the server looks there no more.
      return ClientArea(
        unsafe SharedBytes(address: address, count: byteCount), pages: pages, name: name)
    } catch {
      unshare(name)
      throw error
    }
  }

  public func detach(_ area: ClientArea) {
    unshare(area.name)
    performIgnoringErrors(
      Unmap {
        $0.address = area.bytes.address
        $0.length = UInt(area.bytes.count)
      })
  }

  private func unshare(_ name: UInt64) {
    do throws(SystemError) { try function.unshare(name) } catch {
      // The function's end gives it back at the latest.
      return
    }
  }

  public func watchInterrupts(_ session: SchemeSession) throws(SystemError) {
    // Each is taken once: the queue need not look whether it is still there.
    try session.watch(interrupt.handle, .readable | .edge, data: 1)
  }

  public func takeInterrupt() {
    do throws(SystemError) { try interrupt.takeIfAny() } catch {
      // Nobody else has it: there is nothing that could refuse.
      return
    }
  }

  public func pause() { Clock.sleep(.microseconds(100)) }

  @export(interface)
  public func abandon() {
    Log.error("the device does not reset; the next driver begins with one that pcid has reset")
    exit(1)
  }
}
