// SPDX-License-Identifier: MIT
import Testing

/// An expectation about values that cannot be copied or change as they are asked, which the macro
/// would take apart.
func check(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(condition, sourceLocation: sourceLocation)
}

/// The value, which must be there; for calls that the macro cannot take apart.
func require<Value>(
  _ value: Value?, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Value {
  try #require(value, sourceLocation: sourceLocation)
}
