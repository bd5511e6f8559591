// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on processes, time and the system, in order of their names.
public var processUtilities: [Utility] {
  // Compiled here and not again in each module that uses it.
  @export(interface)
  get {
    [
      Utility("kill", Kill.self), Utility("ps", Ps.self), Utility("sleep", Sleep.self),
    ]
  }
}
