// SPDX-License-Identifier: MIT
import Testing

/// An expectation about values that cannot be copied or change as they are asked, which the macro
/// would take apart.
func check(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(condition, sourceLocation: sourceLocation)
}
