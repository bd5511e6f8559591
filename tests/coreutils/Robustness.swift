// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// More names than anyone types: as a shell makes them of `*`.
struct ManyNames {
  func run() throws(TestFailure) {
    var words: [Text] = ["rm", "-f"]
    words.reserveCapacity(100_002)
    for index in 0..<100_000 {
      words.append(
        Text {
          $0.put("/none/")
          $0.put(decimal: UInt64(index))
        })
    }
    let ended = try Command(words: words).run()
    try expect(
      ended.status == .exited(0) && ended.output.isEmpty, "rm -f of names that are not there")
  }
}

/// `cp` and `mv` to a scheme that has no room.
struct FullScheme {
  private var filler: Text { Shelf.path + "/filler" }

  func run() throws(TestFailure) {
    // The source lies in the other scheme, and is larger than what will be left.
    _ = try Command("dd if=/scheme/zero of=/shelf-big bs=64k count=16 status=none").run()
    _ = try Command(words: ["dd", "if=/scheme/zero", "of=" + filler, "bs=1M", "status=none"]).run()
    try expect(
      try Command("cp /shelf-big /scheme/tmp/shelf/copy").run().status == .exited(1),
      "a refused copy")
    try expect(!isThere(Shelf.path + "/copy"), "no part of a copy")
    let moved = try Command("mv /shelf-big /scheme/tmp/shelf/moved").run()
    try expect(moved.status == .exited(1), "a refused move")
    try expect(moved.output.firstIndex(of: "no space left on device") != nil, "the reason")
    try expect(try size("/shelf-big") == 16 << 16, "the source as it was")
    try expect(!isThere(Shelf.path + "/moved"), "no part of what was moved")
    try succeed("removing the filler") { () throws(SystemError) in try FileSystem.remove(filler) }
    try expect(
      try Command("mv /shelf-big /scheme/tmp/shelf/moved").run().status == .exited(0),
      "a move now that there is room")
    try expect(try size(Shelf.path + "/moved") == 16 << 16, "the file where it was moved")
    let listed = try Command("ls -A /scheme/tmp/shelf").run()
    try expect(listed.output.firstIndex(of: ".mv-") == nil, "no remains")
  }

  private func isThere(_ path: Text) -> Bool {
    do throws(SystemError) {
      _ = try FileSystem.status(path, ofLink: true)
      return true
    } catch { return false }
  }

  private func size(_ path: Text) throws(TestFailure) -> UInt64 {
    try succeed("a size") { () throws(SystemError) in try FileSystem.status(path).size }
  }
}

/// `mv` of a tree to another scheme, killed at twelve moments from its start on.
struct KilledMoves {
  private static var files: Int { 12 }

  func run() throws(TestFailure) {
    for round in 0..<12 {
      let source: Text = "/shelf-tree"
      let target = Shelf.path + "/tree"
      try make(source)
      let mover = try Command(words: ["mv", source, target]).start()
      Clock.sleep(.milliseconds(Int64(round) * 4))
      do throws(SystemError) { try Process.signal(Int(mover), .kill) } catch {
        // It was faster.
        if error != .noProcess { throw TestFailure(reason("killing", error)) }
      }
      _ = try succeed("waiting") { () throws(SystemError) in try Process.wait(.process(mover)) }
      for index in 0..<Self.files {
        let isThere = try isWhole(name(target, index), index)
        let isHere = try isWhole(name(source, index), index)
        try expect(isThere || isHere, "every file whole in one of the two places")
      }
      // What a killed mv leaves has a name of its own.
      for line: Text in [
        "rm -rf /shelf-tree", "rm -rf /scheme/tmp/shelf/tree",
        "find /scheme/tmp/shelf -maxdepth 1 -name .mv-* -exec rm -r {} ;",
      ] { _ = try Command(line).run() }
    }
  }

  private func name(_ folder: Text, _ index: Int) -> Text {
    Text {
      $0.put(folder)
      $0.put("/")
      $0.put(decimal: UInt64(index))
    }
  }

  private func content(_ index: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(index + 1), count: 5000 + index * 1000)
  }

  private func make(_ folder: Text) throws(TestFailure) {
    try succeed("making a tree") { () throws(SystemError) in
      try FileSystem.makeDirectory(folder)
      for index in 0..<Self.files {
        try FileSystem.write(name(folder, index), content(index).span)
      }
    }
  }

  private func isWhole(_ path: Text, _ index: Int) throws(TestFailure) -> Bool {
    do throws(SystemError) { return try FileSystem.read(path) == content(index) } catch {
      if error == .notFound || error == .notDirectory { return false }
      throw TestFailure(reason("reading", error))
    }
  }
}
