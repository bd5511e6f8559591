// SPDX-License-Identifier: MIT
import ABI

// What a debugger does to a process that it has a handle of.
extension Process {
  /// Copies memory of the process, up to the first page that is not accessible.
  /// - Returns: bytes copied.
  /// - Throws: `badAddress` if not even the first byte is.
  @export(interface)
  public func readMemory(
    at address: UInt, into bytes: consuming MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try bytes.withClaim { (claim) throws(SystemError) in
        try perform(access(address, claim, .read))
      })
  }

  /// Writes memory of the process, up to the first page that is not accessible.
  /// - Returns: bytes written.
  /// - Throws: `badAddress` if not even the first byte is.
  @export(interface)
  public func writeMemory(at address: UInt, _ bytes: Span<UInt8>) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try bytes.withClaim { (claim) throws(SystemError) in
        try perform(access(address, claim, .write))
      })
  }

  private func access(
    _ address: UInt, _ claim: UserSpan, _ operation: DebugOperation
  ) -> AccessMemory {
    AccessMemory {
      $0.process = handle
      $0.address = address
      $0.buffer = claim
      $0.operation = operation
    }
  }
}

extension Handle {
  /// Reads the registers of a stopped thread, in the order that `docs/abi.md` lists.
  /// - Throws: `busy` if the thread is not stopped.
  @export(interface)
  public func readRegisters(into bytes: consuming MutableSpan<UInt8>) throws(SystemError) -> Int {
    Int(
      truncatingIfNeeded: try bytes.withClaim { (claim) throws(SystemError) in
        try perform(
          DebugThread {
            $0.thread = self
            $0.operation = .read
            $0.buffer = claim
          })
      })
  }

  /// Changes the registers of a stopped thread.
  @export(interface)
  public func writeRegisters(_ bytes: Span<UInt8>) throws(SystemError) {
    _ = try bytes.withClaim { (claim) throws(SystemError) in
      try perform(
        DebugThread {
          $0.thread = self
          $0.operation = .write
          $0.buffer = claim
        })
    }
  }

  /// Lets a stopped thread run one instruction.
  @export(interface)
  public func step() throws(SystemError) {
    _ = try perform(
      DebugThread {
        $0.thread = self
        $0.operation = .step
      })
  }

  /// Lets a thread that reported an exception go on, or ends its process.
  @export(interface)
  public func answerException(_ action: ExceptionAction) throws(SystemError) {
    _ = try perform(
      AnswerException {
        $0.thread = rawValue
        $0.action = action
      })
  }
}
