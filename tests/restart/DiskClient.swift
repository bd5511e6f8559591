// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A part of a disk that nobody else writes, through a handle that is held open: what was answered is
/// there, whoever is killed.
struct DiskClient: CampaignClient, ~Copyable {
  /// The whole disk: the fourth argument, or the one in memory.
  static var path: Text {
    Arguments.count > 4 ? Arguments.text(at: 4) : "/scheme/disk.live/0"
  }

  /// A disk has one writer: it is opened once, and for each client below that.
  private static let disk: Handle? = {
    do throws(SystemError) { return try File(path, .readWrite).release() } catch { return nil }
  }()

  private static var blockBytes: Int { 512 }
  private static var blockCount: Int { 512 }

  private let file: File
  private let start: UInt64
  private var random: Random
  /// What each block is filled with.
  private var content: [UInt8]
  /// Whether the part holds what `content` says.
  private var isFilled = false

  init(number: Int, seed: UInt64) throws(TestFailure) {
    guard let disk = Self.disk else { throw TestFailure("the disk cannot be opened") }
    let file = try succeed("opening the disk once more") { () throws(SystemError) in
      File(try disk.open("", .readWrite))
    }
    self.file = file
    // The witness has a part of its own behind the clients'.
    start = UInt64((number < 0 ? 15 : min(number, 14)) * Self.blockCount * Self.blockBytes)
    random = Random(seed: seed &+ UInt64(bitPattern: Int64(number)) &+ 1)
    content = [UInt8](repeating: 0, count: Self.blockCount)
  }

  mutating func step() throws(TestFailure) {
    guard isFilled else {
      isFilled = true
      return try write(0, Self.blockCount, 0)
    }
    let first = random.below(Self.blockCount)
    let count = 1 + random.below(min(64, Self.blockCount - first))
    switch random.below(8) {
    case 0:
      try succeed("flushing") { () throws(SystemError) in try file.synchronise() }
    case 1...4: try write(first, count, UInt8(1 + random.below(255)))
    default: try verify(first, count)
    }
  }

  private mutating func write(_ first: Int, _ count: Int, _ value: UInt8) throws(TestFailure) {
    var done = 0
    while done < count {
      let bytes = [UInt8](repeating: value, count: (count - done) * Self.blockBytes)
      let place = start + UInt64((first + done) * Self.blockBytes)
      let written = try succeed("writing blocks") { () throws(SystemError) in
        try file.write(bytes.span, at: place)
      }
      try expect(written > 0 && written % Self.blockBytes == 0, "whole blocks are written")
      done += written / Self.blockBytes
    }
    for block in first..<first + count { content[block] = value }
  }

  private func verify(_ first: Int, _ count: Int) throws(TestFailure) {
    var done = 0
    while done < count {
      var bytes = [UInt8](repeating: 0, count: (count - done) * Self.blockBytes)
      let place = start + UInt64((first + done) * Self.blockBytes)
      let found = try succeed("reading blocks") { () throws(SystemError) in
        try file.read(into: bytes.mutableSpan, at: place)
      }
      try expect(found > 0 && found % Self.blockBytes == 0, "whole blocks are read")
      for index in 0..<found {
        guard bytes[index] == content[first + done + index / Self.blockBytes] else {
          throw TestFailure("a block is not as it was written last")
        }
      }
      done += found / Self.blockBytes
    }
  }

  mutating func check() throws(TestFailure) {
    if isFilled { try verify(0, Self.blockCount) }
  }
  mutating func end() throws(TestFailure) { try check() }
}
