// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Links that lead from one scheme to another are the runtime's to follow.
struct LinkTests {
  private static let echo: Text = "/scheme/initfs/bin/echo"

  init(_ peer: Peer) {}

  func run(_ run: inout TestRun) {
    run.test("a link leads from tmp to initfs") { () throws(TestFailure) in
      try link("/scheme/tmp/out", Self.echo)
      try expectSame("/scheme/tmp/out")
      try succeed("the link itself") { () throws(SystemError) in
        guard try FileSystem.target(ofLink: "/scheme/tmp/out") == Self.echo else {
          throw .protocolError
        }
        let status = try FileSystem.status("/scheme/tmp/out", ofLink: true)
        guard status.mode & FileMode.typeMask == FileMode.symbolicLink else {
          throw .protocolError
        }
      }
      try remove("/scheme/tmp/out")
    }
    run.test("a link to a directory of another scheme is passed through") {
      () throws(TestFailure) in
      try link("/scheme/tmp/dir", "/scheme/initfs/bin")
      try expectSame("/scheme/tmp/dir/echo")
      try remove("/scheme/tmp/dir")
      try expectSame("/scheme/peer/programs/echo")
      try link("/scheme/tmp/older", "initfs:bin/echo")
      try expectSame("/scheme/tmp/older")
      try remove("/scheme/tmp/older")
    }
    run.test("a chain of links through three schemes leads on") { () throws(TestFailure) in
      // peer/chain -> tmp/chain -> peer/programs/echo -> initfs
      try link("/scheme/tmp/chain", "/scheme/peer/programs/echo")
      try expectSame("/scheme/peer/chain")
      try remove("/scheme/tmp/chain")
    }
    run.test("links that lead in a circle between schemes are given up") {
      () throws(TestFailure) in
      try link("/scheme/tmp/loop", "/scheme/peer/loop")
      try fail(with: .tooManySymbolicLinks, "opening a loop") { () throws(SystemError) in
        try File("/scheme/tmp/loop").handle
      }
      try fail(with: .tooManySymbolicLinks, "opening a loop") { () throws(SystemError) in
        try File("/scheme/peer/loop").handle
      }
      try remove("/scheme/tmp/loop")
    }
    run.test("a link to nothing opens nothing, and creates what it leads to") {
      () throws(TestFailure) in
      try fail(with: .notFound, "opening nothing") { () throws(SystemError) in
        try File("/scheme/peer/out").handle
      }
      try succeed("creating through a link") { () throws(SystemError) in
        let text: Text = "made through a link"
        try FileSystem.write("/scheme/peer/out", text.span)
        guard Text(try FileSystem.read("/scheme/tmp/created")) == text else {
          throw .protocolError
        }
      }
      try remove("/scheme/tmp/created")
    }
  }

  private func link(_ path: Text, _ target: Text) throws(TestFailure) {
    do throws(SystemError) { try FileSystem.makeLink(path, to: target) } catch {
      throw TestFailure(reason("making a link", error))
    }
  }

  private func remove(_ path: Text) throws(TestFailure) {
    do throws(SystemError) { try FileSystem.remove(path) } catch {
      throw TestFailure(reason("removing a file", error))
    }
  }

  /// The path leads to the program `echo`.
  private func expectSame(_ path: Text) throws(TestFailure) {
    let isSame: Bool
    do throws(SystemError) {
      isSame = try FileSystem.read(path) == FileSystem.read(Self.echo)
    } catch { throw TestFailure(reason("reading through a link", error) + " " + path) }
    try expect(isSame, "the file that the link leads to")
  }
}
