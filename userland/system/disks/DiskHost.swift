// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
public import Memory
public import Schemes
import Storage

/// Memory of a client's that the device may reach.
public struct ClientArea {
  public let bytes: SharedBytes
  public let pages: [UInt64]
  /// The host's name for it.
  public let name: UInt64

  public init(_ bytes: SharedBytes, pages: [UInt64], name: UInt64) {
    self.bytes = bytes
    self.pages = pages
    self.name = name
  }
}

/// What the program around a disk's server does for it.
public protocol DiskHost {
  /// Nanoseconds of the monotonic clock.
  func now() -> UInt64
  /// Lets the device reach a memory object of a client's, which is this program's from here on.
  /// - Throws: `invalidArgument` unless it is wired and holds `least` bytes.
  func attach(_ object: Handle, least: UInt64) throws(SystemError) -> ClientArea
  /// The device does not reach it any more.
  func detach(_ area: ClientArea)
  /// Asks to be told of the device's interrupts, by an event with the data 1.
  func watchInterrupts(_ session: SchemeSession) throws(SystemError)
  /// Takes note of an interrupt, so that the next one comes.
  func takeInterrupt()
  /// Waits a moment, for the server's own requests at its start.
  func pause()
  /// The device cannot be reset from here: ends the program, whose successor finds it reset.
  func abandon()
}
