// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

/// Bytes on their way from one part of a pipeline to the next, inside the shell.
final class StreamBuffer {
  var bytes: [UInt8] = []
  var start = 0

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  var count: Int { bytes.count - start }

  func take(_ limit: Int) -> [UInt8] {
    let end = min(bytes.count, start + limit)
    let taken = Array(bytes[start..<end])
    start = end
    return taken
  }
}

/// A pipe that the shell writes to, as fast as its reader takes.
final class Feed {
  let handle: Int
  let waiting = StreamBuffer()
  /// Whether the shell writes nothing more to it.
  var isFinished = false
  /// Whether its reader only runs once the writer has ended, so that the writer cannot wait for it.
  var isUnbounded = false
  /// How many drains still give it what they read.
  var sources = 0
  /// Whether its handle is closed with it.
  var ownsHandle = true
  /// Whether the reader has gone.
  var isBroken = false

  init(handle: Int) { self.handle = handle }
}

/// A pipe that the shell reads into a buffer, as fast as its writers write.
final class Drain {
  let handle: Int
  let buffer: StreamBuffer
  /// The feed that gets what is read, and what it gets after that.
  let splice: (feed: Feed, rest: [InputStream])?
  /// The feeds that each get all that is read, in place of the buffer.
  let copies: [Feed]

  init(
    handle: Int, buffer: StreamBuffer, splice: (feed: Feed, rest: [InputStream])? = nil
  ) {
    self.handle = handle
    self.buffer = buffer
    self.splice = splice
    copies = []
  }

  init(handle: Int, copies: [Feed]) {
    self.handle = handle
    self.copies = copies
    buffer = StreamBuffer()
    splice = nil
    for feed in copies { feed.sources += 1 }
  }

  /// Whether nobody wants what it reads.
  var isUseless: Bool {
    splice?.feed.isBroken == true || (!copies.isEmpty && !copies.contains { !$0.isBroken })
  }
}

enum InputStream {
  case handle(Int)
  case buffer(StreamBuffer)
  /// One after another.
  case several(InputSequence)
}

final class InputSequence {
  var parts: [InputStream]

  init(_ parts: [InputStream]) { self.parts = parts }
}

enum OutputStream {
  case handle(Int)
  case buffer(StreamBuffer)
  case feed(Feed)
  /// Each gets all of it.
  indirect case several([OutputStream])
}

/// Where the commands that run at present read and write.
struct Streams {
  /// The system's handle behind what a command calls 0, 1 or 2; `nil` if that is none of the system's.
  func handle(_ number: Int) -> Int? {
    switch number {
    case 0:
      if case .handle(let handle) = input { return handle }
      return nil
    case 1:
      if case .handle(let handle) = output { return handle }
      return nil
    case 2:
      if case .handle(let handle) = error { return handle }
      return nil
    default: return number
    }
  }

  var input = InputStream.handle(0)
  var output = OutputStream.handle(1)
  var error = OutputStream.handle(2)

  var hasPlainInput: Bool {
    if case .handle = input { return true }
    return false
  }
}

/// What the shell holds at most.
public enum ShellLimits {
  /// Blocks and functions that run within one another.
  public static var depth: Int { 300 }
  /// The output of a process expansion, or what is between two functions of a pipeline.
  public static var captureBytes: Int { 256 << 20 }
  /// Jobs of a script whose ends are remembered.
  static var endedJobs: Int { 1_000 }
  /// A longer script is not held as a whole but read twice.
  static var wholeScriptBytes: Int { 1 << 18 }
  /// How often is looked whether a program has been stopped whose output the shell moves.
  static var stopCheckMilliseconds: Int { 250 }
  static var aliasDepth: Int { 32 }
  /// Bytes that a function may be ahead of the program that reads from it.
  static var feedBytes: Int { 65_536 }
  public static var directoryStack: Int { 1000 }
  /// What a shell in the background is told; systems bound the length of an argument.
  public static var backgroundScriptBytes: Int { 100_000 }
}
