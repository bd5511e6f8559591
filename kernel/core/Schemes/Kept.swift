// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Objects

// Handles that a scheme keeps for its servers: the only ones that outlive a server. A server that
// passes handles on writes down in its capsule where each is, and its successor finds them there.

extension Scheme {
  /// Places for kept handles.
  static let keptLimit: UInt32 = 4_096
  /// Entries that one step of closing them looks at.
  fileprivate static let looksPerStep = 256
}

extension Ref where T == Scheme {
  /// The entry at a place of the server's choosing.
  func keptEntry(_ place: UInt) -> HandleEntry? {
    guard place < UInt(Scheme.keptLimit) else { return nil }
    return value.kept.entry(UInt32(truncatingIfNeeded: place))
  }

  /// Puts `entry` at a place below `keptLimit`, which takes over its reference.
  func setKept(_ place: UInt32, _ entry: HandleEntry) throws(SystemError) {
    let account = value.account
    try account?.charge(.handles, 1)
    let replaced = value.kept.entry(place)?.description
    do throws(SystemError) {
      try value.kept.place(entry, at: place, account: account)
    } catch {
      account?.release(.handles, 1)
      throw error
    }
    if let replaced {
      account?.release(.handles, 1)
      replaced.release()
    }
  }

  /// Closes what is kept at a place, if anything is.
  func dropKept(_ place: UInt) {
    guard place < UInt(Scheme.keptLimit),
      let entry = value.kept.remove(UInt32(truncatingIfNeeded: place)),
      let description = entry.description
    else { return }
    value.account?.release(.handles, 1)
    description.release()
  }

  /// Whether nobody can serve the scheme any more: what is kept will never be asked for.
  private var isForsaken: Bool { value.managementHandles == 0 && value.servers.isEmpty }

  /// Closes the next kept handle of a scheme that nobody can serve any more.
  /// - Returns: whether there is nothing left to do.
  func closeNextKept() -> Bool {
    guard isForsaken else { return true }
    var looks = Scheme.looksPerStep
    switch value.kept.search(from: value.keptSearch, &looks) {
    case .none:
      return true
    case .unfinished(let place):
      value.keptSearch = place
    case .found(let place):
      value.keptSearch = place
      dropKept(UInt(place))
    }
    return false
  }
}
