// SPDX-License-Identifier: MIT
import ABI
import Core
import FuzzInput
import LineDiscipline

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in use(bytes) }
  return 0
}

/// The first bytes say how the terminal is set and what happens between pieces of input; whatever
/// that is, queues stay within their bounds and the same steps give the same bytes.
private func use(_ bytes: Span<UInt8>) {
  precondition(play(bytes) == play(bytes), "a terminal has no other input")
}

private func play(_ bytes: Span<UInt8>) -> [UInt8] {
  var state = TerminalState()
  var report = SizeReport()
  var seen: [UInt8] = []
  var index = 0
  while index < bytes.count {
    let step = bytes[index]
    let end = min(index + 1 + Int(step >> 4), bytes.count)
    let piece = bytes.extracting(min(index + 1, end)..<end)
    index = end
    switch step & 15 {
    case 0...4: _ = state.receive(piece, .hold, now: UInt64(index))
    case 5: _ = state.receive(piece, .drop, now: UInt64(index))
    case 6...8: _ = state.write(piece)
    case 9, 10: read(&state, piece.count + 1, now: UInt64(index), &seen)
    case 11:
      let taken = state.takeOutput(piece.count * 8)
      precondition(taken.count <= piece.count * 8)
      seen.append(UInt8(truncatingIfNeeded: taken.count))
    case 12: change(&state, piece)
    case 13:
      state.begin(session: 5, group: UInt32(piece.count))
      state.resize(WindowSize(rows: UInt16(piece.count), columns: 80))
      state.paySignals()
    case 14:
      report.expect()
      for place in piece.indices { _ = report.take(piece[place]) { seen.append($0) } }
      report.giveUp { seen.append($0) }
    default: if piece.count > 8 { state.hangUp() } else { state.reset() }
    }
    precondition(state.input.count <= ByteQueue.capacity)
    precondition(state.output.count <= ByteQueue.capacity)
    precondition(state.readable >= state.input.start && state.readable <= state.input.end)
  }
  return seen
}

private func read(
  _ state: inout TerminalState, _ limit: Int, now: UInt64, _ seen: inout [UInt8]
) {
  guard state.readDeadline(limit, since: now, now: now) == nil else { return }
  let taken = state.read(limit)
  precondition(taken.count <= limit)
  seen += [UInt8](capacity: taken.count) { output in
    state.copyInput(from: taken.position, count: taken.count, into: &output)
  }
}

private func change(_ state: inout TerminalState, _ piece: Span<UInt8>) {
  var settings = TerminalSettings.usual
  for place in piece.indices {
    let value = UInt32(piece[place])
    switch place & 3 {
    case 0: settings.local = TerminalLocalFlags(rawValue: value << UInt32(place))
    case 1: settings.input = TerminalInputFlags(rawValue: value << UInt32(place))
    case 2: settings.output = TerminalOutputFlags(rawValue: value)
    default: settings.characters[Int(value & 31)] = UInt8(value)
    }
  }
  state.set(settings)
}
