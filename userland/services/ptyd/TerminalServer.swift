// SPDX-License-Identifier: MIT
public import ABI
import Base
import Core
import LineDiscipline
public import Schemes

/// The scheme `pty`: pseudo-terminals, the console, and what is below them.
///
/// Every request that changes a terminal is one step: the terminal's copy changes, is stored in the
/// capsule together with the request's name and result, and only then is the request answered. What
/// was taken and not answered when a server died comes again, before anything new: its successor
/// answers what the capsule knows, keeps the rest, and carries that out when all of it has come.
public struct TerminalServer: SchemeServer, ~Copyable {
  public typealias File = TerminalFile

  var table: TerminalTable
  let host: TerminalHost
  var session: SchemeSession?
  /// Requests that wait. They are no part of the state: those that a dead server owed come again.
  var waiters: [Waiter] = []
  /// Requests of a dead server may still come again.
  var isRecovering = true
  /// What programs that watch a terminal have been told, for each slot; nil if nobody ever has.
  var toldMaster: [EventSet?] = []
  var toldTerminal: [EventSet?] = []
  /// The handles of session leaders whose end is watched, for each slot.
  var leaders: [Handle?] = []
  /// Input waits in the console's device for room.
  var isConsoleHeld = false
  var nextWake = Deadline.never

  public init(_ table: consuming TerminalTable, _ host: TerminalHost) {
    self.table = table
    self.host = host
    for _ in 0..<Limits.terminals {
      toldMaster.append(nil)
      toldTerminal.append(nil)
      leaders.append(nil)
    }
  }

  public mutating func start(_ session: SchemeSession) {
    self.session = session
    prepareConsole()
    // The queue is empty then: everything that was to come again has come.
    session.wake(at: .immediately)
  }

  /// All that a dead server owed has come: what waits is tried, what nobody has is given up.
  mutating func endRecovery() {
    guard isRecovering else { return }
    isRecovering = false
    dropAbandoned()
    for slot in table.records.indices where table.records[slot].kind != .free {
      if table.records[slot].state.session != 0 { watchLeader(slot) }
      settle(slot)
    }
    receiveFromConsole()
  }

  // MARK: Opening and closing

  public mutating func open(
    _ path: consuming RequestPath, below directory: TerminalFile, for request: inout Request
  ) throws(SystemError) -> TerminalFile {
    var path = path
    let flags = request.openFlags
    if directory.part != .directory {
      return try openPart(path, of: directory, isForced: flags.contains(.nonBlocking))
    }
    guard let name = try path.next() else {
      if flags.contains(.directory) || flags.contains(.statOnly) {
        return TerminalFile(.directory)
      }
      return openMaster(&request)
    }
    guard try path.next() == nil else { throw .notDirectory }
    if name.equals("ptmx") { return openMaster(&request) }
    if flags.contains(.directory) { throw .notDirectory }
    if name.equals("sessions") {
      guard !flags.contains(.write) else { throw .accessDenied }
      return TerminalFile(.sessions)
    }
    request.opensStream()
    return try openTerminal(try slot(named: name, request.caller), request.caller)
  }

  private mutating func slot(
    named name: Span<UInt8>, _ caller: CallerIdentity
  ) throws(SystemError) -> Int {
    if name.equals("tty") {
      for slot in table.records.indices
      where caller.session != 0 && table.records[slot].state.session == caller.session {
        return slot
      }
      throw .noSuchDevice
    }
    if name.equals("console") {
      guard host.console != nil else { throw .notFound }
      return TerminalTable.console
    }
    var number = 0
    for index in name.indices {
      guard name.count <= 3, name[index] >= UInt8(ascii: "0"), name[index] <= UInt8(ascii: "9")
      else { throw .notFound }
      number = number * 10 + Int(name[index] & 15)
    }
    guard number < table.records.count, table.records[number].kind == .pseudo else {
      throw .notFound
    }
    return number
  }

  private mutating func openTerminal(
    _ slot: Int, _ caller: CallerIdentity
  ) throws(SystemError) -> TerminalFile {
    let kind = table.records[slot].kind
    if kind == .pseudo, table.records[slot].isLocked || table.records[slot].state.isHungUp {
      throw .inputOutput
    }
    let isOwner = caller.user == 0 || caller.user == table.records[slot].owner
    let isSession = caller.session != 0 && table.records[slot].state.session == caller.session
    guard isOwner || isSession || table.records[slot].mode & 0o006 == 0o006 else {
      throw .accessDenied
    }
    if !table.records[slot].isOpen {
      table.records[slot].wasOpened = true
      table.records[slot].isOpen = true
      table.commit(slot)
      tell(slot)
    }
    return file(.terminal, slot)
  }

  func file(_ part: TerminalFile.Part, _ slot: Int) -> TerminalFile {
    var file = TerminalFile(part)
    file.slot = slot
    file.generation = table.records[slot].generation
    file.isMasters = part == .master
    return file
  }

  /// A new terminal, when all that comes again has come.
  private mutating func openMaster(_ request: inout Request) -> TerminalFile {
    request.opensStream()
    submit(
      Waiter(request, TerminalFile(.master), .openMaster, now: host.now()), &request, Span())
    return TerminalFile(.master)
  }

  public mutating func close(_ file: TerminalFile, for request: inout Request) {
    guard file.part == .master || file.part == .terminal, isCurrent(file) else { return }
    let description = request.description
    guard let open = openWords(except: description), !open.contains(file.word) else { return }
    if file.part == .master { closeMaster(file.slot) } else { closeTerminal(file.slot) }
    if !isRecovering, table.records[file.slot].kind != .free { settle(file.slot) }
  }

  func isCurrent(_ file: TerminalFile) -> Bool {
    file.slot < table.records.count && table.records[file.slot].kind != .free
      && table.records[file.slot].generation == file.generation
  }

  /// The words of all open files; `nil` if they cannot be had, and then nothing is given up.
  private func openWords(except description: UInt64?) -> [UInt64]? {
    guard let session else { return nil }
    do throws(SystemError) {
      var words: [UInt64] = []
      for record in try session.descriptions() where record.description != description {
        words.append(record.word)
      }
      return words
    } catch { return nil }
  }

  /// Nobody has the master any more: the terminal hangs up, and ends with its last user.
  private mutating func closeMaster(_ slot: Int) {
    table.records[slot].state.hangUp()
    table.commit(slot)
    paySignals(slot)
    if !table.records[slot].isOpen { end(slot) }
  }

  private mutating func closeTerminal(_ slot: Int) {
    table.records[slot].isOpen = false
    table.commit(slot)
    // A pseudo-terminal without a master is nobody's.
    if table.records[slot].kind == .pseudo, table.records[slot].state.isHungUp { end(slot) }
  }

  private mutating func end(_ slot: Int) {
    forgetLeader(slot)
    table.free(slot)
    toldMaster[slot] = nil
    toldTerminal[slot] = nil
  }

  /// Terminals that nobody has: their openers died before they had the answer, or their files were
  /// closed while nobody served.
  mutating func dropAbandoned() {
    guard let open = openWords(except: nil) else { return }
    for slot in table.records.indices where table.records[slot].kind == .pseudo {
      if table.records[slot].isOpen, !open.contains(file(.terminal, slot).word) {
        closeTerminal(slot)
      }
      guard table.records[slot].kind == .pseudo, !table.records[slot].state.isHungUp,
        !open.contains(file(.master, slot).word)
      else { continue }
      closeMaster(slot)
    }
  }

  // MARK: Reading and writing

  public mutating func read(
    _ file: TerminalFile, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    guard file.part == .master || file.part == .terminal else {
      return try readPart(file, into: &output, at: offset)
    }
    var waiter = Waiter(request, file, .read, count: request.outputCount, now: host.now())
    waiter.doesNotWait = request.readFlags.contains(.nonBlocking)
    submit(waiter, &request, Span())
  }

  public mutating func write(
    _ file: TerminalFile, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    var waiter = Waiter(request, file, .write, count: request.inputCount, now: host.now())
    waiter.doesNotWait = request.writeFlags.contains(.nonBlocking)
    if file.part != .master, file.part != .terminal {
      waiter.kind = .change(try change(file, bytes))
      waiter.doesNotWait = false
    }
    submit(waiter, &request, bytes)
    return 0
  }

  public mutating func synchronise(
    _ file: TerminalFile, for request: inout Request
  ) throws(SystemError) {
    guard file.part == .terminal else { return }
    submit(Waiter(request, file, .drain, now: host.now()), &request, Span())
  }

  public mutating func cancel(
    _ tag: RequestTag, on file: TerminalFile, for request: inout Request
  ) {
    guard let index = waiters.firstIndex(where: { $0.tag == tag }) else { return }
    // What may have been carried out is answered when that is known.
    waiters.remove(at: index)
    session?.answer(tag, .interrupted)
  }

  // MARK: Events

  public mutating func watch(
    _ file: TerminalFile, _ events: EventSet, for request: inout Request
  ) {
    guard file.part == .master || file.part == .terminal, file.slot < Limits.terminals else {
      return
    }
    guard isCurrent(file) else {
      session?.signal(file.word, .readable | .writable | .hangUp)
      return
    }
    // Who watches no longer is not the only one: all files of one side have the same word.
    if events.isEmpty { return }
    let possible = readiness(file.part, file.slot)
    if file.part == .master {
      toldMaster[file.slot] = possible
    } else {
      toldTerminal[file.slot] = possible
    }
    session?.signal(file.word, possible)
  }

  public mutating func handle(_ event: EventRecord) {
    if event.data == 0 {
      receiveFromConsole()
    } else if event.data <= UInt64(Limits.terminals) {
      leaderEnded(Int(event.data) - 1)
    }
  }

  public mutating func wake() {
    nextWake = .never
    if isRecovering { return endRecovery() }
    let now = host.now()
    endQuestion(now)
    for slot in table.records.indices where table.records[slot].kind != .free { settle(slot) }
    planWake()
  }
}
