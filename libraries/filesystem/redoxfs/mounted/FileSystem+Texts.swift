// SPDX-License-Identifier: MIT
public import Base
import Core

// The operations on names, for names that are texts.
extension FileSystem {
  public func find(_ name: Text, in directory: UInt32) throws(FileSystemError) -> UInt32? {
    try find(name.span, in: directory)
  }

  public func make(
    _ new: NewNode, _ name: Text, in directory: UInt32, now: Timestamp
  ) throws(FileSystemError) -> UInt32 {
    try make(new, name.span, in: directory, now: now)
  }

  public func link(
    _ identifier: UInt32, as name: Text, in directory: UInt32, now: Timestamp
  ) throws(FileSystemError) {
    try link(identifier, as: name.span, in: directory, now: now)
  }

  @discardableResult
  public func unlink(
    _ name: Text, from directory: UInt32, isOpen: (UInt32) -> Bool = { _ in false },
    now: Timestamp
  ) throws(FileSystemError) -> (node: UInt32, isUnnamed: Bool) {
    try unlink(name.span, from: directory, isOpen: isOpen, now: now)
  }

  @discardableResult
  public func removeDirectory(
    _ name: Text, from directory: UInt32, isOpen: (UInt32) -> Bool = { _ in false },
    now: Timestamp
  ) throws(FileSystemError) -> UInt32 {
    try removeDirectory(name.span, from: directory, isOpen: isOpen, now: now)
  }

  @discardableResult
  public func rename(
    _ name: Text, from directory: UInt32, to newName: Text, in newDirectory: UInt32,
    isOpen: (UInt32) -> Bool = { _ in false }, now: Timestamp
  ) throws(FileSystemError) -> UInt32? {
    try rename(
      name.span, from: directory, to: newName.span, in: newDirectory, isOpen: isOpen, now: now)
  }
}
