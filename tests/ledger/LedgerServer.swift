// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The scheme `ledger`. The word of an open account is its slot; the root's is zero.
struct LedgerServer: SchemeServer, ~Copyable {
  typealias File = UInt64

  private let book: Book
  private var session: SchemeSession?
  /// Requests that are answered when a ticket has been given. They are no part of the state: those
  /// that a dead server owed come again.
  private var waiting: [(tag: RequestTag, ticket: UInt64)] = []

  init(_ book: consuming Book) { self.book = book }

  mutating func start(_ session: SchemeSession) { self.session = session }

  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    book.result(of: request)
  }

  private func slot(_ file: UInt64) throws(SystemError) -> Int {
    guard file > 0, file < UInt64(Book.slots) else { throw .invalidArgument }
    return Int(file)
  }

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    guard directory == 0 else { throw .notDirectory }
    return UInt64(try book.open(path.bytes))
  }

  mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    try book.read(try slot(file), at: offset, into: &output)
  }

  mutating func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    try book.append(try slot(file), bytes, at: offset, request)
    return bytes.count
  }

  mutating func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) {
    guard length == 0 else { throw .invalidArgument }
    try book.clear(try slot(file), request)
  }

  mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    guard file != 0 else {
      status.mode = FileMode.directory | 0o755
      return status
    }
    status.mode = FileMode.regular | 0o644
    status.size = book[try slot(file)]?.length ?? 0
    return status
  }

  mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    let slot = try slot(file)
    switch code {
    case LedgerOperation.add:
      return UInt(try book.add(try word(input), to: slot, request))
    case LedgerOperation.takeTicket:
      let ticket = try book.add(1, to: Book.tickets, request)
      tellWaiting(ticket)
      return UInt(ticket)
    case LedgerOperation.awaitTicket:
      let ticket = try word(input)
      if lastTicket >= ticket { return UInt(lastTicket) }
      waiting.append((request.postpone(), ticket))
      return 0
    case LedgerOperation.report:
      guard let record = book[slot] else { throw .gone }
      for number in [record.length, book.checksum(slot), record.total, lastTicket] {
        for index in 0..<8 { output.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
      }
      return 32
    default: throw .noSystemCall
    }
  }

  private var lastTicket: UInt64 { book[Book.tickets]?.total ?? 0 }

  private mutating func tellWaiting(_ ticket: UInt64) {
    for waiter in waiting where waiter.ticket <= ticket {
      session?.answer(waiter.tag, UInt(ticket))
    }
    waiting.removeAll { $0.ticket <= ticket }
  }

  mutating func cancel(_ tag: RequestTag, on file: UInt64, for request: inout Request) {
    guard let index = waiting.firstIndex(where: { $0.tag == tag }) else { return }
    waiting.remove(at: index)
    session?.answer(tag, .interrupted)
  }

  private func word(_ input: Span<UInt8>) throws(SystemError) -> UInt64 {
    guard input.count == 8 else { throw .invalidArgument }
    do throws(WireError) { return try input.little(at: 0, as: UInt64.self) } catch {
      throw .invalidArgument
    }
  }
}
