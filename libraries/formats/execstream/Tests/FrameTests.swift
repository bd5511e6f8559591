// SPDX-License-Identifier: MIT
import Core
import ExecStream
import Mutation
import Testing

private struct Sink: ByteSink {
  var bytes: [UInt8] = []
  mutating func put(_ byte: UInt8) { bytes.append(byte) }
}

private func encoded(_ frames: [Frame]) -> [UInt8] {
  var sink = Sink()
  for frame in frames { sink.put(frame) }
  return sink.bytes
}

/// Decodes `bytes`, portion by portion; noise that came in several events is put together.
private func decoded(_ bytes: [UInt8], portion: Int) -> (events: [FrameDecoder.Event], pending: Int)
{
  var decoder = FrameDecoder()
  var events: [FrameDecoder.Event] = []
  var start = 0
  while start < bytes.count {
    let end = min(start + portion, bytes.count)
    decoder.receive(bytes[start..<end].span) { event in
      if case .noise(let more) = event, case .noise(let noise)? = events.last {
        events[events.count - 1] = .noise(noise + more)
      } else {
        events.append(event)
      }
    }
    start = end
  }
  return (events, decoder.pending.count)
}

private let examples: [Frame] = [
  .ready, .standardOutput(Array("hello\n".utf8)), .standardError([0xA5, 0xA5, 2]),
  .standardOutput([]),
  .message(Array("Grüße".utf8)),
  .fileStart(mode: 0o755, byteCount: 5_000_000_000, name: Array("tmp/x".utf8)),
  .fileData([UInt8](repeating: 0xA5, count: 30)), .fileEnd, .exitStatus(0xFFFF_FF01),
]

@Suite("ExecStream")
struct FrameTests {
  @Test(arguments: [1, 2, 3, 5, 7, 64, 100_000])
  func framesSurviveAnyPortions(_ portion: Int) {
    let (events, pending) = decoded(encoded(examples), portion: portion)
    #expect(events == examples.map { .frame($0) })
    #expect(pending == 0)
  }

  @Test func theBytesAreThoseOfTheDocument() {
    #expect(encoded([.ready]) == [0xA5, 1, 0, 0, 0, 0])
    #expect(encoded([.standardOutput([0x61, 0x62])]) == [0xA5, 2, 2, 0, 0, 0, 0x61, 0x62])
    #expect(encoded([.exitStatus(0x0102)]) == [0xA5, 4, 4, 0, 0, 0, 2, 1, 0, 0])
    #expect(
      encoded([.fileStart(mode: 0o644, byteCount: 3, name: [0x78])])
        == [0xA5, 6, 13, 0, 0, 0, 0xA4, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x78])
  }

  @Test func noiseIsReportedAndFramesAfterItAreFound() {
    let noise = Array("SeaBIOS \u{1B}[2J".utf8) + [0xA5, 0xA5, 9, 0xA5, 1, 1, 0, 0, 0, 0xA5, 4]
    for portion in [1, 4, 1000] {
      let (events, pending) = decoded(
        noise + encoded([.ready]) + [7] + encoded([.exitStatus(3)]) + [0xA5], portion: portion)
      #expect(
        events == [.noise(noise), .frame(.ready), .noise([7]), .frame(.exitStatus(3))])
      #expect(pending == 1)
    }
  }

  @Test func aFrameCutOffIsPending() {
    let bytes = encoded([.standardOutput([1, 2, 3, 4])]).dropLast()
    let (events, pending) = decoded(Array(bytes), portion: 3)
    #expect(events.isEmpty)
    #expect(pending == 9)
  }

  @Test func longOutputBecomesSeveralFrames() {
    let output = [UInt8](repeating: 1, count: 140_000)
    let (events, _) = decoded(encoded([.standardOutput(output)]), portion: 4096)
    let sizes = events.map { event in
      if case .frame(.standardOutput(let bytes)) = event { bytes.count } else { -1 }
    }
    #expect(sizes == [65_536, 65_536, 8_928])
  }

  @Test func aLengthThatNoFrameHasIsNoise() {
    let bytes: [UInt8] = [0xA5, 2, 1, 0, 1, 0]
    #expect(decoded(bytes + [0, 0], portion: 1).events == [.noise(bytes + [0, 0])])
  }

  @Test func headersKeepTheCommonProperties() {
    #expect(WireFormatCheck.violation(of: FrameHeader.self, seed: 1, rounds: 20_000) == nil)
    #expect(WireFormatCheck.violation(of: FileStart.self, seed: 2) == nil)
  }
}

@Test(arguments: [51, 52] as [UInt64])
func hostileStreamsDoNotTrap(seed: UInt64) {
  var mutator = Mutator(examples: [encoded(examples), encoded([.ready, .fileEnd])], seed: seed)
  var lost = 0
  var different = 0
  for round in 0..<50_000 {
    let bytes = mutator.mutate()
    let (whole, pending) = decoded(bytes, portion: max(1, bytes.count))
    if whole.reduce(pending, { $0 + byteCount(of: $1) }) != bytes.count { lost += 1 }
    guard round % 16 == 0 else { continue }
    let (events, rest) = decoded(bytes, portion: 3)
    if events != whole || rest != pending { different += 1 }
  }
  #expect(lost == 0, "every byte is in one event or pending")
  #expect(different == 0, "portions do not matter")
}

/// How many bytes of the stream an event stands for.
private func byteCount(of event: FrameDecoder.Event) -> Int {
  switch event {
  case .noise(let bytes): bytes.count
  case .frame(.ready), .frame(.fileEnd): 6
  case .frame(.exitStatus): 10
  case .frame(.standardOutput(let bytes)), .frame(.standardError(let bytes)),
    .frame(.message(let bytes)), .frame(.fileData(let bytes)):
    6 + bytes.count
  case .frame(.fileStart(_, _, let name)): 18 + name.count
  }
}
