// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A directory of a scheme, and files in it that are held open.
struct FileClient: CampaignClient, ~Copyable {
  let path: Text
  /// Whether the scheme's files can be mapped.
  private let canMap: Bool
  var random: Random
  var model = FileModel()
  /// By their numbers; `nil` for numbers that are free.
  var files: [OpenFile?]
  private var checks = 0

  /// Files that one client has at a time.
  static var fileLimit: Int { 8 }

  init(number: Int, seed: UInt64) throws(TestFailure) {
    try self.init(in: "tmp", number, seed, canMap: true)
  }

  init(
    in scheme: Text, _ number: Int, _ seed: UInt64, canMap: Bool
  ) throws(TestFailure) {
    self.canMap = canMap
    path = Text {
      $0.put("/scheme/")
      $0.put(scheme)
      $0.put("/restart")
      $0.put(decimal: UInt64(number))
    }
    random = Random(seed: seed &+ UInt64(number) &+ 1)
    files = [OpenFile?](repeating: nil, count: Self.fileLimit)
    let directory = path
    try succeed("making a directory") { () throws(SystemError) in
      try FileSystem.makeDirectory(directory)
    }
    for name in ["f0", "f1"] as [Text] { try create(name) }
  }

  mutating func step() throws(TestFailure) {
    if random.oneIn(3) { return try changeNames() }
    let number = random.below(files.count)
    guard var file = files[number] else { return }
    try use(&file, number)
    files[number] = file
    if random.oneIn(20) { forget(number) }
  }

  private mutating func use(_ file: inout OpenFile, _ number: Int) throws(TestFailure) {
    switch random.below(20) {
    case 0...3: try file.write(&random)
    case 4, 5: try file.writeOn(&random)
    case 6...8: try file.read(&random)
    case 9, 10: try file.readOn(&random)
    case 11, 12: try file.truncate(&random)
    case 13: try file.checkStatus(links: model.links(of: number))
    case 14: if canMap { try file.map() }
    case 15, 16: try file.writeThroughMapping(&random)
    case 17: try file.readThroughMapping(&random)
    case 18: if random.oneIn(4) { file.forgetMapping() }
    default: if random.oneIn(4) { try file.check() }
    }
  }

  /// Closes a file: one without a name is gone, others are opened again.
  private mutating func forget(_ number: Int) {
    guard model.links(of: number) == 0, let file = files[number] else { return }
    file.close()
    files[number] = nil
  }

  /// All names, sizes and numbers of names, and every byte of one file after the other.
  mutating func check() throws(TestFailure) {
    checks += 1
    for number in files.indices {
      guard let file = files[number] else { continue }
      try file.checkStatus(links: model.links(of: number))
      if number == checks % files.count { try file.check() }
    }
    for directory in ["", "d", "e"] as [Text] { try list(directory) }
  }

  /// Removes all there is.
  mutating func end() throws(TestFailure) {
    for number in files.indices {
      try files[number]?.check()
      files[number]?.close()
      files[number] = nil
    }
    for isDirectory in [false, true] {
      for (name, entry) in model.entries {
        var isOne = false
        if case .directory = entry { isOne = true }
        guard isOne == isDirectory else { continue }
        let whole = path + "/" + name
        try succeed("removing") { () throws(SystemError) in
          try isOne ? FileSystem.removeDirectory(whole) : FileSystem.remove(whole)
        }
      }
    }
    let directory = path
    try succeed("removing the directory") { () throws(SystemError) in
      try FileSystem.removeDirectory(directory)
    }
  }
}
