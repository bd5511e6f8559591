// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on processes, time and the system, in order of their names.
public var processUtilities: [Utility] {
  [
    Utility("kill", Kill.self), Utility("ps", Ps.self), Utility("sleep", Sleep.self),
  ]
}
