// SPDX-License-Identifier: MIT
import Core
import ABI
import Base

/// Where the last paths lead that left the scheme, as files whose content is that text.
///
/// The runtime reads such a text at once, and asks again if it hears `gone`: from a successor, or
/// because many others have asked meanwhile.
public struct LinkPlaces {
  private var texts: [Text] = []
  private var made: UInt64 = 0
  /// The word of the first place. Words grow with time, so that no two servers use the same ones.
  private let base: UInt64

  /// Words from here on stand for places.
  private static var firstWord: UInt64 { 1 << 62 }

  /// - Parameter nanoseconds: what the monotonic clock says.
  public init(now nanoseconds: UInt64) { base = Self.firstWord &+ nanoseconds }

  /// - Returns: the word of the place.
  @export(interface)
  public mutating func keep(_ place: Text) -> UInt64 {
    let slot = Int(made % UInt64(HierarchyLimits.places))
    if slot < texts.count { texts[slot] = place } else { texts.append(place) }
    made &+= 1
    return base &+ made &- 1
  }

  /// The text of a place; `nil` if the word stands for a file.
  /// - Throws: `gone` for a place that is no longer kept.
  @export(interface)
  public func text(_ word: UInt64) throws(SystemError) -> Text? {
    guard word >= Self.firstWord else { return nil }
    let number = word &- base
    guard number < made, made &- number <= UInt64(HierarchyLimits.places) else { throw .gone }
    return texts[Int(number % UInt64(HierarchyLimits.places))]
  }

  /// The status of a place with this text: that of a link.
  public static func status(of text: Text) -> FileStatus {
    var status = FileStatus()
    status.mode = FileMode.symbolicLink | 0o777
    status.size = UInt64(text.count)
    return status
  }
}
