// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// What files on a disk cost. What is written cannot be compressed, and no block of it is as another.
struct FileBench {
  let volume: BenchVolume
  let data: [UInt8]

  static var pageBytes: Int { 4096 }
  static var pieceBytes: Int { 65_536 }
  static var dataBytes: Int { 4 << 20 }
  /// What single pages are read from and written to.
  static var smallFileBytes: Int { 262_144 }
  var path: Text { BenchVolume.path + "/file" }

  init() throws(BenchError) {
    volume = try BenchVolume()
    var state: UInt64 = 88_172_645_463_325_252
    var bytes = [UInt8](repeating: 0, count: Self.dataBytes)
    var span = bytes.mutableSpan
    for place in 0..<Self.dataBytes / 8 {
      state ^= state &<< 13
      state ^= state &>> 7
      state ^= state &<< 17
      span.setLittleWord(state, at: place &* 8)
    }
    data = bytes
  }

  // MARK: What all have in common

  func makeFile(_ byteCount: Int) throws(BenchError) -> File {
    try doing("making a file") { () throws(SystemError) in
      let file = try File(path, .readWrite | .create | .truncate)
      try file.writeAll(data.span.extracting(first: byteCount))
      return file
    }
  }

  func removeFile() throws(BenchError) {
    try doing("removing a file") { () throws(SystemError) in try FileSystem.remove(path) }
  }

  /// Another page of the data for each turn.
  @_lifetime(borrow self)
  func page(_ turn: Int) -> Span<UInt8> {
    let start = turn &* Self.pageBytes % Self.dataBytes
    return data.span.extracting(start..<start &+ Self.pageBytes)
  }

  /// Times `run`, which does so many operations; first a tenth as many.
  func time(
    _ turns: Int, _ run: (Int) throws(SystemError) -> Void
  ) throws(BenchError) -> UInt64 {
    try doing("a warm-up") { () throws(SystemError) in try run(turns / 10) }
    return try timeOnce { () throws(SystemError) in try run(turns) }
  }

  func timeOnce(_ run: () throws(SystemError) -> Void) throws(BenchError) -> UInt64 {
    var failure: SystemError?
    let ticks = Measurement.timed {
      do throws(SystemError) { try run() } catch { failure = error }
    }
    if let failure { throw .system("an operation", failure) }
    return ticks
  }

  // MARK: Names

  func openClose(_ turns: Int) throws(BenchError) -> UInt64 {
    _ = try makeFile(Self.pageBytes)
    let path = path
    let ticks = try time(turns) { (turns) throws(SystemError) in
      for _ in 0..<turns { _ = try File(path) }
    }
    try removeFile()
    return ticks
  }

  func status(_ turns: Int) throws(BenchError) -> UInt64 {
    _ = try makeFile(Self.pageBytes)
    let path = path
    let ticks = try time(turns) { (turns) throws(SystemError) in
      for _ in 0..<turns {
        guard try FileSystem.status(path).size == Self.pageBytes else { throw .protocolError }
      }
    }
    try removeFile()
    return ticks
  }

  /// The directory comes to have a file for each turn, and then none again.
  func createUnlink(_ turns: Int) throws(BenchError) -> UInt64 {
    try time(turns) { (turns) throws(SystemError) in
      for turn in 0..<turns {
        let file = try File(numberedPath(turn), .write | .create | .exclusive)
        guard try file.write(page(turn)) == Self.pageBytes else { throw .protocolError }
      }
      for turn in 0..<turns { try FileSystem.remove(numberedPath(turn)) }
    }
  }

  private func numberedPath(_ number: Int) -> Text {
    var path = BenchVolume.path + "/file"
    path.put(decimal: UInt64(number))
    return path
  }

  func makeRemoveDirectory(_ turns: Int) throws(BenchError) -> UInt64 {
    let path = BenchVolume.path + "/folder"
    return try time(turns) { (turns) throws(SystemError) in
      for _ in 0..<turns {
        try FileSystem.makeDirectory(path)
        try FileSystem.removeDirectory(path)
      }
    }
  }

  func rename(_ turns: Int) throws(BenchError) -> UInt64 {
    _ = try makeFile(Self.pageBytes)
    let path = path
    let other = BenchVolume.path + "/other"
    let ticks = try time(turns) { (turns) throws(SystemError) in
      for _ in 0..<turns / 2 {
        try FileSystem.rename(path, to: other)
        try FileSystem.rename(other, to: path)
      }
    }
    try removeFile()
    return ticks
  }
}
