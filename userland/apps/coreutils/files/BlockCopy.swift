// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Copies as a plan of `dd` says, and counts blocks.
struct BlockCopy {
  private let invocation: Invocation
  private let plan: BlockPlan
  private var full = (read: UInt64(0), written: UInt64(0))
  private var partial = (read: UInt64(0), written: UInt64(0))
  private var bytes: UInt64 = 0
  private var block: [UInt8]
  /// What has been read and is less than a block of output.
  private var waiting: [UInt8] = []
  private var start: UInt64 = 0
  private var reported: UInt64 = 0

  private var system: UtilitySystem { invocation.system }

  init(invocation: Invocation, plan: BlockPlan) {
    self.invocation = invocation
    self.plan = plan
    block = [UInt8](repeating: 0, count: plan.inputBytes)
  }

  mutating func run() throws(UtilityStop) -> Int32 {
    let input = try open(plan.input, .standardInput) { (path) throws(SystemError) in
      try invocation.system.openFile(path)
    }
    defer { if plan.input != nil { system.close(input) } }
    let output = try open(plan.output, .standardOutput) { (path) throws(SystemError) in
      try openOutput(path)
    }
    defer { if plan.output != nil { system.close(output) } }
    start = system.now
    reported = start
    var status: Int32 = 0
    do throws(UtilityStop) {
      try skip(input)
      try place(output)
      try copy(input, output)
      try finish(output)
    } catch {
      // The figures come all the same.
      guard case .failed(let message) = error else { throw error }
      invocation.complain(message)
      status = 1
    }
    if plan.status != "none" { report() }
    return status
  }

  private func open(
    _ path: Text?, _ standard: Handle, _ open: (Text) throws(SystemError) -> Handle
  ) throws(UtilityStop) -> Handle {
    guard let path else { return standard }
    do throws(SystemError) { return try open(path) } catch {
      throw .failed("cannot open " + path.quotedForMessage + ": " + Text(error.explanation))
    }
  }

  private func openOutput(_ path: Text) throws(SystemError) -> Handle {
    var flags = OpenFlags.write
    if !plan.converts("nocreat") { flags = flags | .create }
    if plan.converts("excl") { flags = flags | .exclusive }
    if plan.appends { flags = flags | .append }
    // What lies before `seek` stays.
    if !plan.converts("notrunc"), !plan.appends, plan.seek == 0 { flags = flags | .truncate }
    return try system.openFile(path, flags, mode: 0o666)
  }

  private mutating func skip(_ input: Handle) throws(UtilityStop) {
    guard plan.skip > 0 else { return }
    let (distance, overflow) = plan.skip.multipliedReportingOverflow(by: UInt64(plan.inputBytes))
    guard !overflow else { throw .failed("skip is too large") }
    do throws(SystemError) {
      do throws(SystemError) { try system.seek(input, to: distance) } catch {
        guard error == .notSeekable || error == .invalidArgument else { throw error }
        for _ in 0..<plan.skip where try fill(input) == 0 { return }
      }
    } catch {
      throw .failed("cannot skip: " + Text(error.explanation))
    }
  }

  private func place(_ output: Handle) throws(UtilityStop) {
    guard plan.seek > 0, !plan.appends else { return }
    let (offset, overflow) = plan.seek.multipliedReportingOverflow(by: UInt64(plan.outputBytes))
    guard !overflow else { throw .failed("seek is too large") }
    do throws(SystemError) {
      if plan.output != nil, !plan.converts("notrunc") {
        // A device cannot be shortened, and need not.
        if try system.status(of: output).isRegular { try system.truncate(output, to: offset) }
      }
      try system.seek(output, to: offset)
    } catch {
      throw .failed("cannot seek: " + Text(error.explanation))
    }
  }

  /// Reads one block.
  private mutating func fill(_ input: Handle) throws(SystemError) -> Int {
    var count = try system.readSome(input, into: &block)
    guard plan.fillsBlocks || isFillable(input) else { return count }
    while count > 0, count < block.count {
      var rest = [UInt8](repeating: 0, count: block.count - count)
      let more = try system.readSome(input, into: &rest)
      if more == 0 { break }
      block.replaceSubrange(count..<(count + more), with: rest[0..<more])
      count += more
    }
    return count
  }

  /// Whether a read that brings less than a block is no end and no message: but for pipes, sockets
  /// and terminals, systems bring all that was asked for, and large blocks come in several pieces.
  private func isFillable(_ input: Handle) -> Bool {
    do throws(SystemError) {
      switch try system.status(of: input).type {
      case FileMode.regular, FileMode.blockDevice: return true
      case FileMode.characterDevice: return plan.input != nil && !system.isTerminal(input)
      default: return false
      }
    } catch { return false }
  }

  private mutating func copy(_ input: Handle, _ output: Handle) throws(UtilityStop) {
    var errors = 0
    while plan.count.map({ full.read + partial.read < $0 }) ?? true {
      var count: Int
      do throws(SystemError) {
        count = try fill(input)
        errors = 0
      } catch {
        let message = "error reading: " + Text(error.explanation)
        // A device that only fails would be read for ever.
        errors += 1
        guard plan.converts("noerror"), errors < 1000 else { throw .failed(message) }
        invocation.complain(message)
        count = 0
        guard plan.converts("sync") else {
          partial.read += 1
          continue
        }
        for index in block.indices { block[index] = 0 }
      }
      if count == 0, errors == 0 { return }
      if count == block.count { full.read += 1 } else { partial.read += 1 }
      if plan.converts("sync"), count < block.count {
        for index in count..<block.count { block[index] = 0 }
        count = block.count
      }
      try put(count, output)
      if plan.status == "progress" { progress() }
    }
  }

  private mutating func put(_ count: Int, _ output: Handle) throws(UtilityStop) {
    if plan.converts("ucase") || plan.converts("lcase") { convert(count) }
    if plan.isOneSize
      || plan.inputBytes == plan.outputBytes && waiting.isEmpty && count == block.count
    {
      // Shared, not copied: the block does not change meanwhile.
      let piece = block
      try write(piece.span.extracting(first: count), output)
      return
    }
    waiting += block[0..<count]
    var done = 0
    while waiting.count - done >= plan.outputBytes {
      let piece = Array(waiting[done..<(done + plan.outputBytes)])
      try write(piece.span, output)
      done += plan.outputBytes
    }
    if done > 0 { waiting.removeFirst(done) }
  }

  private mutating func convert(_ count: Int) {
    let isUpper = plan.converts("ucase")
    for index in 0..<count where block[index].isASCIILetter {
      block[index] = isUpper ? block[index] & ~0x20 : block[index] | 0x20
    }
  }

  private mutating func write(_ piece: Span<UInt8>, _ output: Handle) throws(UtilityStop) {
    var done = 0
    do throws(SystemError) {
      while done < piece.count {
        do throws(SystemError) {
          let count = try system.write(output, piece.extracting(done..<piece.count))
          guard count > 0 else { throw SystemError.noSpace }
          done += count
        } catch {
          guard error == .interrupted else { throw error }
        }
      }
    } catch {
      bytes += UInt64(done)
      if done > 0 { partial.written += 1 }
      if error == .brokenPipe { throw .status(141) }
      throw .failed("error writing: " + Text(error.explanation))
    }
    bytes += UInt64(done)
    if done == plan.outputBytes { full.written += 1 } else { partial.written += 1 }
  }

  private mutating func finish(_ output: Handle) throws(UtilityStop) {
    if !waiting.isEmpty {
      let rest = waiting
      waiting = []
      try write(rest.span, output)
    }
    guard plan.converts("fsync") || plan.converts("fdatasync") else { return }
    do throws(SystemError) { try system.synchronise(output) } catch {
      throw .failed("cannot synchronise: " + Text(error.explanation))
    }
  }

  // MARK: Figures

  private mutating func progress() {
    guard system.now &- reported >= 1_000_000_000 else { return }
    reported = system.now
    invocation.say(speed)
  }

  private func report() {
    for (name, counts) in [
      (" records in" as Text, (full.read, partial.read)),
      (" records out", (full.written, partial.written)),
    ] {
      invocation.say(
        Text {
          $0.put(decimal: counts.0)
          $0.put("+")
          $0.put(decimal: counts.1)
          $0.put(name)
        })
    }
    if plan.status != "noxfer" { invocation.say(speed) }
  }

  private var speed: Text {
    let time = max(system.now &- start, 1)
    return Text { text in
      text.put(decimal: bytes)
      text.put(bytes == 1 ? " byte" : " bytes")
      if bytes >= 1024 {
        text.put(" (")
        text.put(byteSize: bytes)
        text.put("iB)")
      }
      text.put(" copied, ")
      text.put(decimal: time / 1_000_000_000)
      text.put(".")
      text.put(decimal: time % 1_000_000_000 / 1_000_000, width: 3, fill: 0x30)
      text.put(" s, ")
      // Sixteen terabytes times a million still fit.
      let microseconds = max(time / 1000, 1)
      let rate =
        bytes < 1 << 44 ? bytes * 1_000_000 / microseconds : (bytes / microseconds) &* 1_000_000
      text.put(byteSize: rate)
      text.put(rate < 1024 ? "B/s" : "iB/s")
    }
  }
}
