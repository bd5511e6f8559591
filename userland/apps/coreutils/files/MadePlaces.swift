// SPDX-License-Identifier: MIT
import Base
import UtilityFrame

/// What one command has made so far: with two sources of one name the second must not take the place of
/// the first, of which nothing would be left.
final class MadePlaces {
  private var places = SortedMap<Text, Bool>()
  /// Whether sources can meet at all; otherwise nothing is remembered.
  private let areKept: Bool

  init(_ sources: [Text], _ target: CopyTarget) {
    var first = SortedMap<Text, Bool>()
    var canMeet = false
    for source in sources {
      let place = target.place(of: source)
      // The contents of such a directory get names beside those of the others.
      if first[place] == true || place == target.path && sources.count > 1 { canMeet = true }
      first[place] = true
    }
    areKept = canMeet
  }

  func note(_ place: Text) {
    if areKept { places[place] = true }
  }

  /// Says so if `target` was made just now.
  /// - Returns: whether `source` may become it.
  func allow(_ source: Text, at target: Text, _ invocation: Invocation) -> Bool {
    guard places[target] == true else { return true }
    invocation.complain(
      "will not replace " + target.quotedForMessage + ", which was made just now, by "
        + source.quotedForMessage)
    return false
  }
}
