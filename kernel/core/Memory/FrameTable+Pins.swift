// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Pins keep a frame where it is, and from being reused, while a request reads or writes it by its
// physical address. They outlive the mapping and the process.

extension FrameTable {
  /// Adds a pin to the frame at `address`.
  /// - Throws: `badAddress` for anything but memory of this machine, `busy` for the 65,536th pin.
  func pin(_ address: PhysicalAddress) throws(SystemError) {
    if tryToPin(address) { return }
    guard let frame = frame(at: address), info[Int(frame)].state.isPinnable else {
      throw .badAddress
    }
    throw .busy
  }

  /// As `pin`.
  /// - Returns: false where that throws.
  @inline(__always)
  func tryToPin(_ address: PhysicalAddress) -> Bool {
    guard let frame = frame(at: address) else { return false }
    let index = Int(frame)
    let pins = info[index].pins
    guard info[index].state.isPinnable, pins != UInt16.max else { return false }
    info[index].pins = pins &+ 1
    return true
  }

  /// Takes a pin away. The last one of an abandoned frame frees it.
  @inline(__always)
  mutating func unpin(_ frame: UInt32) {
    let pins = info[Int(frame)].pins &- 1
    info[Int(frame)].pins = pins
    if pins == 0, info[Int(frame)].state == .abandoned { freeAbandoned(frame) }
  }

  /// A pinned frame lost its last owner. Its charge stays with `account` until the pins are gone.
  @inline(never)
  mutating func abandon(_ frame: UInt32, _ account: Ref<Account>?) {
    info[Int(frame)].references = 0
    info[Int(frame)].state = .abandoned
    let payer = account ?? kernel.rootAccount
    info[Int(frame)].previous = payer?.value.slot.index ?? 0
    payer?.retain()
  }

  @inline(never)
  private mutating func freeAbandoned(_ frame: UInt32) {
    let payer = kernel.accounts[info[Int(frame)].previous]
    giveUncharged(frame)
    payer?.release(.frames, 1)
    payer?.drop()
  }

  /// Whether a request is at work on the page at `address`.
  @inline(__always)
  func isPinned(_ address: PhysicalAddress) -> Bool {
    guard let frame = frame(at: address) else { return false }
    return info[Int(frame)].pins != 0
  }

  /// Whether the bytes at `address` are memory, as opposed to a device's.
  func isMemory(_ address: PhysicalAddress) -> Bool {
    guard let frame = frame(at: address) else { return false }
    return info[Int(frame)].state != .absent
  }
}
