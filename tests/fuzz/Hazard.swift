// SPDX-License-Identifier: MIT
import System

/// The one place of the fuzzer that is not safe: a call with any number and any registers.
///
/// The kernel may then change any memory of this process, and does: a worker that ends by it is
/// started again. What the calls are told of lies in mappings of its own, so that this is rare.
@inline(__always)
func trap(_ number: UInt, _ words: CallWords) -> UInt {
  // SAFETY: none. The process has nothing but what it can lose.
  unsafe performUnchecked(number, words)
}
