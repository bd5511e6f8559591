// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Submissions and completions in shared memory, with a doorbell each way.
struct RingTests {
  private let peer: Peer

  init(_ peer: Peer) { self.peer = peer }

  private typealias Client = RingClient<RingEntry, RingEntry>

  func run(_ run: inout TestRun) {
    run.test("ten thousand requests through a ring are answered once each") {
      () throws(TestFailure) in
      var client = try open(capacity: 64)
      do throws(SystemError) { try exchange(&client, 10_000, atOnce: 64) } catch {
        throw TestFailure(reason("rings", error))
      }
    }
    run.test("clients with rings of their own do not disturb one another") {
      () throws(TestFailure) in
      var first = try open(capacity: 4)
      var second = try open(capacity: 256)
      do throws(SystemError) {
        for turn in 0..<20 {
          try exchange(&first, 10 + turn, atOnce: 4)
          try exchange(&second, 300 - turn, atOnce: 256)
        }
      } catch { throw TestFailure(reason("rings", error)) }
    }
    run.test("an answer that does not come ends the wait at its deadline") {
      () throws(TestFailure) in
      var client = try open(capacity: 4)
      do throws(SystemError) {
        _ = try client.wait(until: .after(.milliseconds(20)))
      } catch {
        if error == .timedOut { return }
        throw TestFailure(reason("waiting", error))
      }
      throw TestFailure("an answer without a request" as StaticString)
    }
    run.test("a client hears that its server is gone") { () throws(TestFailure) in
      var client = try open(capacity: 4)
      do throws(SystemError) {
        try peer.kill()
        _ = try client.wait(until: .after(.seconds(10)))
      } catch {
        if error == .inputOutput { return }
        throw TestFailure(reason("waiting", error))
      }
      throw TestFailure("an answer from nobody" as StaticString)
    }
  }

  private func open(capacity: UInt32) throws(TestFailure) -> Client {
    do throws(SystemError) {
      return try RingClient(try File("/scheme/peer/rings", .readWrite), capacity: capacity)
    } catch { throw TestFailure(reason("opening rings", error)) }
  }

  /// Sends `count` numbers, as many at a time as there is room for, and checks each square.
  private func exchange(
    _ client: inout Client, _ count: Int, atOnce limit: Int
  ) throws(SystemError) {
    var isAnswered = [Bool](repeating: false, count: count)
    var sent = 0
    var received = 0
    while received < count {
      while sent < count, sent - received < limit {
        var entry = RingEntry()
        entry.number = UInt64(sent)
        entry.value = UInt64(sent) + 3
        guard try client.submit(entry) else { break }
        sent += 1
      }
      let answer = try client.wait(until: .after(.seconds(10)))
      let number = Int(truncatingIfNeeded: answer.number)
      let value = answer.number + 3
      guard number < count, !isAnswered[number], answer.value == value &* value else {
        throw .protocolError
      }
      isAnswered[number] = true
      received += 1
    }
  }
}
