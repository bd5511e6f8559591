// SPDX-License-Identifier: MIT
import Core
import Objects

/// What the words `test.…` of the boot command line make the kernel do (`README.md` lists them), so
/// that tests can see how the system takes what hardware and bugs do to it. Without them: nothing.
struct TestHooks: BitwiseCopyable {
  /// Bit n: processor n is not told to start, so it never answers.
  private var uninvited: UInt32 = 0
  /// The kernel panics once a program writes this event to the trace.
  private var panicEvent: UInt32?
  /// The kernel runs into a processor exception once a program writes this event.
  private var faultEvent: UInt32?

  init() {}

  func isInvited(_ processor: Int) -> Bool {
    processor >= 32 || uninvited & 1 << UInt32(truncatingIfNeeded: processor) == 0
  }

  /// Reads a command line. A word `test.…` that is not one of them is reported; other words are for
  /// others.
  mutating func read(_ line: Span<UInt8>) {
    var start = 0
    while start < line.count {
      var end = start
      while end < line.count, line[end] > 0x20 { end &+= 1 }
      take(line.extracting(start..<end))
      start = end &+ 1
    }
  }

  private mutating func take(_ word: Span<UInt8>) {
    guard word.starts(with: "test.") else { return }
    if let processor = number(word, "test.skip-processor="), processor > 0, processor < 32 {
      uninvited |= 1 << processor
    } else if let event = number(word, "test.panic=") {
      panicEvent = event
    } else if let event = number(word, "test.fault=") {
      faultEvent = event
    } else {
      report { sink in
        sink.put("the command line's word is not understood: ")
        sink.put(word)
      }
    }
  }

  private func number(_ word: Span<UInt8>, _ key: StaticString) -> UInt32? {
    guard word.starts(with: key) else { return nil }
    do throws(NumberError) {
      return try UInt32(decimal: word.extracting(droppingFirst: key.utf8CodeUnitCount))
    } catch { return nil }
  }

  /// A program has written `event` to the trace.
  func heed(event: UInt32) {
    if event == panicEvent { panic("test.panic on the command line asked for it") }
    if event == faultEvent { fault(Int(event)) }
  }

  /// What a bug of this kernel usually is: an index that is out of range.
  @inline(never)
  private func fault(_ number: Int) {
    kernel.processors[kernel.processors.count &+ number & 0xFF].needsReschedule = true
  }
}
