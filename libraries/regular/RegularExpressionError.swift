// SPDX-License-Identifier: MIT
public import Base

/// What is wrong with a regular expression.
public struct RegularExpressionError: Error, Equatable {
  public let message: Text

  init(_ message: Text) { self.message = message }
}
