// SPDX-License-Identifier: MIT
import Host

/// Stores the files that a guest sends. Only what was asked for is written, and only where it was
/// asked for, whatever the guest calls it.
struct FileReceiver: ~Copyable {
  /// Host paths by guest path.
  private let destinations: [String: String]
  private var current: FileWriter?
  private var currentName = ""
  /// Guest paths that were asked for, of which a whole file has arrived.
  private(set) var received: Set<String> = []

  init(_ destinations: [String: String]) { self.destinations = destinations }

  mutating func start(_ name: String, mode: UInt32) throws(HostError) {
    current = nil
    guard let found = Self.destination(of: name, in: destinations) else { return }
    currentName = found.asked
    current = try FileWriter(found.path, mode: mode & 0o777)
  }

  mutating func append(_ bytes: [UInt8]) throws(HostError) { try current?.append(bytes) }

  mutating func end() {
    guard current != nil else { return }
    current = nil
    received.insert(currentName)
  }

  /// Where a file goes: it was asked for itself, or a folder that it is in.
  static func destination(
    of name: String, in destinations: [String: String]
  ) -> (asked: String, path: String)? {
    if let path = destinations[name] { return (name, path) }
    for (asked, path) in destinations where name.hasPrefix(asked + "/") {
      let rest = name.dropFirst(asked.count + 1)
      let isInside = rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".."
      }
      if isInside { return (asked, "\(path)/\(rest)") }
    }
    return nil
  }
}
