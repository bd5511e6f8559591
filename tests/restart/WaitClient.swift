// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// One of those who wait for tickets, or of those who take them: requests that a server has taken
/// long before it can answer, several at a time and out of their order.
struct WaitClient: CampaignClient, ~Copyable {
  private let file: File
  private let takes: Bool
  private var random: Random
  /// A ticket that has been given.
  private var known: UInt64

  /// How far ahead of what it knows a client waits.
  private static var farthest: Int { 4 }

  init(number: Int, seed: UInt64) throws(TestFailure) {
    let path = Text {
      $0.put("/scheme/ledger/waiter")
      $0.put(decimal: UInt64(number))
    }
    let file = try succeed("opening an account") { () throws(SystemError) in
      try File(path, .readWrite | .create)
    }
    known = try LedgerClient.report(of: file).lastTicket
    self.file = file
    takes = number % 2 == 1
    random = Random(seed: seed &+ UInt64(number) &+ 1)
  }

  mutating func step() throws(TestFailure) {
    if takes {
      try take()
      Clock.sleep(.microseconds(random.below(400)))
    } else {
      try wait(for: known + UInt64(1 + random.below(Self.farthest)))
    }
  }

  private mutating func take() throws(TestFailure) {
    let ticket = UInt64(
      try succeed("taking a ticket") { () throws(SystemError) in
        try file.handle.call(LedgerOperation.takeTicket, LedgerOperation.input(0).span)
      })
    try expect(ticket > known, "a new ticket")
    known = ticket
    Tickets.note(ticket)
  }

  private mutating func wait(for ticket: UInt64) throws(TestFailure) {
    let answer = UInt64(
      try succeed("waiting for a ticket") { () throws(SystemError) in
        try file.handle.call(LedgerOperation.awaitTicket, LedgerOperation.input(ticket).span)
      })
    try expect(answer >= ticket, "an answer when there is one")
    known = answer
  }

  mutating func check() throws(TestFailure) {
    let last = try LedgerClient.report(of: file).lastTicket
    try expect(last >= known, "no ticket is taken back")
  }

  /// Nobody is left waiting for a ticket that no one takes any more.
  mutating func end() throws(TestFailure) {
    guard takes else { return }
    for _ in 0...Self.farthest { try take() }
  }
}
