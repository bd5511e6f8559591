// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

// Texts are generated when they are read, entry by entry: a line for each process, and so on. The
// description remembers at which byte of the text which entry began, so reading on costs no more
// than reading first, and a text of any length is read in bounded steps. A reader whose buffer
// takes an entry gets only whole entries, so lines are never torn while the things they are about
// come and go.

/// Where an entry is written: the part that the reader asked for is kept.
struct TextWindow: ByteSink {
  private let bytes: PageOf<UInt8>
  /// The first byte of the text that is kept, and how many.
  let offset: Int
  let capacity: Int
  /// Where in the text the next byte goes.
  var position: Int

  init(_ bytes: PageOf<UInt8>, offset: Int, capacity: Int, position: Int) {
    self.bytes = bytes
    self.offset = offset
    self.capacity = capacity
    self.position = position
  }

  mutating func put(_ byte: UInt8) {
    let place = position &- offset
    if place >= 0, place < capacity { bytes[place] = byte }
    position &+= 1
  }
}

/// What one call may do before it makes itself again.
private let textBatch = (bytes: 1024, entries: 128)

/// Reads a generated text from `offset` on.
///
/// - Parameter generate: writes entry `index`; false if there is none, and no later one.
/// - Returns: what was read, and where the text can be taken up again.
func readText(
  from place: TextPlace, at offset: UInt64, _ buffer: UserSpan, _ thread: Ref<Thread>,
  _ generate: (_ index: UInt32, _ sink: inout TextWindow) -> Bool
) throws(SystemError) -> TextResult {
  // No text is that long.
  guard let offset = UInt32(exactly: offset), offset < 1 << 30 else {
    return TextResult(count: 0, place: place, isEnd: true)
  }
  let scratch = ScratchPage()
  var reading = TextReading(place, Int(offset), Int(min(buffer.count, 1024)), scratch.bytes)
  reading.run(generate)
  if reading.filled > 0 {
    try copyOut(
      UserSpan(address: buffer.address, count: UInt(reading.filled)), scratch.address, thread)
  }
  return TextResult(count: reading.filled, place: reading.place, isEnd: reading.isEnd)
}

/// What one step of reading a text came to.
struct TextResult {
  var count: Int
  var place: TextPlace
  var isEnd: Bool
}

private struct TextReading {
  var place: TextPlace
  var filled = 0
  var isEnd = false
  private var window: TextWindow

  init(_ place: TextPlace, _ offset: Int, _ capacity: Int, _ bytes: PageOf<UInt8>) {
    // Reading backwards starts from the front.
    self.place = Int(place.start) > offset ? TextPlace() : place
    window = TextWindow(
      bytes, offset: offset, capacity: capacity, position: Int(self.place.start))
  }

  mutating func run(_ generate: (UInt32, inout TextWindow) -> Bool) {
    let first = window.position
    for _ in 0..<textBatch.entries {
      window.position = Int(place.start)
      guard generate(place.entry, &window) else {
        isEnd = true
        return
      }
      let end = window.position
      let last = window.offset &+ window.capacity
      if end > last {
        // The entry does not fit: it is given in part only if it is the first.
        if filled == 0 { filled = window.capacity }
        return
      }
      place.entry &+= 1
      place.start = UInt32(truncatingIfNeeded: end)
      if end > window.offset { filled = end &- window.offset }
      if end &- first > textBatch.bytes || filled == window.capacity { return }
    }
  }
}
