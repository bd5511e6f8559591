// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The utilities as programs: status and output of each, then what they do when there is no room
/// left and when they are killed. That they do what they say is tested on the host.
@main struct UtilityTests {
  static func main() {
    var run = TestRun("coreutils")
    let shelf = Shelf()
    run.test("each utility ends with its status and prints what it should") {
      () throws(TestFailure) in
      try shelf.make()
      for row in FileRows.all + SystemRows.all { try row.check() }
    }
    run.test("a hundred thousand names go to a program") { () throws(TestFailure) in
      try ManyNames().run()
    }
    run.test("copies and moves to a full scheme lose nothing and leave nothing") {
      () throws(TestFailure) in try FullScheme().run()
    }
    run.test("a move that is killed loses nothing") { () throws(TestFailure) in
      try KilledMoves().run()
    }
    run.test("what was made is removed again") { () throws(TestFailure) in try shelf.remove() }
    exit(run.end())
  }
}

/// The folder that the tests work in.
struct Shelf {
  static var path: Text { "/scheme/tmp/shelf" }

  func make() throws(TestFailure) {
    try succeed("making a folder") { () throws(SystemError) in
      try FileSystem.makeDirectory(Shelf.path)
      try FileSystem.write(Shelf.path + "/one", ("one\n" as Text).span, mode: 0o644)
    }
  }

  func remove() throws(TestFailure) {
    let ended = try Command("rm -r /scheme/tmp/shelf").run()
    try expect(ended.status == .exited(0), "a removed folder")
  }
}
