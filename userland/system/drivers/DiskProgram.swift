// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Disks
import Memory
import PCI
import Schemes

/// Memory of this program that a function reaches as well.
public struct DeviceArea: ~Copyable, Sendable {
  public let bytes: SharedBytes
  /// The address by which the function knows each page.
  public let pages: [UInt64]

  /// Makes `byteCount` bytes, for as long as the program runs.
  ///
  /// - Parameter isOnePiece: the pages lie side by side for the function, up to 4 MiB.
  /// - Throws: `outOfMemory`, `quotaExceeded`.
  @export(interface)
  public init(
    _ function: borrowing PCIFunction, byteCount: Int, isOnePiece: Bool
  ) throws(SystemError) {
    let object = try MemoryObject(byteCount: byteCount, isOnePiece ? .contiguous : .wired)
    let bytes = try object.map(
      byteCount: byteCount, .read | .write | .shared | .populate
    ).shared()
    let name = try function.share(object.handle)
    let pages = try function.addresses(of: name, count: byteCount / 4096)
    self.bytes = bytes
    self.pages = pages
  }
}

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
    try session.watch(interrupt.handle, .readable, data: 1)
  }

  public func takeInterrupt() {
    do throws(SystemError) { try interrupt.take() } catch {
      // Nobody else reads it; a signal in between leaves it for the next event.
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

/// What a driver's `main` has in common with others.
public enum DriverProgram {
  /// The function's folder: the first argument, or what `pcid-spawner` shows.
  public static var functionPath: Text {
    Arguments.count > 1 ? Arguments.text(at: 1) : "/scheme/pci"
  }

  /// Ends a driver that cannot drive its device.
  @export(interface)
  public static func fail(_ reason: Text) -> Never {
    Log.error(reason)
    exit(1)
  }

  /// Ends a driver whose function refused something.
  @export(interface)
  public static func fail(_ error: SystemError) -> Never {
    fail(
      Text { line in
        line.put("cannot drive ")
        line.put(functionPath)
        line.put(": ")
        line.put(error.explanation)
      })
  }

  /// The partitions that the capsule holds; without one, they live as long as the driver.
  @export(interface)
  public static func partitions() throws(SystemError) -> PartitionList {
    do throws(CapsuleError) {
      if let capsule = try takeCapsule() { return try PartitionList(in: capsule) }
      return try PartitionList(in: memory())
    } catch { throw .outOfMemory }
  }

  private static func takeCapsule() throws(CapsuleError) -> SharedBytes? {
    do throws(SystemError) { return try Service.takeCapsule()?.bytes } catch { throw .tooSmall }
  }

  private static func memory() throws(CapsuleError) -> SharedBytes {
    do throws(SystemError) {
      return try Mapping(byteCount: PartitionList.byteCount).shared()
    } catch { throw .tooSmall }
  }
}
