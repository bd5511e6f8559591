// SPDX-License-Identifier: MIT
import ABI
import Schemes

/// A change of a terminal that a client asks for by writing to one of its parts.
enum TerminalChange {
  case settings(TerminalSettings, drains: Bool, flushes: Bool)
  case size(WindowSize)
  case askSize(milliseconds: UInt32)
  case group(UInt32)
  case session
  case lock(Bool)
  case flush(TerminalFlush)
  case hangUp
}

/// A request that is being carried out, or waits until it can be.
struct Waiter {
  enum Kind {
    case read
    case write
    case change(TerminalChange)
    /// All output has been shown.
    case drain
    case openMaster
  }

  var tag: RequestTag
  var description: UInt64
  var sequence: UInt64
  var caller: CallerIdentity
  var file: TerminalFile
  var kind: Kind
  /// Bytes that the client gives or takes.
  var count = 0
  var doesNotWait = false
  /// When it began to wait.
  var start: UInt64
  /// When it will not wait any longer.
  var deadline = Deadline.never
  /// Its group has been told to stop.
  var wasStopped = false
  /// A question for the size has been asked.
  var hasAsked = false

  init(
    _ request: borrowing Request, _ file: TerminalFile, _ kind: Kind, count: Int = 0, now: UInt64
  ) {
    tag = request.tag
    description = request.description
    sequence = request.sequence
    caller = request.caller
    self.file = file
    self.kind = kind
    self.count = count
    start = now
  }
}

/// What an attempt came to.
enum Attempt {
  case waits
  case fails(SystemError)
  /// With so many bytes of a queue, for a read; what is to be stored and answered.
  case done(Completion)
}
