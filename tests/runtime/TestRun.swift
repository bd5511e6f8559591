// SPDX-License-Identifier: MIT
public import System

/// Why a test failed.
public struct TestFailure: Error {
  public let reason: Text

  @_disfavoredOverload
  public init(_ reason: Text) { self.reason = reason }
  public init(_ reason: StaticString) { self.reason = Text(reason) }
}

/// The tests of one program, said line by line on standard output for the host to count.
///
///     program NAME · begin TEST · ok TEST · not ok TEST: REASON · end NAME
///
/// Each line is sent before what follows begins, so the host knows in which test a program died.
public struct TestRun: ~Copyable {
  private let program: StaticString
  private var hasFailed = false

  public init(_ program: StaticString) {
    self.program = program
    Self.say("program ", program)
  }

  /// Runs one test. Its name is a sentence about behaviour.
  @export(interface)
  public mutating func test(_ name: StaticString, _ body: () throws(TestFailure) -> Void) {
    Self.say("begin ", name)
    do throws(TestFailure) {
      try body()
      Self.say("ok ", name)
    } catch {
      hasFailed = true
      Self.say("not ok ", name, error.reason)
    }
  }

  /// Says something of interest when a test fails, such as a seed.
  @export(interface)
  public static func remark(_ text: StaticString, _ number: UInt64) {
    var output = Output()
    output.put(text)
    output.put(" ")
    output.put(decimal: number)
    output.put("\n")
  }

  /// The same with words behind the number.
  @export(interface)
  public static func remark(_ text: StaticString, _ number: UInt64, _ words: Text) {
    var output = Output()
    output.put(text)
    output.put(" ")
    output.put(decimal: number)
    output.put(": ")
    output.put(words.span)
    output.put("\n")
  }

  /// Ends the run. Returns the program's exit status.
  @export(interface)
  public consuming func end() -> Int32 {
    Self.say("end ", program)
    return hasFailed ? 1 : 0
  }

  private static func say(_ word: StaticString, _ name: StaticString, _ reason: Text = Text()) {
    var output = Output()
    output.put(word)
    output.put(name)
    if !reason.isEmpty {
      output.put(": ")
      output.put(reason.span)
    }
    output.put("\n")
  }
}

/// Fails the test unless `condition` holds; `what` says what was expected.
@inline(__always)
public func expect(_ condition: Bool, _ what: StaticString) throws(TestFailure) {
  if !condition { throw TestFailure(what) }
}

/// Does what has to succeed; its error becomes the test's failure.
@inline(__always)
public func succeed<Result: ~Copyable>(
  _ what: StaticString, _ body: () throws(SystemError) -> Result
) throws(TestFailure) -> Result {
  do throws(SystemError) { return try body() } catch {
    throw TestFailure(reason(what, error))
  }
}

/// Does what has to fail with `expected`.
@inline(__always)
public func fail<Result>(
  with expected: SystemError, _ what: StaticString, _ body: () throws(SystemError) -> Result
) throws(TestFailure) {
  do throws(SystemError) { _ = try body() } catch {
    if error == expected { return }
    throw TestFailure(reason(what, error))
  }
  throw TestFailure(what)
}

@export(interface)
public func reason(_ what: StaticString, _ error: SystemError) -> Text {
  Text { text in
    text.put(what)
    text.put(": error ")
    text.put(decimal: UInt64(error.rawValue))
  }
}
