// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// Why a program could not be started.
public struct ExecutableError: Error, Sendable {
  /// What a caller can act on; `badExecutable` if the file is to blame.
  public let reason: SystemError
  /// The file that is to blame: the program, or its interpreter.
  public let file: Text
  private let cause: StaticString

  init(_ reason: SystemError, _ file: Text, _ cause: StaticString? = nil) {
    self.reason = reason
    self.file = file
    self.cause = cause ?? reason.explanation
  }

  /// The file and the cause in words.
  @export(interface)
  public var explanation: Text {
    Text {
      $0.put(file)
      $0.put(": ")
      $0.put(cause)
    }
  }
}
