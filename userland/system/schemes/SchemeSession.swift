// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// What a server can do beside answering the request at hand. The runtime's session makes system
/// calls; a test's writes down what it was told.
open class SchemeSession {
  /// The scheme's name, for the paths of open files.
  public let name: Text

  public init(name: Text) { self.name = name }

  /// The session's handle, for making memory that the server provides (`ProvidedMemory`) and for
  /// calls without a wrapper; `none` in a test's session.
  open var handle: Handle { .none }

  /// Answers a postponed request with `result` and, as far as the client can take them, `bytes`.
  ///
  /// A client that has gone meanwhile is no error: nothing happens.
  /// - Returns: whether the client has the answer.
  @discardableResult
  open func answer(_ tag: RequestTag, _ result: UInt, _ bytes: Span<UInt8>) -> Bool { true }

  /// Answers a postponed open with the file, or an operation that asks for a handle with one.
  /// - Returns: whether the client has it; if it is gone, nobody will ever close the file.
  @discardableResult
  open func answer(_ tag: RequestTag, opening word: UInt64, isStream: Bool) -> Bool { true }
  open func answer(_ tag: RequestTag, passing handle: Handle) {}

  /// Answers an operation that asks for a handle with what is kept at `place`, which is empty then,
  /// also if the client is gone.
  open func answer(_ tag: RequestTag, passingKept place: Int) {}

  /// Moves a handle of the server to `place` of the scheme, where it outlives the server; what was
  /// there is closed.
  /// - Throws: `accessDenied` for one that cannot be passed on, `quotaExceeded`, `outOfMemory`.
  open func keep(_ handle: Handle, at place: Int) throws(SystemError) { throw .notSupported }

  /// Another handle for what is kept at `place`.
  /// - Throws: `notFound`.
  open func copyKept(_ place: Int) throws(SystemError) -> Handle { throw .notSupported }

  /// Closes what is kept at `place`, if anything is.
  open func dropKept(_ place: Int) {}

  /// Copies more of what the client of a taken request sends, from byte `offset` of it on.
  /// - Throws: `gone` if the client is.
  open func read(
    _ tag: RequestTag, at offset: Int, into bytes: consuming MutableSpan<UInt8>
  ) throws(SystemError) -> Int { throw .notSupported }

  /// Copies bytes to where the client of a taken request wants its answer, from byte `offset` on.
  /// - Throws: `gone` if the client is.
  open func write(
    _ tag: RequestTag, at offset: Int, from bytes: Span<UInt8>
  ) throws(SystemError) -> Int { throw .notSupported }

  /// Whether the client of a taken request still waits for its answer.
  open func isWaiting(_ tag: RequestTag) -> Bool { true }

  /// The groups that the client of a taken request is in, beside the one in the request.
  /// - Throws: `gone` if the client is.
  open func groups(of tag: RequestTag) throws(SystemError) -> [UInt32] { [] }

  /// Answers a postponed read with bytes where they lie.
  /// - Returns: whether the client has the answer.
  @discardableResult
  open func answer(_ tag: RequestTag, with bytes: SharedBytes) -> Bool { true }

  /// As `read(_:at:into:)`, to memory that a device uses as well.
  open func read(
    _ tag: RequestTag, at offset: Int, into bytes: SharedBytes
  ) throws(SystemError) -> Int { throw .notSupported }

  /// Says what is possible now on all open files with this word.
  open func signal(_ word: UInt64, _ events: EventSet) {}

  /// Makes all open files with this word stale: their operations answer `gone`.
  open func revoke(_ word: UInt64) {}

  /// Calls the server's `handle(_ event:)` when one of `events` happens on `handle`.
  /// - Throws: what the event queue says: `notSupported`, `accessDenied`, `quotaExceeded`.
  open func watch(_ handle: Handle, _ events: EventSet, data: UInt64) throws(SystemError) {
    throw .notSupported
  }

  /// Calls the server's `wake()` once, at `deadline`. A later call replaces it; `never` cancels.
  open func wake(at deadline: Deadline) {}

  /// The word of a root that the session has made for itself, to be told when a deadline has passed.
  public static var alarmWord: UInt64 { .max }

  /// Whether the deadline has passed; there is none then any more.
  open func takeAlarm() -> Bool { false }

  /// Closes a handle of the server.
  open func close(_ handle: Handle) {}

  /// The open files that the kernel knows, for a successor that checks its capsule against them.
  open func descriptions() throws(SystemError) -> [SchemeDescriptionRecord] { [] }
}

extension SchemeSession {
  /// Answers a postponed request with success and nothing else.
  public final func answer(_ tag: RequestTag, _ result: UInt = 0) { answer(tag, result, Span()) }

  /// Answers a postponed read.
  public final func answer(_ tag: RequestTag, _ bytes: Span<UInt8>) {
    answer(tag, UInt(bytes.count), bytes)
  }

  /// Answers a postponed request with an error.
  public final func answer(_ tag: RequestTag, _ error: SystemError) {
    answer(tag, CallResult(error).rawValue, Span())
  }
}
