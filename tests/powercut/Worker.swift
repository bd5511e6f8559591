// SPDX-License-Identifier: MIT
import System

/// Works in a folder until the power goes, and says what is on the medium.
struct Worker {
  static var count: Int { 3 }
  static var root: Text { "/root/powercut" }

  private let number: Int
  private let folder: Text
  private var work: Work

  init(_ number: Int, seed: UInt64, round: Int) {
    self.number = number
    folder = Self.folder(number, round: round)
    work = Work(seed: seed &+ UInt64(round), worker: number)
  }

  static func name(_ number: Int, round: Int) -> Text {
    Text { text in
      text.put(decimal: UInt64(round))
      text.put("-")
      text.put(decimal: UInt64(number))
    }
  }

  static func folder(_ number: Int, round: Int) -> Text { root + "/" + name(number, round: round) }

  static func path(_ slot: Int, in folder: Text) -> Text {
    folder
      + Text { text in
        text.put("/f")
        text.put(decimal: UInt64(slot))
      }
  }

  /// Never ends unless something fails.
  mutating func run() throws(SystemError) -> Never {
    while true {
      let step = work.next()
      try take(step)
      guard work.isToBeSynchronised else { continue }
      try synchronise(step)
      // From here on the next start must find so many steps.
      say("done", [number, work.count])
    }
  }

  private func path(_ slot: Int) -> Text { Self.path(slot, in: folder) }

  private func take(_ step: Step) throws(SystemError) {
    switch step {
    case .makeFolder: try FileSystem.makeDirectory(folder)
    case .create(let slot):
      _ = try File(path(slot), .readWrite | .create | .exclusive, mode: 0o644)
    case .write(let slot, let place, let bytes):
      let file = try File(path(slot), .readWrite)
      let written = try file.write(bytes.span, at: UInt64(place))
      // One request takes that much, and takes it whole.
      guard written == bytes.count else { throw .inputOutput }
    case .truncate(let slot, let length):
      try File(path(slot), .readWrite).truncate(to: UInt64(length))
    case .rename(let slot, let other): try FileSystem.rename(path(slot), to: path(other))
    case .remove(let slot): try FileSystem.remove(path(slot))
    }
  }

  /// By the file that was changed, or else by the folder.
  private func synchronise(_ step: Step) throws(SystemError) {
    switch step {
    case .create(let slot), .write(let slot, _, _), .truncate(let slot, _):
      try File(path(slot), .readWrite).synchronise()
    case .makeFolder, .rename, .remove:
      try File(folder, .read | .directory).synchronise()
    }
  }
}

/// A line for the host: a word and numbers.
func say(_ word: StaticString, _ numbers: [Int]) {
  Handle.standardOutput.writeIgnoringErrors(
    Text { line in
      line.put(word)
      for number in numbers {
        line.put(" ")
        line.put(decimal: UInt64(number))
      }
      line.put("\n")
    })
}
