// SPDX-License-Identifier: MIT
import ABI
import CSystem

/// Counts the words that a call takes.
private struct ArgumentCounter: ArgumentCoder {
  var count = 0

  @inline(__always) init() {}

  @inline(__always)
  mutating func word<T: WordCodable>(_ name: StaticString, _ value: inout T) { count &+= 1 }
}

extension SystemCall {
  /// How many registers the call needs: a constant once it is inlined.
  @inline(__always)
  fileprivate static var argumentCount: Int {
    var counter = ArgumentCounter()
    var call = Self()
    // Counting does not fail; the error type is the reader's.
    do throws(SystemError) { try call.arguments(&counter) } catch { return 6 }
    return counter.count
  }
}

/// Makes a system call and waits for its reply.
///
/// A call compiles to the moves that put its arguments into registers, the trap, and one compare.
/// - Throws: what the call's own documentation lists.
@inline(__always)
public func perform<Call: SystemCall>(_ call: Call) throws(SystemError) -> Call.Reply {
  try Call.Reply(word: checked(trap(call)))
}

/// Makes a system call whose failure the caller has no use for, as in closing a handle.
@inline(__always)
public func performIgnoringErrors<Call: SystemCall>(_ call: Call) {
  _ = trap(call)
}

/// Makes a call that nothing describes: any number, any registers. For tests of the kernel.
///
/// - Returns: the result register.
/// - Safety: the call may change any memory of the process, end it, or take its handles away.
@unsafe
@inline(__always)
public func performUnchecked(_ number: UInt, _ words: CallWords) -> UInt {
  system_call6(number, words.a, words.b, words.c, words.d, words.e, words.f)
}

/// The result register of `call`: a reply, or a negated error number.
@inline(__always)
func trap<Call: SystemCall>(_ call: Call) -> UInt {
  let number = Call.number.rawValue
  let words = call.words
  return switch Call.argumentCount {
  case 0: system_call0(number)
  case 1: system_call1(number, words.a)
  case 2: system_call2(number, words.a, words.b)
  case 3: system_call3(number, words.a, words.b, words.c)
  case 4: system_call4(number, words.a, words.b, words.c, words.d)
  case 5: system_call5(number, words.a, words.b, words.c, words.d, words.e)
  default: system_call6(number, words.a, words.b, words.c, words.d, words.e, words.f)
  }
}

/// The reply in a result register.
@inline(__always)
func checked(_ result: UInt) throws(SystemError) -> UInt {
  if result <= UInt.max &- 4095 { return result }
  throw error(inResult: result)
}

/// The error that a result register holds. Out of line, so that a call stays a handful of
/// instructions; a number that this version does not know is reported as `inputOutput`.
@inline(never)
@export(interface)
public func error(inResult result: UInt) -> SystemError {
  SystemError(rawValue: UInt16(truncatingIfNeeded: 0 &- result)) ?? .inputOutput
}

extension SystemCall {
  /// A call with the arguments that `configure` sets; the others keep their defaults.
  @inline(__always)
  public init(_ configure: (inout Self) -> Void) {
    self.init()
    configure(&self)
  }
}
