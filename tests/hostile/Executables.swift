// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What became of mutated copies of a program.
private struct Tally {
  var refused: UInt64 = 0
  var exited: UInt64 = 0
  var faulted: UInt64 = 0
  var stopped: UInt64 = 0

  func say() {
    TestRun.remark("files refused", refused)
    TestRun.remark("programs that ended by themselves", exited)
    TestRun.remark("programs that faulted", faulted)
    TestRun.remark("programs that had to be ended", stopped)
  }
}

/// Files that look like programs, and what happens when they are started.
struct ExecutableCampaign: ~Copyable {
  private static let original: Text = "/scheme/initfs/bin/service"
  private static let programPath: Text = "/scheme/tmp/mutant"
  /// Milliseconds that a mutant may run.
  private static var patience: Int64 { 20 }

  private let bytes: [UInt8]
  private let account: Account
  private let namespace: Namespace

  init() throws(TestFailure) {
    let bytes = try succeed("reading a program") { () throws(SystemError) in
      try FileSystem.read(Self.original)
    }
    let account = try succeed("making an account") { () throws(SystemError) in try Account() }
    // A mutant may do anything, so it can reach nothing.
    let namespace = try succeed("making a namespace") { () throws(SystemError) in
      try Namespace.empty()
    }
    try succeed("setting limits") { () throws(SystemError) in
      try account.setLimit(.frames, maximum: 1_000)
      // It starts nothing that would outlive it.
      try account.setLimit(.processes, maximum: 1)
      try account.setLimit(.threads, maximum: 4)
      try account.setLimit(.handles, maximum: 40)
    }
    self.bytes = bytes
    self.account = account
    self.namespace = namespace
  }

  consuming func run(_ count: Int, _ random: inout Random) throws(TestFailure) {
    var tally = Tally()
    let file = try succeed("making a file") { () throws(SystemError) in
      try File(Self.programPath, .readWrite | .create | .truncate, mode: 0o755)
    }
    try truncations(file, &random, &tally)
    for turn in 0..<count {
      var mutant = bytes
      mutate(&mutant, turn, &random)
      try write(mutant.span, to: file)
      _ = try start(&tally)
    }
    try succeed("removing the file") { () throws(SystemError) in
      try FileSystem.remove(Self.programPath)
    }
    tally.say()
    try expect(tally.refused > 50 && tally.faulted > 50, "mutants of several kinds")
    try expectUnused(account)
  }

  // MARK: Files

  private func write(_ contents: Span<UInt8>, to file: borrowing File) throws(TestFailure) {
    let handle = file.handle
    do throws(SystemError) {
      try file.truncate(to: UInt64(contents.count))
      var done = 0
      while done < contents.count {
        done += try handle.write(
          contents.extracting(done..<contents.count), at: UInt64(done))
      }
    } catch { throw TestFailure(reason("writing a mutant", error)) }
  }

  /// A program that ends before its last segment does is none.
  private func truncations(
    _ file: borrowing File, _ random: inout Random, _ tally: inout Tally
  ) throws(TestFailure) {
    let needed = lastSegmentEnd()
    try expect(needed > 4_096 && needed <= bytes.count, "a program to cut short")
    for turn in 0..<150 {
      let length =
        turn < 100 ? turn * 8 : Int(random.next(below: UInt64(needed)))
      try write(bytes.span.extracting(0..<length), to: file)
      let isRefused = try start(&tally)
      try expect(isRefused, "a program that was cut short is refused")
    }
  }

  /// Where the bytes of the last loaded segment end (ELF-64, program headers).
  private func lastSegmentEnd() -> Int {
    let headers = word(at: 32, 8)
    let count = word(at: 56, 2)
    var end = 0
    for index in 0..<count {
      let header = headers + index * 56
      guard header + 56 <= bytes.count, word(at: header, 4) == 1 else { continue }
      end = max(end, word(at: header + 8, 8) + word(at: header + 32, 8))
    }
    return end
  }

  private func word(at offset: Int, _ count: Int) -> Int {
    var value = 0
    for index in (0..<count).reversed() { value = value << 8 | Int(bytes[offset + index]) }
    return value
  }

  /// Changes the headers mostly, where each byte means something; sometimes what follows.
  private func mutate(_ mutant: inout [UInt8], _ turn: Int, _ random: inout Random) {
    let headersEnd = min(word(at: 32, 8) + word(at: 56, 2) * 56, mutant.count)
    for _ in 0...random.next(below: 3) {
      switch turn % 5 {
      case 0: mutant[Int(random.next(below: 64))] = UInt8(truncatingIfNeeded: random.next())
      case 1:
        let place = Int(random.next(below: UInt64(headersEnd)))
        mutant[place] = UInt8(truncatingIfNeeded: random.next())
      case 2:
        // A whole field becomes one of the numbers that arithmetic stumbles over.
        let place = min(
          64 + Int(random.next(below: UInt64(headersEnd - 64))) & ~7, mutant.count - 8)
        store(Self.awkward(&random), at: place, in: &mutant)
      case 3:
        let place = Int(random.next(below: UInt64(mutant.count)))
        mutant[place] ^= 1 << UInt8(random.next(below: 8))
      default:
        let place = Int(random.next(below: UInt64(mutant.count - 64)))
        for index in 0..<64 { mutant[place + index] = UInt8(truncatingIfNeeded: random.next()) }
      }
    }
  }

  private static func awkward(_ random: inout Random) -> UInt64 {
    switch random.next(below: 8) {
    case 0: 0
    case 1: UInt64.max
    case 2: UInt64.max - 4095
    case 3: 1 << 63
    case 4: 1 << random.next(below: 64)
    case 5: 0x7FFF_FFFF_F000
    case 6: 0xFFFF_8000_0000_0000
    default: random.next()
    }
  }

  private func store(_ value: UInt64, at place: Int, in mutant: inout [UInt8]) {
    for index in 0..<8 {
      mutant[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
    }
  }

  // MARK: Starting

  /// Starts the file, and ends what does not end by itself.
  /// - Returns: whether it was refused, with an error that names the file and a cause.
  private func start(_ tally: inout Tally) throws(TestFailure) -> Bool {
    try expectUnused(account)
    var program = Program(Self.programPath, ["true"])
    program.environment = []
    program.handles = []
    program.account = account.handle
    program.namespace = namespace.handle
    program.group = 0
    let number: UInt32
    do throws(ExecutableError) { number = try Process.spawn(program).number } catch {
      tally.refused += 1
      try expect(error.reason != .quotaExceeded, "nothing is left of the mutant before")
      let text = error.explanation
      try expect(
        text.hasPrefix(Self.programPath) && text.count > Self.programPath.count + 3,
        "the error names file and cause")
      return true
    }
    do throws(SystemError) {
      let report = try Process.wait(.process(number), until: .after(.milliseconds(Self.patience)))
      if case .exited = report.status { tally.exited += 1 } else { tally.faulted += 1 }
      return false
    } catch {
      guard error == .timedOut else { throw TestFailure(reason("waiting for a mutant", error)) }
    }
    tally.stopped += 1
    // All that it may have started is in its group.
    try succeed("ending a mutant") { () throws(SystemError) in
      try Process.signal(-Int(number), .kill)
    }
    _ = try awaitEnd(of: number, "a mutant's end")
    return false
  }
}
