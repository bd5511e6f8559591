// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on files, in order of their names.
public var fileUtilities: [Utility] {
  [
    Utility("cat", Cat.self), Utility("ls", Ls.self),
  ]
}
