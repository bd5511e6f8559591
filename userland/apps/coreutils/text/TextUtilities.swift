// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on text, in order of their names.
public var textUtilities: [Utility] {
  [
    Utility("echo", Echo.self), Utility("false", False.self), Utility("true", True.self),
  ]
}
