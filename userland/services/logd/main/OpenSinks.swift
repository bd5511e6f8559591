// SPDX-License-Identifier: MIT
import LogKeeping
import System

/// The files behind the book's sinks, by slot.
struct OpenSinks {
  private var handles: [Handle?] = Array(repeating: nil, count: LogLimits.sinks)

  /// Opens what a predecessor copied to. What cannot be opened any more is given up, and the log
  /// says so.
  mutating func openAll(_ book: inout LogBook, at now: UInt64) {
    for slot in handles.indices {
      guard let path = book.sinkPath(slot) else { continue }
      do throws(SystemError) { handles[slot] = try Self.open(path) } catch {
        giveUp(slot, path, error, &book, at: now)
      }
    }
  }

  private static func open(_ path: Text) throws(SystemError) -> Handle {
    try File(path, .write | .create | .runtimeHandle, mode: 0o640).release()
  }

  /// Adds a sink, behind what its file holds already.
  /// - Throws: what opening it says, and `LogBook.addSink`.
  mutating func add(
    _ path: Text, _ passed: Handle?, to book: inout LogBook
  ) throws(SystemError) {
    let handle: Handle
    if let passed { handle = passed } else { handle = try Self.open(path) }
    do throws(SystemError) {
      let status = try handle.status()
      let hasOffsets = status.mode & FileMode.typeMask == FileMode.regular
      let slot = try book.addSink(path, place: hasOffsets ? status.size : nil)
      handles[slot] = handle
    } catch {
      // A handle that was passed is closed by who sees the error.
      if passed == nil { close(handle) }
      throw error
    }
  }

  /// No more is copied to `path`. The caller commits.
  /// - Throws: `notFound`.
  mutating func remove(_ path: Text, from book: inout LogBook) throws(SystemError) {
    for slot in handles.indices {
      guard let known = book.sinkPath(slot), known == path else { continue }
      if let handle = handles[slot] { close(handle) }
      handles[slot] = nil
      return book.removeSink(slot)
    }
    throw .notFound
  }

  /// Copies what is new to each.
  mutating func copy(_ book: inout LogBook, at now: UInt64) {
    for slot in handles.indices {
      guard let handle = handles[slot], let path = book.sinkPath(slot) else { continue }
      do throws(SystemError) {
        while book.sink(slot).next < book.end {
          let bytes = [UInt8](capacity: 4096) { output in book.pending(slot, into: &output) }
          if bytes.isEmpty { break }
          let count = try handle.write(bytes.span, at: book.sink(slot).place)
          guard count > 0 else { throw .inputOutput }
          book.advance(slot, by: count)
        }
      } catch { giveUp(slot, path, error, &book, at: now) }
    }
  }

  private mutating func giveUp(
    _ slot: Int, _ path: Text, _ error: SystemError, _ book: inout LogBook, at now: UInt64
  ) {
    if let handle = handles[slot] { close(handle) }
    handles[slot] = nil
    book.removeSink(slot)
    book.say(.warning, at: now) { line in
      line.put("no more copied to ")
      line.put(path)
      line.put(": ")
      line.put(error.explanation)
    }
    book.commit()
  }

  private func close(_ handle: Handle) { performIgnoringErrors(Close { $0.handle = handle }) }
}
