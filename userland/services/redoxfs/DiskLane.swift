// SPDX-License-Identifier: MIT
import ABI
import Core
public import Memory
public import Storage

/// A disk that takes many requests at a time, whose data lies in memory that both sides have. All of
/// these throw when the disk's driver was replaced, which then has to be told of everything anew.
public protocol DiskLane: ~Copyable {
  /// Where data lies, and what the driver calls its beginning.
  var data: SharedBytes { get }
  var dataOffset: UInt64 { get }
  /// Adds a request, which the driver sees at the next of the calls below.
  /// - Returns: false if there is no room now.
  mutating func submit(_ submission: DiskSubmission) throws(SystemError) -> Bool
  /// An answer, if there is one.
  mutating func take() throws(SystemError) -> DiskCompletion?
  /// Shows the driver what was added.
  mutating func flush() throws(SystemError)
  /// Shows it, and waits until there is an answer.
  mutating func flushAndWait() throws(SystemError)
  /// Shows it, and waits until all is answered.
  mutating func flushAndDrain() throws(SystemError)
  /// Begins anew with the driver that there is now. Data stays.
  mutating func attachAgain() throws(SystemError)
}
