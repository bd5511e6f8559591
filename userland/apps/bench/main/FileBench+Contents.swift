// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

// What is in files.
extension FileBench {
  func read(_ turns: Int) throws(BenchError) -> UInt64 {
    let file = try makeFile(Self.smallFileBytes)
    var buffer = [UInt8](repeating: 0, count: Self.pageBytes)
    let ticks = try time(turns) { (turns) throws(SystemError) in
      for turn in 0..<turns {
        let offset = turn &* Self.pageBytes % Self.smallFileBytes
        guard try file.read(into: buffer.mutableSpan, at: UInt64(offset)) == Self.pageBytes,
          buffer[0] == data[offset]
        else { throw .protocolError }
      }
    }
    try removeFile()
    return ticks
  }

  func write(_ turns: Int) throws(BenchError) -> UInt64 {
    let file = try makeFile(Self.smallFileBytes)
    let ticks = try time(turns) { (turns) throws(SystemError) in
      for turn in 0..<turns {
        let offset = UInt64(turn &* Self.pageBytes % Self.smallFileBytes)
        guard try file.write(page(turn), at: offset) == Self.pageBytes else {
          throw .protocolError
        }
      }
    }
    try removeFile()
    return ticks
  }

  /// The file is written and, so that nothing of it is in memory, the volume mounted anew.
  func sequentialRead(_ turns: Int) throws(BenchError) -> UInt64 {
    _ = try makeFile(turns * Self.pieceBytes)
    try volume.mountAnew()
    let file = try doing("opening a file") { () throws(SystemError) in try File(path) }
    var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
    let ticks = try timeOnce { () throws(SystemError) in
      for turn in 0..<turns {
        guard try file.read(into: buffer.mutableSpan) == Self.pieceBytes,
          buffer[0] == data[turn &* Self.pieceBytes]
        else { throw .protocolError }
      }
    }
    try removeFile()
    return ticks
  }

  /// All of it is on the disk in the end.
  func sequentialWrite(_ turns: Int) throws(BenchError) -> UInt64 {
    let file = try makeFile(0)
    let handle = file.handle
    func run(_ turns: Int) throws(SystemError) {
      for turn in 0..<turns {
        let start = turn &* Self.pieceBytes
        let piece = data.span.extracting(start..<start &+ Self.pieceBytes)
        guard try handle.write(piece, at: UInt64(start)) == Self.pieceBytes else {
          throw .protocolError
        }
      }
      try file.synchronise()
    }
    try doing("a warm-up") { () throws(SystemError) in
      try run(turns / 4)
      try file.truncate(to: 0)
    }
    let ticks = try timeOnce { () throws(SystemError) in try run(turns) }
    try removeFile()
    return ticks
  }

  /// A page is written over, and is on the disk before the next.
  func synchronise(_ turns: Int) throws(BenchError) -> UInt64 {
    let file = try makeFile(Self.pageBytes)
    let ticks = try time(turns) { (turns) throws(SystemError) in
      for turn in 0..<turns {
        guard try file.write(page(turn), at: 0) == Self.pageBytes else { throw .protocolError }
        try file.synchronise()
      }
    }
    try removeFile()
    return ticks
  }

  /// `spawn_exit_wait`, of a program on the disk.
  func spawn(_ turns: Int) throws(BenchError) -> UInt64 {
    let program = BenchVolume.path + "/spawned"
    try doing("copying the program") { () throws(SystemError) in
      let bytes = try FileSystem.read("/scheme/initfs/tests/spawned")
      try FileSystem.write(program, bytes.span, mode: 0o755)
    }
    return try spawnExitWait(program, turns)
  }
}
