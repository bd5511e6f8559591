// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import Memory
public import PCI
import Schemes

/// What the kernel does for pcid, or a test's model of it.
public protocol FunctionMachine {
  /// A memory object over device memory.
  func deviceMemory(at address: UInt64, byteCount: UInt64) throws(SystemError) -> Handle
  func ports(_ ports: ClosedRange<UInt16>) throws(SystemError) -> Handle
  /// The addresses by which devices know the pages of a wired object, as many as are found at once.
  /// - Throws: `invalidArgument` if it is none.
  func addresses(of object: Handle, from offset: UInt64) throws(SystemError) -> [UInt64]
  /// An interrupt of its own for a device, and what raises it.
  func makeInterrupt() throws(SystemError) -> (handle: Handle, message: InterruptMessage)
  /// Stores an entry of a table of messages, at a physical address.
  func store(_ message: InterruptMessage, at address: UInt64) throws(SystemError)
  func pause(milliseconds: UInt64)
  func close(_ handle: Handle)
}
