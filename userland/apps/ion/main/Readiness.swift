// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// Waits for handles through an event queue. What is watched stays so from one wait to the next.
final class Readiness {
  private let queue: EventQueue
  private var watched: [(handle: Int, events: EventSet)] = []
  /// What can always be read and written; its server would never say so.
  private var files: [Int] = []

  init() throws(SystemError) { queue = try EventQueue() }

  /// Says that a handle is being closed, which ends its watch.
  func forget(_ handle: Int) {
    watched.removeAll { $0.handle == handle }
    files.removeAll { $0 == handle }
  }

  /// Waits until one of the handles can be read or written, or `limit` milliseconds have passed.
  func wait(
    reading: [Int], writing: [Int], limit: Int?
  ) throws(SystemError) -> (readable: [Int], writable: [Int]) {
    var readable: [Int] = []
    var writable: [Int] = []
    for index in watched.indices
    where !reading.contains(watched[index].handle) && !writing.contains(watched[index].handle) {
      try queue.watch(Handle(rawValue: UInt32(watched[index].handle)), EventSet(), data: 0)
      watched[index].events = EventSet()
    }
    watched.removeAll { $0.events == EventSet() }
    for handle in reading where !(try watch(handle, events(handle, reading, writing))) {
      readable.append(handle)
    }
    for handle in writing where !(try watch(handle, events(handle, reading, writing))) {
      writable.append(handle)
    }
    var deadline = Deadline.never
    if let limit { deadline = .after(.milliseconds(limit)) }
    if !readable.isEmpty || !writable.isEmpty { deadline = .immediately }
    var batch = EventBatch()
    do throws(SystemError) { try queue.wait(for: &batch, until: deadline) } catch {
      guard error == .timedOut else { throw error }
    }
    for index in 0..<batch.count {
      let handle = Int(batch[index].data)
      let events = EventSet(rawValue: batch[index].events)
      let hasEnded = events.contains(.hangUp) || events.contains(.error)
      if reading.contains(handle), hasEnded || events.contains(.readable) {
        readable.append(handle)
      }
      if writing.contains(handle), hasEnded || events.contains(.writable) {
        writable.append(handle)
      }
    }
    return (readable, writable)
  }

  private static func isFile(_ handle: Handle) -> Bool {
    do throws(SystemError) {
      switch try handle.status().mode & FileMode.typeMask {
      case FileMode.regular, FileMode.directory, FileMode.blockDevice: return true
      default: return false
      }
    } catch { return false }
  }

  private func events(_ handle: Int, _ reading: [Int], _ writing: [Int]) -> EventSet {
    var events = EventSet()
    if reading.contains(handle) { events = events | .readable }
    if writing.contains(handle) { events = events | .writable }
    return events
  }

  /// False if it never has events, as files have none: it can always be read and written.
  private func watch(_ handle: Int, _ events: EventSet) throws(SystemError) -> Bool {
    if files.contains(handle) { return false }
    if let place = watched.firstIndex(where: { $0.handle == handle }) {
      if watched[place].events == events { return true }
      watched.remove(at: place)
    } else if Self.isFile(Handle(rawValue: UInt32(handle))) {
      files.append(handle)
      return false
    }
    do throws(SystemError) {
      try queue.watch(Handle(rawValue: UInt32(handle)), events, data: UInt64(handle))
    } catch {
      // What else is wrong with it, reading or writing will say.
      return false
    }
    watched.append((handle, events))
    return true
  }
}
