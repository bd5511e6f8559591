// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Asking about a path in one request says what opening it, asking and closing says.
struct PathStatusTests {
  /// A folder is made of these in each file system that can be written.
  private static let files = ["f", "d/f", "d/e/f"] as [Text]

  func run(_ run: inout TestRun) {
    run.test("the status of a path is that of the opened file") { () throws(TestFailure) in
      for folder in folders {
        try make(folder)
        for name in names { try compare(folder + "/" + name) }
        try clear(folder)
      }
    }
    run.test("so it is in schemes that cannot be changed") { () throws(TestFailure) in
      for path in Self.others { try compare(path) }
      let long = Text([UInt8](repeating: 0x61, count: 256))
      try compare("/scheme/tmp/" + long)
      try compare("/scheme/tmp/" + Text([UInt8](repeating: 0x2F, count: 4096)))
      for count in [4080, 4084, 4085, 4100] as [Int] {
        var path: Text = "/scheme/tmp"
        while path.count < count { path.put("/a") }
        try compare(path)
      }
      try compare(Text([0x2F, 0x61, 0x00, 0x62]))
    }
    run.test("so it is from a working directory, in the root as well") { () throws(TestFailure) in
      let before = WorkingDirectory.path
      try succeed("going there") { () throws(SystemError) in
        try WorkingDirectory.change(to: "/scheme/initfs/bin")
      }
      for path in ["echo", "../bin/echo", ".", "./echo", "none"] as [Text] { try compare(path) }
      try succeed("going back") { () throws(SystemError) in
        try WorkingDirectory.change(to: before)
      }
    }
  }

  private static let others: [Text] = [
    "", "/", "/.", "/..", "/none", "/none/x", "/scheme", "/scheme/", "/scheme/none",
    "/scheme/none/x", "/scheme/tmp", "/scheme/tmp/", "/scheme/initfs", "/scheme/initfs/bin",
    "/scheme/initfs/bin/echo", "/scheme/initfs/bin/echo/x", "/scheme/initfs/bin/echo/",
    "/scheme/initfs/none", "/scheme/initfs/tmp", "/scheme/initfs/tmp/none", "initfs:bin/echo",
    "/scheme/file", "/scheme/file/none", "/scheme/filed/none", "/scheme/libcd/none",
    "/scheme/sys/uname", "/scheme/sys", "/scheme/null", "/scheme/zero",
    "/scheme/time", "/scheme/peer", "/scheme/peer/file", "/scheme/peer/none",
    "/scheme/peer/programs/echo", "/scheme/peer/loop", "/scheme/peer/out",
  ]

  /// Beside the root there may be a volume.
  private var folders: [Text] {
    let all = ["/scheme/tmp", "/root", "/scheme/volume"] as [Text]
    return all.filter { (try? FileSystem.status($0)) != nil }.map { $0 + "/paths" }
  }

  private let names: [Text] = [
    "", ".", "..", "f", "f/", "f/.", "f/x", "d", "d/", "d//f", "d/./f", "d/../f", "d/e/../f",
    "d/e/f",
    "none", "none/", "none/x", "to-f", "to-f/", "to-d", "to-d/", "to-d/.", "to-d/f", "to-d/e/f",
    "to-d/none", "chain", "chain/f", "nowhere", "nowhere/x", "loop", "loop/x", "out", "out/",
    "out/x",
    "away", "away/echo", "away/none", "older", "up", "up/paths",
  ]

  private static let links: [(Text, Text)] = [
    ("to-f", "f"), ("to-d", "d"), ("chain", "to-d"), ("nowhere", "none"), ("loop", "loop"),
    ("out", "/scheme/initfs/bin/echo"), ("away", "/scheme/initfs/bin"),
    ("older", "initfs:bin/echo"),
    ("up", ".."),
  ]

  private func make(_ folder: Text) throws(TestFailure) {
    try succeed("a folder") { () throws(SystemError) in
      try FileSystem.makeDirectory(folder)
      try FileSystem.makeDirectory(folder + "/d", mode: 0o750)
      try FileSystem.makeDirectory(folder + "/d/e")
      for (index, name) in Self.files.enumerated() {
        let bytes = [UInt8](repeating: 7, count: 3000 * index)
        try FileSystem.write(folder + "/" + name, bytes.span, mode: 0o640)
      }
      for (name, target) in Self.links { try FileSystem.makeLink(folder + "/" + name, to: target) }
    }
  }

  private func clear(_ folder: Text) throws(TestFailure) {
    try succeed("removing") { () throws(SystemError) in
      for (name, _) in Self.links { try FileSystem.remove(folder + "/" + name) }
      for name in Self.files { try FileSystem.remove(folder + "/" + name) }
      for name in ["/d/e", "/d", ""] as [Text] { try FileSystem.removeDirectory(folder + name) }
    }
  }

  /// One request, and three, about the same path.
  private func compare(_ path: Text) throws(TestFailure) {
    for ofLink in [false, true] {
      let asked = answer { () throws(SystemError) in
        try FileSystem.status(path, ofLink: ofLink)
      }
      let opened = answer { () throws(SystemError) in
        let flags: OpenFlags = ofLink ? .symbolicLink | .noFollow | .statOnly : .statOnly
        return try File(path, flags).status()
      }
      guard asked == opened else {
        var reason: Text = ofLink ? "of the link itself, another answer: " : "another answer: "
        reason.put(path)
        throw TestFailure(reason)
      }
    }
  }

  /// A status as numbers; or an error.
  private func answer(_ ask: () throws(SystemError) -> FileStatus) -> [UInt64] {
    do throws(SystemError) {
      let status = try ask()
      return [
        status.device, status.inode, UInt64(status.mode), UInt64(status.links),
        UInt64(status.user), UInt64(status.group), status.size, status.blockSize, status.blocks,
        status.accessed, status.modified, status.changed, status.created,
      ]
    } catch { return [UInt64(error.rawValue)] }
  }
}
