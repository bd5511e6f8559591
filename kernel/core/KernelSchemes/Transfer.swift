// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects

/// Copies a record to the caller, through this processor's scratch page.
///
/// - Returns: its size.
/// - Throws: `invalidArgument` if `buffer` is too small for it.
func sendRecord<T: BitwiseCopyable>(
  _ record: T, to buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let count = UInt(MemoryLayout<T>.size)
  guard buffer.count >= count else { throw .invalidArgument }
  let page = kernel.processors[Machine.currentProcessor].scratch
  PageOf<T>(page)[0] = record
  try copyOut(UserSpan(address: buffer.address, count: count), page.kernelAddress, thread)
  return .done(count)
}

/// Copies a record from the caller.
///
/// - Throws: `invalidArgument` if `buffer` is too small to hold one.
func receiveRecord<T: BitwiseCopyable>(
  _ type: T.Type, from buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> T {
  let count = UInt(MemoryLayout<T>.size)
  guard buffer.count >= count else { throw .invalidArgument }
  let page = kernel.processors[Machine.currentProcessor].scratch
  try copyIn(page.kernelAddress, UserSpan(address: buffer.address, count: count), thread)
  return PageOf<T>(page)[0]
}
