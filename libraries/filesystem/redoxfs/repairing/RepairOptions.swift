// SPDX-License-Identifier: MIT

/// What a repair may lose; by itself it refuses to, and changes nothing.
public struct RepairOptions: Sendable {
  /// What the medium does not read, however often it is asked, counts as damaged.
  public var givesUpUnreadable = false
  /// If no state's tree of nodes can be read, the volume becomes an empty one.
  public var mayEmpty = false

  public init(givesUpUnreadable: Bool = false, mayEmpty: Bool = false) {
    self.givesUpUnreadable = givesUpUnreadable
    self.mayEmpty = mayEmpty
  }
}
