// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

@Suite("Large RedoxFS directories and files") struct LargeDirectoryTests {
  private static func name(_ number: Int) -> Text {
    var name: Text = "entry-"
    name.put(decimal: UInt64(number))
    return name
  }

  @Test func aDirectoryOfAHundredThousandNames() throws {
    let count = 100_000
    let (store, mounted) = try makeVolume(blocks: 16_384)
    let directory = try mounted.make(newDirectory, "d", in: 1, now: moment(1))
    let target = try mounted.make(newFile, "target", in: 1, now: moment(1))
    for number in 0..<count {
      try mounted.link(target, as: Self.name(number), in: directory, now: moment(2))
    }
    try mounted.commit()
    #expect(try mounted.record(of: target).links == UInt32(count) + 1)
    // A look-up reads as many blocks as the directory has levels, however many names there are.
    let fresh = try Mounted(mounting: store)
    store.reads = 0
    #expect(try fresh.find(Self.name(77_777), in: directory) == target)
    #expect(store.reads <= 12, "\(store.reads) blocks")
    #expect(try fresh.find("entry-100000", in: directory) == nil)
    // What comes and goes during a listing disturbs nobody: the others are there once.
    var listed = [Bool](repeating: false, count: count)
    var cookie: UInt64 = 0
    var step = 0
    while true {
      let entries = try fresh.entries(of: directory, after: cookie, limit: 1000)
      guard let last = entries.last else { break }
      cookie = last.cookie
      for (entry, _) in entries {
        guard let number = Int(entry.name.string.dropFirst(6)), number < count else { continue }
        #expect(!listed[number])
        listed[number] = true
      }
      step += 1
      try fresh.link(target, as: Self.name(count + step), in: directory, now: moment(3))
      try fresh.unlink(Self.name(step), from: directory, now: moment(3))
      listed[step] = true
    }
    #expect(listed.allSatisfy { $0 })
    #expect(step < 120)
    try fresh.commit()
    #expect(FormatJudge(store.bytes, isOurs: true).faults == [])
  }

  @Test func filesReachBeyondTwoTebibytes() throws {
    let (store, mounted) = try makeVolume()
    let name = Text(String(repeating: "é", count: 126))
    #expect(name.count == 252)
    let file = try mounted.make(newFile, name, in: 1, now: moment(1))
    let end: UInt64 = 5 << 41
    try mounted.write([1, 2, 3].span, to: file, at: end &- 3, now: moment(2))
    try mounted.write([4, 5, 6].span, to: file, at: 1 << 41, now: moment(2))
    try mounted.commit()
    let again = try Mounted(mounting: store)
    #expect(try again.find(name, in: 1) == file)
    let record = try again.record(of: file)
    #expect(record.byteCount == end && record.blockCount < 16)
    #expect(try again.read(file, from: end &- 4, count: 10) == [0, 1, 2, 3])
    #expect(try again.read(file, from: (1 << 41) &- 1, count: 5) == [0, 4, 5, 6, 0])
    #expect(try again.read(file, from: 1 << 40, count: 3) == [0, 0, 0])
    try again.truncate(file, to: (1 << 41) &+ 1, now: moment(3))
    try again.commit()
    #expect(try again.read(file, from: 1 << 41, count: 9) == [4])
    #expect(FormatJudge(store.bytes, isOurs: true).faults == [])
    try again.unlink(name, from: 1, now: moment(4))
    try again.commit()
    #expect(FormatJudge(store.bytes, isOurs: true).faults == [])
  }
}
