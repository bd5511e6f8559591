// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// `top` on a terminal: draws pictures and takes keys.
struct TopScreen {
  private let invocation: Invocation
  private var picture: TopPicture
  private let delay: UInt64
  private var message: Text = ""
  /// What has been typed to a question; `nil` if none is asked.
  private var answer: Text?

  private var system: UtilitySystem { invocation.system }

  init(_ invocation: Invocation, _ picture: TopPicture, delay: UInt64) {
    self.invocation = invocation
    self.picture = picture
    self.delay = delay
  }

  /// - Parameter count: how many pictures; without end if `nil`.
  mutating func run(_ count: UInt64?) throws(UtilityStop) -> Int32 {
    try takeTerminal()
    defer { giveTerminalBack() }
    var left = count ?? UInt64.max
    var lines = try picture.next()
    while true {
      draw(lines)
      try invocation.checkOutput()
      left -= 1
      if left == 0 { return 0 }
      let deadline = system.now &+ delay
      var isNext = false
      while !isNext {
        switch try key(until: deadline) {
        case .ended: return 0
        case .quit: return 0
        case .nothing, .refresh: isNext = true
        case .redraw: draw(lines)
        case .suspend:
          try suspend()
          isNext = true
        }
      }
      lines = try picture.next()
    }
  }

  private func takeTerminal() throws(UtilityStop) {
    do throws(SystemError) { try system.setRawInput(.standardInput, true) } catch {
      throw .failed("standard input: " + Text(error.explanation))
    }
    invocation.output.put("\u{1B}[?1049h\u{1B}[?25l")
  }

  /// The other screen goes, what was there before is seen again.
  private func giveTerminalBack() {
    invocation.output.put("\u{1B}[?25h\u{1B}[?1049l")
    invocation.output.send()
    do throws(SystemError) { try system.setRawInput(.standardInput, false) } catch {
      invocation.complain("standard input", error)
    }
  }

  /// Stops until somebody has the program go on.
  private func suspend() throws(UtilityStop) {
    giveTerminalBack()
    do throws(SystemError) {
      try system.signal(0, SignalNames.number("TSTP") ?? 20)
    } catch { invocation.complain("cannot stop", error) }
    try takeTerminal()
  }

  private enum Step { case nothing, refresh, redraw, suspend, quit, ended }

  private mutating func key(until deadline: UInt64) throws(UtilityStop) -> Step {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count: Int?
    do throws(SystemError) {
      count = try system.readKeys(.standardInput, into: &buffer, until: deadline)
    } catch {
      // The window changed its size, or the program was stopped and goes on.
      if error == .interrupted { return .refresh }
      throw .failed("standard input: " + Text(error.explanation))
    }
    guard let count else { return .nothing }
    if count == 0 { return .ended }
    var step = Step.redraw
    for byte in buffer[0..<count] {
      if answer != nil {
        edit(byte)
        continue
      }
      message = ""
      switch byte {
      case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3: return .quit
      case 0x1A: return .suspend
      case UInt8(ascii: "P"): sort(.processor)
      case UInt8(ascii: "M"): sort(.memory)
      case UInt8(ascii: "T"): sort(.time)
      case UInt8(ascii: "N"): sort(.number)
      case UInt8(ascii: "R"): picture.isReversed.toggle()
      case UInt8(ascii: "k"):
        answer = Text()
        continue
      case UInt8(ascii: "h"), UInt8(ascii: "?"):
        message = "q quit, P cpu, M memory, T time, N number, R reverse, k kill, space refresh"
        continue
      case 0x20, 0x0D, 0x0A: break
      // An escape begins a key that has no meaning here; what follows it has none either.
      case 0x1B: return step
      default: continue
      }
      step = .refresh
    }
    return step
  }

  private mutating func sort(_ order: TopPicture.Order) {
    picture.order = order
    picture.isReversed = false
  }

  /// A byte of the answer to "which process": `NUMBER` or `NUMBER SIGNAL`.
  private mutating func edit(_ byte: UInt8) {
    guard var text = answer else { return }
    switch byte {
    case 0x0D, 0x0A:
      answer = nil
      kill(text)
      return
    case 0x1B, 3:
      answer = nil
      return
    case 0x7F, 0x08: _ = text.bytes.popLast()
    case 0x20...0x7E: if text.count < 40 { text.bytes.append(byte) }
    default: break
    }
    answer = text
  }

  private mutating func kill(_ text: Text) {
    let words = text.words()
    guard let first = words.first else { return }
    guard let number = wholeNumber(first), number > 0, number < 1 << 31 else {
      message = first.quotedForMessage + " is no process number"
      return
    }
    guard let signal = words.count > 1 ? SignalNames.number(words[1]) : 15 else {
      message = "unknown signal " + words[1].quotedForMessage
      return
    }
    do throws(SystemError) {
      try system.signal(Int(number), signal)
      message = "sent " + SignalNames.name(signal) + " to " + first
    } catch {
      message = first + ": " + Text(error.explanation)
    }
  }

  // MARK: Drawing

  private func draw(_ lines: [Text]) {
    let size = system.terminalSize(.standardOutput) ?? (80, 24)
    let columns = size.columns > 0 ? size.columns : 80
    let rows = max(size.rows > 0 ? size.rows : 24, 7)
    var screen: Text = "\u{1B}[H"
    for (index, line) in lines.prefix(rows).enumerated() {
      var shown = line
      if index == picture.freeLine {
        shown = answer.map { "Process to end, and signal: " + $0 } ?? message
      }
      if index > 0 { screen.put("\r\n") }
      if index == picture.titleLine { screen.put("\u{1B}[7m") }
      screen.put(shown.prefix(columns: columns))
      if index == picture.titleLine {
        screen.put(spaces: columns - shown.columnCount)
        screen.put("\u{1B}[0m")
      }
      screen.put("\u{1B}[K")
    }
    screen.put("\u{1B}[J")
    invocation.output.put(screen)
    invocation.output.send()
  }
}
