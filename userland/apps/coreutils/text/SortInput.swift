// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// All lines of all files, one behind another.
struct SortInput {
  private(set) var text: [UInt8] = []
  private let limit: Int
  private let terminator: UInt8

  init(limit: Int, terminator: UInt8) {
    self.limit = limit
    self.terminator = terminator
  }

  /// - Returns: whether it could be read.
  mutating func read(_ operand: Text, _ invocation: Invocation) throws(UtilityStop) -> Bool {
    guard let input = invocation.openInput(operand) else { return false }
    defer { input.close() }
    do throws(SystemError) {
      let status = try invocation.system.status(of: input.handle)
      if status.isRegular, status.size <= UInt64(limit - text.count) {
        _ = makeRoom(Int(status.size) + 1, invocation.system)
      }
    } catch { /* How large it is would only have saved copying. */  }
    do throws(SystemError) {
      while let piece = try input.nextPiece() {
        guard piece.count <= limit - text.count else {
          invocation.complain(
            "the input does not fit into the buffer; sort parts of it, and join them with sort -m")
          return false
        }
        // One more for a terminator that is missing at the end.
        guard makeRoom(piece.count + 1, invocation.system) else {
          Self.complainOfMemory(invocation)
          return false
        }
        text += piece
      }
    } catch {
      invocation.complain(operand, error)
      return false
    }
    if let last = text.last, last != terminator { text.append(terminator) }
    return true
  }

  static func complainOfMemory(_ invocation: Invocation) {
    invocation.complain(
      "there is not enough memory; sort parts of it, and join them with sort -m")
  }

  /// Lets so many bytes more fit without asking for memory: of much if there is much.
  private mutating func makeRoom(_ count: Int, _ system: UtilitySystem) -> Bool {
    let needed = text.count + count
    if needed <= text.capacity { return true }
    for capacity in [max(needed, text.capacity * 2), needed + needed / 8, needed]
    where system.hasMemory(for: capacity + Self.blockHeader) {
      text.reserveCapacity(capacity)
      return true
    }
    return false
  }

  /// What an array needs beside its elements, and more.
  static var blockHeader: Int { 256 }

  func forEachLine(_ body: (Range<Int>) -> Void) {
    var start = 0
    while start < text.count {
      let end = text.span.firstIndex(of: terminator, from: start) ?? text.count
      body(start..<end)
      start = end + 1
    }
  }
}
