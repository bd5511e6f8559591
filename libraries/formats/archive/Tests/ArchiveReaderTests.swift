// SPDX-License-Identifier: MIT
import ArchiveWriter
import Core
import Mutation
import Testing

@testable import Archive

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func text(_ bytes: Span<UInt8>) -> String {
  String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
}

/// Two directories with neighbours whose names sort between a directory and its contents.
private func example() throws -> [UInt8] {
  var builder = ArchiveBuilder()
  builder.addFile(bytes("bin/cat"), contents: bytes("meow"), mode: 0o755)
  builder.addFile(bytes("bin/echo"), contents: [UInt8](repeating: 7, count: 5000), mode: 0o755)
  builder.addFile(bytes("bin-old"), contents: [])
  builder.addFile(bytes("bin.txt"), contents: bytes("x"))
  builder.addLink(bytes("dev/null"), to: bytes("/scheme/null"))
  builder.addFile(bytes("lib/init.d/00_base"), contents: bytes("notify ipcd\n"), modified: 42)
  builder.addFile(bytes("lib/init.d-x"), contents: [])
  builder.addDirectory(bytes("tmp"), mode: 0o1777)
  return try builder.build()
}

/// The offset of entry `index`'s record.
private func record(_ index: Int) -> Int { 64 + 40 * index }

@Suite("ArchiveReader")
struct ArchiveReaderTests {
  @Test func entriesAreFoundByPath() throws {
    let archive = try example()
    let reader = try ArchiveReader(parsing: archive.span)
    check(reader.byteCount == archive.count)
    let cat = try require(reader.find("bin/cat"))
    #expect(cat.kind == .file && cat.mode == 0o755)
    check(reader.contents(of: cat).equals("meow"))
    let link = try require(reader.find("dev/null"))
    #expect(link.kind == .symbolicLink)
    check(reader.contents(of: link).equals("/scheme/null"))
    let script = try require(reader.find("lib/init.d/00_base"))
    #expect(script.modified == 42)
    let temporary = try require(reader.find("tmp"))
    #expect(temporary.kind == .directory && temporary.mode == 0o1777)
    check(reader.contents(of: temporary).isEmpty)
  }

  @Test(arguments: ["", "/bin/cat", "bin/", "bin/ca", "bin/cats", "zzz", "bin/cat/x"])
  func otherPathsAreNotFound(_ path: String) throws {
    let archive = try example()
    let reader = try ArchiveReader(parsing: archive.span)
    check(reader.find(bytes(path).span) == nil)
  }

  @Test(
    arguments: [
      (nil, ["bin", "bin-old", "bin.txt", "dev", "lib", "tmp"]),
      ("bin", ["bin/cat", "bin/echo"]), ("dev", ["dev/null"]),
      ("lib", ["lib/init.d", "lib/init.d-x"]), ("lib/init.d", ["lib/init.d/00_base"]),
      ("tmp", []), ("bin/cat", []),
    ] as [(String?, [String])])
  func directoriesListTheirEntries(_ path: String?, _ expected: [String]) throws {
    let archive = try example()
    let reader = try ArchiveReader(parsing: archive.span)
    var directory: ArchiveEntry?
    if let path { directory = try require(reader.find(bytes(path).span)) }
    var names: [String] = []
    var child = reader.firstChild(of: directory)
    while let entry = child {
      names.append(text(reader.name(of: entry)))
      child = reader.nextChild(after: entry, of: directory)
    }
    #expect(names == expected)
  }

  @Test func listingAgreesWithTheNamesOnRandomTrees() throws {
    var generator = SeededGenerator(seed: 21)
    let parts = ["a", "a-", "a.", "a0", "b", "b!"]
    for _ in 0..<100 {
      var builder = ArchiveBuilder()
      var added: Set<String> = []
      for _ in 0..<30 {
        let depth = Int(generator.next() % 4)
        let path = (0...depth).map { _ in parts[Int(generator.next() % 6)] }.joined(separator: "/")
        if added.insert(path).inserted { builder.addDirectory(bytes(path)) }
      }
      let archive = try builder.build()
      let reader = try ArchiveReader(parsing: archive.span)
      var listed = 0
      var pending: [ArchiveEntry?] = [nil]
      while let directory = pending.popLast() {
        var child = reader.firstChild(of: directory)
        while let entry = child {
          listed += 1
          let name = text(reader.name(of: entry))
          let parent = directory.map { text(reader.name(of: $0)) + "/" } ?? ""
          #expect(name.hasPrefix(parent) && !name.dropFirst(parent.count).contains("/"))
          pending.append(entry)
          child = reader.nextChild(after: entry, of: directory)
        }
      }
      check(listed == reader.count)
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var cause: ArchiveError.Cause
    var entry: Int?
    var change: @Sendable (inout [UInt8]) -> Void
    init(
      _ cause: ArchiveError.Cause, entry: Int? = nil, _ description: String,
      _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) {
      testDescription = description
      self.cause = cause
      self.entry = entry
      self.change = change
    }
  }

  // The entries of the example: bin, bin-old, bin.txt, bin/cat, bin/echo, dev, dev/null, lib, …
  static let rows = [
    Row(.tooShort, "half a header") { $0.removeSubrange(40...) },
    Row(.notAnArchive, "another magic") { $0[0] = 0 },
    Row(.unknownVersion, "version 2") { $0[8] = 2 },
    Row(.truncated, "a byte missing") { $0.removeLast() },
    Row(.truncated, "a size beyond all memory") { for index in 16..<24 { $0[index] = 0xFF } },
    Row(.totalMisaligned, "a size of half a page more") {
      $0[17] |= 8
      $0 += [UInt8](repeating: 0, count: 2048)
    },
    Row(.tablesOutsideArchive, "too many entries") { for index in 12..<16 { $0[index] = 0xFF } },
    Row(.tablesOutsideArchive, "names that wrap around") {
      for index in 32..<40 { $0[index] = 0xFF }
    },
    Row(.tablesOutsideArchive, "names among the entries") {
      $0[24] = 64
      $0[25] = 0
    },
    Row(.nameOutsideTable, entry: 1, "a name's offset") { $0[record(1) + 3] = 0xFF },
    Row(.nameOutsideTable, entry: 1, "a name's length") { $0[record(1) + 5] = 0xFF },
    Row(.invalidName, entry: 0, "an empty name") { $0[record(0) + 4] = 0 },
    Row(.invalidName, entry: 3, "a zero byte in a name") {
      $0[Int($0[24]) + 256 * Int($0[25]) + 3 + 7 + 7 + 1] = 0
    },
    Row(.namesOutOfOrder, entry: 1, "the same name twice") {
      for index in 0..<6 { $0[record(1) + index] = $0[record(0) + index] }
    },
    Row(.unknownKind, entry: 2, "kind 4") { $0[record(2) + 6] = 4 },
    Row(.unknownFlags, entry: 2, "a flag") { $0[record(2) + 7] = 1 },
    Row(.invalidMode, entry: 2, "mode bits above permissions") { $0[record(2) + 9] = 0x80 },
    Row(.parentMissing, entry: 3, "a file as directory") {
      $0[record(0) + 6] = 1
    },
    Row(.contentsOutsideArchive, entry: 2, "contents beyond the end") { $0[record(2) + 18] = 9 },
    Row(.contentsOutsideArchive, entry: 2, "contents that wrap around") {
      for index in 24..<32 { $0[record(2) + index] = 0xFF }
    },
    Row(.contentsOutsideArchive, entry: 2, "contents within the header") {
      $0[record(2) + 17] = 0
    },
    Row(.contentsMisaligned, entry: 2, "contents off the page") { $0[record(2) + 16] = 8 },
    Row(.contentsOverlap, entry: 3, "shared contents") {
      for index in 16..<24 { $0[record(3) + index] = $0[record(2) + index] }
    },
    Row(.directoryWithContents, entry: 0, "contents of a directory") { $0[record(0) + 24] = 1 },
    Row(.invalidLinkTarget, entry: 6, "an empty target") { $0[record(6) + 24] = 0 },
  ]

  @Test(arguments: rows)
  func isRefused(_ row: Row) throws {
    var archive = try example()
    row.change(&archive)
    #expect(throws: ArchiveError(row.cause, entry: row.entry)) {
      _ = try ArchiveReader(parsing: archive.span).count
    }
  }

  @Test(arguments: [
    ("a", true), ("a/b", true), ("...", true), (".a", true), ("", false), ("/", false),
    ("a/", false), ("/a", false), ("a//b", false), (".", false), ("a/..", false), ("a\0", false),
    (String(repeating: "a", count: 255), true), (String(repeating: "a", count: 256), false),
    (String(repeating: "a/", count: 511) + "ab", true),
    (String(repeating: "a/", count: 512) + "a", false),
  ])
  func pathsAreValidOrNot(_ path: String, _ isValid: Bool) {
    #expect(ArchiveLimits.isValid(path: bytes(path).span) == isValid)
  }

  @Test func recordsKeepTheCommonProperties() {
    #expect(WireFormatCheck.violation(of: ArchiveHeader.self, seed: 1) == nil)
    #expect(WireFormatCheck.violation(of: ArchiveRecord.self, seed: 2) == nil)
  }
}

@Suite("ArchiveSequence")
struct ArchiveSequenceTests {
  @Test func archivesFollowOneAnother() throws {
    var builder = ArchiveBuilder()
    builder.addFile(bytes("exec/command"), contents: bytes("echo hello"))
    let all = try example() + builder.build() + [UInt8](repeating: 0, count: 100)
    var sequence = ArchiveSequence(all.span)
    var counts: [Int] = []
    while let archive = try sequence.next() { counts.append(archive.count) }
    #expect(counts == [12, 2])
  }

  @Test func noBytesAreNoArchives() throws {
    let none: [UInt8] = []
    var sequence = ArchiveSequence(none.span)
    while try sequence.next() != nil { Issue.record("there is no archive") }
  }

  @Test(arguments: [[1], [0, 0, 0, 0, 0, 0, 0, 0, 1]] as [[UInt8]])
  func otherBytesAreRefused(_ trailing: [UInt8]) throws {
    let all = try example() + trailing
    var sequence = ArchiveSequence(all.span)
    var count = 0
    do throws(ArchiveError) {
      while try sequence.next() != nil { count += 1 }
      Issue.record("the trailing bytes were accepted")
    } catch { #expect(error.cause == .trailingBytes) }
    #expect(count == 1)
  }
}

/// Lists and reads everything; what it holds does not matter, only that nothing traps.
private func readAll(_ bytes: [UInt8]) -> Bool {
  var sequence = ArchiveSequence(bytes.span)
  do throws(ArchiveError) {
    while let archive = try sequence.next() {
      for index in 0..<archive.count {
        let entry = archive.entry(at: index)
        _ = archive.contents(of: entry).count
        guard archive.find(archive.name(of: entry)) == entry else { return false }
        var child = archive.firstChild(of: entry)
        while let found = child { child = archive.nextChild(after: found, of: entry) }
      }
    }
    return true
  } catch { return false }
}

@Test(arguments: [31, 32] as [UInt64])
func hostileArchivesDoNotTrap(seed: UInt64) throws {
  var mutator = Mutator(examples: [try example()], seed: seed)
  var accepted = 0
  for _ in 0..<50_000 where readAll(mutator.mutate()) { accepted += 1 }
  #expect(accepted > 100, "the mutations are so coarse that they test nothing")
}
