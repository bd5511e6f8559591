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
  /// Whether nothing more will come.
  var isFinished = false
  /// Whether the reader has gone.
  var isBroken = false

  init(handle: Int) { self.handle = handle }
}

/// A pipe that the shell reads into a buffer, as fast as its writers write.
final class Drain {
  let handle: Int
  let buffer: StreamBuffer

  init(handle: Int, buffer: StreamBuffer) {
    self.handle = handle
    self.buffer = buffer
  }
}

enum InputStream {
  case handle(Int)
  case buffer(StreamBuffer)
}

enum OutputStream {
  case handle(Int)
  case buffer(StreamBuffer)
  case feed(Feed)
}

/// Where the commands that run at present read and write.
struct Streams {
  var input = InputStream.handle(0)
  var output = OutputStream.handle(1)
  var error = OutputStream.handle(2)
}

/// Moves what is in feeds and drains, so that no part of a pipeline waits for another for ever.
final class Pump<System: ShellSystem> {
  private let system: System
  private(set) var feeds: [Feed] = []
  private(set) var drains: [Drain] = []

  init(_ system: System) { self.system = system }

  func add(_ feed: Feed) { feeds.append(feed) }
  func add(_ drain: Drain) { drains.append(drain) }

  func isActive(_ feed: Feed) -> Bool { feeds.contains { $0 === feed } }
  func isActive(_ drain: Drain) -> Bool { drains.contains { $0 === drain } }

  /// Waits until something moves or `handle` can be read; true for the latter.
  func turn(watching handle: Int? = nil) -> Bool {
    closeFinished()
    var reading = drains.map { $0.handle }
    if let handle { reading.append(handle) }
    let writing = feeds.filter { $0.waiting.count > 0 }.map { $0.handle }
    if reading.isEmpty, writing.isEmpty { return true }
    let (readable, writable) = system.ready(reading: reading, writing: writing)
    for feed in feeds where writable.contains(feed.handle) { write(feed) }
    for drain in drains where readable.contains(drain.handle) { read(drain) }
    closeFinished()
    return handle.map { readable.contains($0) } ?? false
  }

  private func write(_ feed: Feed) {
    let waiting = feed.waiting
    let end = min(waiting.bytes.count, waiting.start + 4096)
    do throws(SystemFailure) {
      waiting.start += try system.write(feed.handle, waiting.bytes[waiting.start..<end])
    } catch {
      feed.isBroken = true
      waiting.start = waiting.bytes.count
    }
    if waiting.start == waiting.bytes.count || waiting.start > 1 << 20 {
      waiting.bytes.removeFirst(waiting.start)
      waiting.start = 0
    }
  }

  private func read(_ drain: Drain) {
    let bytes = (try? system.read(drain.handle, limit: 65_536)) ?? []
    drain.buffer.bytes += bytes
    guard bytes.isEmpty || drain.buffer.bytes.count > ShellLimits.captureBytes else { return }
    system.close(drain.handle)
    drains.removeAll { $0 === drain }
  }

  private func closeFinished() {
    for feed in feeds where isDone(feed) { system.close(feed.handle) }
    feeds.removeAll { isDone($0) }
  }

  private func isDone(_ feed: Feed) -> Bool {
    feed.isBroken || (feed.isFinished && feed.waiting.count == 0)
  }
}

/// What the shell holds at most.
public enum ShellLimits {
  /// Blocks and functions that run within one another.
  public static var depth: Int { 500 }
  /// The output of a process expansion, or what is between two functions of a pipeline.
  public static var captureBytes: Int { 256 << 20 }
  static var aliasDepth: Int { 32 }
  /// Bytes that a function may be ahead of the program that reads from it.
  static var feedBytes: Int { 65_536 }
  public static var directoryStack: Int { 1000 }
}
