// SPDX-License-Identifier: MIT
import ArchiveWriter
import Base
import Testing

@testable import ArchiveTree

private func archive(_ add: (inout ArchiveBuilder) -> Void) throws -> [UInt8] {
  var builder = ArchiveBuilder()
  add(&builder)
  return try builder.build()
}

private func bytes(_ text: StaticString) -> [UInt8] { Text(text).bytes }

/// Two archives, the second over the first.
private func example() throws -> [UInt8] {
  let first = try archive {
    $0.addDirectory(bytes("bin"))
    $0.addFile(bytes("bin/echo"), contents: bytes("echo"), mode: 0o755)
    $0.addFile(bytes("bin-old"), contents: bytes("x"))
    $0.addFile(bytes("bin/true"), contents: bytes("first"))
    $0.addLink(bytes("bin/say"), to: bytes("echo"))
    $0.addLink(bytes("sbin"), to: bytes("bin"))
    $0.addLink(bytes("tmp"), to: bytes("/scheme/tmp"))
    $0.addLink(bytes("loop"), to: bytes("loop"))
  }
  let second = try archive {
    $0.addFile(bytes("bin/true"), contents: bytes("second"))
    $0.addFile(bytes("exec/command"), contents: bytes("ls"), mode: 0o600)
  }
  return first + second
}

private func found(_ tree: FileTree, _ path: StaticString, followsLast: Bool = true) -> Text? {
  guard case .found(let node) = tree.look(up: Text(path), from: 0, followsLast: followsLast) else {
    return nil
  }
  return tree.nodes[node].path
}

@Test func pathsLeadToFiles() throws {
  let initrd = try example()
  let tree = try FileTree(initrd: initrd.span)
  #expect(found(tree, "bin/echo") == Text("bin/echo"))
  #expect(found(tree, "/bin//./echo") == Text("bin/echo"))
  #expect(found(tree, "") == Text(""))
  #expect(found(tree, "bin/../bin/true") == Text("bin/true"))
  #expect(found(tree, "..") == Text(""))
  #expect(found(tree, "bin/say") == Text("bin/echo"))
  #expect(found(tree, "bin/say", followsLast: false) == Text("bin/say"))
  #expect(found(tree, "sbin/say") == Text("bin/echo"))
  #expect(found(tree, "bin-old") == Text("bin-old"))
}

@Test func pathsThatLeadNowhereSayWhy() throws {
  let initrd = try example()
  let tree = try FileTree(initrd: initrd.span)
  #expect(tree.look(up: "bin/none", from: 0, followsLast: true) == .notFound)
  #expect(tree.look(up: "bin/echo/x", from: 0, followsLast: true) == .notDirectory)
  #expect(tree.look(up: "bin/echo/", from: 0, followsLast: true) == .notDirectory)
  #expect(tree.look(up: "loop", from: 0, followsLast: true) == .tooManyLinks)
  #expect(tree.look(up: "tmp/a/b", from: 0, followsLast: true) == .elsewhere("/scheme/tmp/a/b"))
  #expect(tree.look(up: "tmp", from: 0, followsLast: true) == .elsewhere("/scheme/tmp"))
}

@Test func laterArchivesReplaceFilesOfEarlierOnes() throws {
  let initrd = try example()
  let tree = try FileTree(initrd: initrd.span)
  guard case .found(let node) = tree.look(up: "bin/true", from: 0, followsLast: true) else {
    Issue.record("bin/true is not there")
    return
  }
  let start = Int(tree.nodes[node].start)
  #expect(Array(initrd[start..<(start + 6)]) == bytes("second"))
  #expect(start % 4096 == 0)
}

@Test func directoriesListWhatLiesInThem() throws {
  let initrd = try example()
  let tree = try FileTree(initrd: initrd.span)
  #expect(names(tree, in: 0) == ["bin", "bin-old", "exec", "loop", "sbin", "tmp"])
  guard case .found(let bin) = tree.look(up: "bin", from: 0, followsLast: true) else {
    Issue.record("bin is not there")
    return
  }
  #expect(names(tree, in: bin) == ["echo", "say", "true"])
}

private func names(_ tree: FileTree, in directory: Int) -> [Text] {
  var names: [Text] = []
  var node = 0
  while let next = tree.nextChild(of: directory, after: node) {
    names.append(tree.name(of: next))
    node = next
  }
  return names
}

@Test func aFileDoesNotTakeADirectorysPlace() throws {
  let first = try archive { $0.addFile(bytes("etc/motd"), contents: bytes("hello")) }
  let second = try archive { $0.addFile(bytes("etc"), contents: bytes("x")) }
  for initrd in [first + second, second + first] {
    let tree = try FileTree(initrd: initrd.span)
    #expect(found(tree, "etc/motd") == Text("etc/motd"))
    #expect(found(tree, "motd") == nil)
    #expect(names(tree, in: 0) == ["etc"])
  }
}

@Test func damagedArchivesAreRefused() throws {
  var initrd = try example()
  initrd[0] ^= 1
  #expect(throws: (any Error).self) { try FileTree(initrd: initrd.span) }
}
