// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// A file whose end is printed, and perhaps what is added to it later.
final class FollowedFile {
  private let name: Text
  private var handle: Handle
  private let isOwned: Bool
  private var isRegular = false
  /// Whatever has the name is followed, not the file that had it first.
  private let isPersistent: Bool
  /// There is no file of that name, or it cannot be opened.
  private(set) var isMissing = false
  private var offset: UInt64 = 0
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private var isGone = false

  /// Opens an operand; complains if that fails, and is `nil` unless it is `isPersistent`.
  init?(_ operand: Text, _ invocation: Invocation, isPersistent: Bool) {
    name = operand
    isOwned = operand != "-"
    self.isPersistent = isPersistent && isOwned
    handle = .standardInput
    do throws(SystemError) {
      handle = isOwned ? try invocation.system.openFile(operand) : .standardInput
      let status = try invocation.system.status(of: handle)
      isRegular = status.isRegular && isOwned
      if isRegular { offset = status.size }
    } catch {
      invocation.complain(operand, error)
      guard self.isPersistent else { return nil }
      isMissing = true
      isRegular = true
    }
  }

  func close(_ system: UtilitySystem) {
    if isOwned, !isMissing { system.close(handle) }
  }

  /// A pipe that has ended stays so.
  var canGrow: Bool { isRegular }

  /// Goes to a place in a long file behind which there is enough.
  func skip(
    _ amount: Tail.Amount, _ terminator: UInt8, _ system: UtilitySystem
  ) throws(SystemError) {
    let size = offset
    offset = 0
    guard isRegular, !amount.isFromStart, size > UInt64(buffer.count) else { return }
    var start = size
    var found: UInt64 = 0
    while start > 0 {
      let step = min(start, UInt64(buffer.count))
      if amount.isBytes {
        if size - start >= amount.number { break }
        start -= step
        continue
      }
      if found > amount.number { break }
      start -= step
      try system.seek(handle, to: start)
      let count = try system.readSome(handle, into: &buffer)
      let bytes = buffer
      found += UInt64(bytes.span.extracting(0..<min(count, Int(step))).count(of: terminator))
    }
    try system.seek(handle, to: start)
    offset = start
  }

  func printEnd(_ part: inout EndOfText, _ invocation: Invocation) throws(SystemError) {
    while invocation.output.failure == nil {
      let count = try invocation.system.readSome(handle, into: &buffer)
      if count == 0 { break }
      offset += UInt64(count)
      let bytes = buffer
      part.add(bytes.span.extracting(0..<count), &invocation.output)
    }
    part.finish(&invocation.output)
  }

  /// Prints what was added since. Complains once if that fails.
  func printMore(
    _ headings: inout Headings, _ invocation: Invocation, isAlone: Bool
  ) throws(UtilityStop) {
    guard !isGone, findAgain(invocation) else { return }
    do throws(SystemError) {
      if try invocation.system.status(of: handle).size < offset {
        invocation.complain(name.shownSafely + ": file truncated")
        try invocation.system.seek(handle, to: 0)
        offset = 0
      }
      var isFirst = true
      while invocation.output.failure == nil {
        let count = try invocation.system.readSome(handle, into: &buffer)
        if count == 0 { return }
        if isFirst, !isAlone { headings.put(name, invocation) }
        isFirst = false
        offset += UInt64(count)
        let bytes = buffer
        invocation.output.put(bytes.span.extracting(0..<count))
      }
    } catch {
      invocation.complain(name, error)
      isGone = true
      if isAlone { throw .status(1) }
    }
  }

  /// Turns to the file that has the name now.
  /// - Returns: whether there is one.
  private func findAgain(_ invocation: Invocation) -> Bool {
    guard isPersistent else { return true }
    let system = invocation.system
    do throws(SystemError) {
      let found = try system.status(name, following: true)
      if !isMissing, try system.status(of: handle).isSame(as: found) { return true }
      let next = try system.openFile(name)
      if !isMissing { system.close(handle) }
      let what: Text = isMissing ? " has appeared" : " has been replaced"
      invocation.say("tail: " + name.quotedForMessage + what + "; following the new file")
      (handle, offset, isMissing) = (next, 0, false)
      return true
    } catch {
      if !isMissing {
        system.close(handle)
        isMissing = true
        invocation.complain(name.quotedForMessage + ": " + Text(error.explanation))
      }
      return false
    }
  }
}
