// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

// Operations of a scheme's own, and handles on their way through schemes.
extension Handle {
  /// Sends a request of the scheme's own and waits for its answer.
  ///
  /// - Parameters:
  ///   - operation: a number of the scheme's.
  ///   - input: what is sent; at most 126,976 bytes.
  ///   - output: where bytes of the answer go; at most as many.
  /// - Returns: the answer's word. How many bytes came with it is the scheme's to say.
  /// - Throws: `noSystemCall` if the scheme does not know the operation, and what it answers.
  @export(interface)
  public func call(
    _ operation: UInt32, _ input: Span<UInt8> = Span(),
    into output: consuming MutableSpan<UInt8> = MutableSpan()
  ) throws(SystemError) -> UInt {
    try output.withClaim { (outputClaim) throws(SystemError) in
      try input.withClaim { (inputClaim) throws(SystemError) in
        try perform(
          CallScheme {
            $0.handle = self
            $0.operation = operation
            $0.input = inputClaim
            $0.output = outputClaim
          })
      }
    }
  }

  /// Passes a copy of `sent` to the scheme behind this handle.
  /// - Throws: `accessDenied` without the transfer right on `sent`, and what the scheme answers.
  @export(interface)
  public func send(
    _ sent: Handle, _ operation: UInt32 = 0, word: UInt = 0
  ) throws(SystemError) -> UInt {
    try perform(
      SendHandle {
        $0.handle = self
        $0.sent = sent
        $0.operation = operation
        $0.word = word
      })
  }

  /// Asks the scheme behind this handle for a handle.
  @export(interface)
  public func receive(_ operation: UInt32 = 0, word: UInt = 0) throws(SystemError) -> OwnedHandle {
    OwnedHandle(
      try perform(
        ReceiveHandle {
          $0.handle = self
          $0.operation = operation
          $0.word = word
        }))
  }

  /// Opens `path` below what this handle stands for: a file in a directory, or whatever its scheme
  /// derives from it.
  @export(interface)
  public func open(
    _ path: Text, _ flags: OpenFlags = .read, mode: UInt32 = 0
  ) throws(SystemError) -> OwnedHandle {
    try System.open(path, flags, mode: mode, below: self)
  }

  /// How many bytes a pipe holds.
  /// - Throws: `invalidArgument` for what is no pipe.
  @export(interface)
  public func availableBytes() throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try perform(
        ControlHandle {
          $0.handle = self
          $0.property = .available
        }))
  }
}
