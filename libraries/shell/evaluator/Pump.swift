// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

/// Moves what is in feeds and drains, so that no part of a pipeline waits for another for ever.
final class Pump<System: ShellSystem> {
  private let system: System
  private(set) var feeds: [Feed] = []
  private(set) var drains: [Drain] = []

  init(_ system: System) { self.system = system }

  var isIdle: Bool { feeds.isEmpty && drains.isEmpty }

  func add(_ feed: Feed) { feeds.append(feed) }
  func add(_ drain: Drain) { drains.append(drain) }

  func isActive(_ feed: Feed) -> Bool { feeds.contains { $0 === feed } }
  func isActive(_ drain: Drain) -> Bool { drains.contains { $0 === drain } }

  /// Gives the feed all of the inputs, one after another. Their handles are the pump's now.
  func splice(_ inputs: [InputStream], into feed: Feed) {
    var rest = inputs
    while !rest.isEmpty {
      switch rest.removeFirst() {
      case .buffer(let buffer): feed.waiting.bytes += buffer.take(buffer.count)
      case .several(let sequence): rest = sequence.parts + rest
      case .handle(let handle):
        feed.sources += 1
        return add(Drain(handle: handle, buffer: feed.waiting, splice: (feed, rest)))
      }
    }
  }

  /// Waits until something moves, `handle` can be read or `limit` milliseconds have passed; true
  /// if the handle can be read, or if there is nothing to wait for.
  @discardableResult
  func turn(watching handle: Int? = nil, limit: Int? = nil) -> Bool {
    closeFinished()
    var reading: [Int] = []
    for drain in drains where !isFull(drain) { reading.append(drain.handle) }
    if let handle { reading.append(handle) }
    let writing = feeds.filter { $0.waiting.count > 0 }.map { $0.handle }
    if reading.isEmpty, writing.isEmpty { return true }
    let (readable, writable) = system.ready(reading: reading, writing: writing, limit: limit)
    for feed in feeds where writable.contains(feed.handle) { write(feed) }
    for drain in drains where readable.contains(drain.handle) { read(drain) }
    closeFinished()
    return handle.map { readable.contains($0) } ?? false
  }

  /// Lets go of a feed whose reader needs no more.
  func discard(_ feed: Feed) {
    feed.isBroken = true
    closeFinished()
  }

  private func isFull(_ drain: Drain) -> Bool {
    if let (feed, _) = drain.splice { return feed.waiting.count > ShellLimits.feedBytes }
    return drain.copies.contains { !$0.isBroken && $0.waiting.count > ShellLimits.feedBytes }
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
    for feed in drain.copies where !feed.isBroken { feed.waiting.bytes += bytes }
    if drain.copies.isEmpty { drain.buffer.bytes += bytes }
    guard bytes.isEmpty || drain.buffer.bytes.count > ShellLimits.captureBytes else { return }
    close(drain)
    if let (feed, rest) = drain.splice {
      feed.sources -= 1
      splice(rest, into: feed)
    }
  }

  private func close(_ drain: Drain) {
    system.close(drain.handle)
    drains.removeAll { $0 === drain }
    for feed in drain.copies { feed.sources -= 1 }
  }

  private func closeFinished() {
    for drain in drains where drain.isUseless { close(drain) }
    for feed in feeds where isDone(feed) && feed.ownsHandle { system.close(feed.handle) }
    feeds.removeAll { isDone($0) }
  }

  private func isDone(_ feed: Feed) -> Bool {
    feed.isBroken || (feed.isFinished && feed.sources == 0 && feed.waiting.count == 0)
  }
}
