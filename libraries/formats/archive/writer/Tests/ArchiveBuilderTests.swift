// SPDX-License-Identifier: MIT
import Archive
import Mutation
import Testing

@testable import ArchiveWriter

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("ArchiveBuilder")
struct ArchiveBuilderTests {
  @Test func theOrderOfAddingDoesNotMatter() throws {
    var generator = SeededGenerator(seed: 9)
    let paths = ["a", "a-b", "a/b", "a/b.c", "b/c/d", "z", "b/c/e", "ä/ö"]
    var first: [UInt8]?
    for _ in 0..<20 {
      var builder = ArchiveBuilder()
      builder.addDirectory(bytes("a"), mode: 0o700)
      for path in paths.shuffled(using: &generator) where path != "a" {
        builder.addFile(bytes(path), contents: bytes(path))
      }
      let built = try builder.build()
      #expect(first == nil || built == first)
      first = built
    }
  }

  @Test func whatIsBuiltIsReadBack() throws {
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<50 {
      var builder = ArchiveBuilder()
      var model: [String: [UInt8]] = [:]
      for _ in 0..<(generator.next() % 40) {
        let directory = "d\(generator.next() % 5)/e\(generator.next() % 5)"
        let contents = generator.bytes(Int(generator.next() % 9000))
        let path = "\(directory)/f\(generator.next())"
        model[path] = contents
        builder.addFile(bytes(path), contents: contents, mode: 0o755, modified: 7)
      }
      let built = try builder.build()
      let reader = try ArchiveReader(parsing: built.span)
      for (path, contents) in model {
        let entry = try require(reader.find(bytes(path).span))
        #expect(entry.kind == .file && entry.mode == 0o755 && entry.modified == 7)
        let read = reader.contents(of: entry)
        check(read.equals(contents.span))
        #expect(contents.isEmpty || entry.contents.start % 4096 == 0)
      }
    }
  }

  @Test func neededDirectoriesAreAdded() throws {
    var builder = ArchiveBuilder()
    builder.addFile(bytes("usr/bin/cat"), contents: [1])
    let built = try builder.build()
    let reader = try ArchiveReader(parsing: built.span)
    check(reader.count == 3)
    let directory = try require(reader.find("usr/bin"))
    #expect(directory.kind == .directory && directory.mode == 0o755)
  }

  @Test func anEmptyArchiveIsOnePage() throws {
    let built = try ArchiveBuilder().build()
    #expect(built.count == 4096)
    let reader = try ArchiveReader(parsing: built.span)
    check(reader.count == 0)
    check(reader.firstChild(of: nil) == nil)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var cause: ArchiveBuildError.Cause
    var path: String
    var add: @Sendable (inout ArchiveBuilder) -> Void
    init(
      _ cause: ArchiveBuildError.Cause, _ path: String, _ description: String,
      _ add: @escaping @Sendable (inout ArchiveBuilder) -> Void
    ) {
      testDescription = description
      self.cause = cause
      self.path = path
      self.add = add
    }
  }

  static let rows = [
    Row(.invalidPath, "/a", "leading slash") { $0.addDirectory(bytes("/a")) },
    Row(.invalidPath, "a/", "trailing slash") { $0.addDirectory(bytes("a/")) },
    Row(.invalidPath, "a//b", "two slashes") { $0.addDirectory(bytes("a//b")) },
    Row(.invalidPath, "a/../b", "upwards") { $0.addDirectory(bytes("a/../b")) },
    Row(.invalidPath, ".", "itself") { $0.addDirectory(bytes(".")) },
    Row(.invalidPath, "", "nothing") { $0.addDirectory([]) },
    Row(.duplicatePath, "a", "twice") {
      $0.addFile(bytes("a"), contents: [])
      $0.addDirectory(bytes("a"))
    },
    Row(.parentNotDirectory, "a/b", "in a file") {
      $0.addFile(bytes("a"), contents: [])
      $0.addFile(bytes("a/b"), contents: [])
    },
    Row(.invalidTarget, "l", "a link to nothing") { $0.addLink(bytes("l"), to: []) },
    Row(.invalidTarget, "l", "a zero byte in a target") { $0.addLink(bytes("l"), to: [0x61, 0]) },
    Row(.invalidMode, "a", "type bits in the mode") {
      $0.addFile(bytes("a"), contents: [], mode: 0o100644)
    },
  ]

  @Test(arguments: rows)
  func isRefused(_ row: Row) {
    var builder = ArchiveBuilder()
    row.add(&builder)
    #expect(throws: ArchiveBuildError(cause: row.cause, path: bytes(row.path))) {
      _ = try builder.build()
    }
  }
}
