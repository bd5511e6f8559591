// SPDX-License-Identifier: MIT
import Hierarchy
import ABI
import Memory
import RedoxFS
import Core
import Base

/// Where nodes were last found: directories do not know what they lie in. What is remembered may be
/// old, and is looked at before it counts.
struct KnownPlaces {
  private struct Place {
    var node: UInt32 = 0
    var directory: UInt32 = 0
    var name = Text()
  }

  private var places = [Place](repeating: Place(), count: Limits.knownPlaces)

  /// The node was found there. Of several names in one directory, the first serves as long as it is
  /// there.
  mutating func note(_ node: UInt32, _ directory: UInt32, _ name: Span<UInt8>) {
    let slot = Int(node) & (Limits.knownPlaces &- 1)
    if places[slot].node == node, places[slot].directory == directory { return }
    replace(node, directory, name)
  }

  /// The node has come to be there.
  mutating func replace(_ node: UInt32, _ directory: UInt32, _ name: Span<UInt8>) {
    let slot = Int(node) & (Limits.knownPlaces &- 1)
    places[slot] = Place(node: node, directory: directory, name: Text(name))
  }

  func place(of node: UInt32) -> (directory: UInt32, name: Text)? {
    let place = places[Int(node) & (Limits.knownPlaces &- 1)]
    return place.node == node ? (place.directory, place.name) : nil
  }
}
