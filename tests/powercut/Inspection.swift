// SPDX-License-Identifier: MIT
import System

/// Looks at what a round left behind when its power went.
struct Inspection {
  let seed: UInt64
  let round: Int
  /// For each worker, how many steps it had said to be on the medium.
  let acknowledged: [Int]

  /// Steps that a worker may have taken beyond what it could still say.
  private static var ahead: Int { 4000 }

  /// - Returns: what is wrong; nil if nothing is.
  func run() throws(SystemError) -> Text? {
    if let strange = try strangeFolder() { return "there is still " + strange }
    for worker in 0..<Worker.count {
      let folder = Worker.folder(worker, round: round)
      let found = try files(in: folder)
      guard let steps = steps(worker, found) else {
        return Text { text in
          text.put("what worker ")
          text.put(decimal: UInt64(worker))
          text.put(" left is what no number of steps from ")
          text.put(decimal: UInt64(acknowledged[worker]))
          text.put(" on leaves")
        }
      }
      say("verified", [worker, acknowledged[worker], steps])
    }
    return nil
  }

  /// Rounds before the last one were removed before it began: once it is known to have begun, they are
  /// gone.
  private func strangeFolder() throws(SystemError) -> Text? {
    guard acknowledged.contains(where: { $0 > 0 }) else { return nil }
    for entry in try Directory(Worker.root).entries() {
      let isKnown = (0..<Worker.count).contains {
        Worker.name($0, round: round) == entry.name
      }
      if !isKnown { return entry.name }
    }
    return nil
  }

  /// The files of a worker; nil without a folder.
  private func files(in folder: Text) throws(SystemError) -> [[UInt8]?]? {
    do throws(SystemError) { _ = try FileSystem.status(folder) } catch {
      guard error == .notFound else { throw error }
      return nil
    }
    var files = [[UInt8]?](repeating: nil, count: Work.slots)
    var known = 0
    for slot in 0..<Work.slots {
      do throws(SystemError) {
        files[slot] = try FileSystem.read(Worker.path(slot, in: folder), limit: 1 << 20)
        known += 1
      } catch { guard error == .notFound else { throw error } }
    }
    // Files of other names are no worker's.
    return try Directory(folder).entries().count == known ? files : []
  }

  /// How many steps leave what was found.
  private func steps(_ worker: Int, _ found: [[UInt8]?]?) -> Int? {
    var work = Work(seed: seed &+ UInt64(round), worker: worker)
    guard let found else { return acknowledged[worker] == 0 ? 0 : nil }
    while work.count < acknowledged[worker] + Self.ahead {
      if work.count >= max(acknowledged[worker], 1), work.files == found { return work.count }
      _ = work.next()
    }
    return nil
  }

  /// Removes what this round and those before it left.
  static func clear() throws(SystemError) {
    for round in try Directory(Worker.root).entries() {
      let folder = Worker.root + "/" + round.name
      for file in try Directory(folder).entries() {
        try FileSystem.remove(folder + "/" + file.name)
      }
      try FileSystem.removeDirectory(folder)
    }
  }
}
