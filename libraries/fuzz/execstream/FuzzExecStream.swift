// SPDX-License-Identifier: MIT
import Core
import ExecStream
import FuzzInput

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// Decodes the stream whole and in portions; both must find the same.
private func read(_ bytes: Span<UInt8>) {
  let whole = decoded(bytes, portion: max(1, bytes.count))
  precondition(whole == decoded(bytes, portion: 3))
}

/// What was found, written down again: frames as frames, noise as it is.
private func decoded(_ bytes: Span<UInt8>, portion: Int) -> [UInt8] {
  var decoder = FrameDecoder()
  var found = Sink()
  var start = 0
  while start < bytes.count {
    let end = min(start + portion, bytes.count)
    decoder.receive(bytes.extracting(start..<end)) { event in
      switch event {
      case .frame(let frame): found.put(frame)
      case .noise(let noise): found.put(noise.span)
      }
    }
    start = end
  }
  found.put(decoder.pending.span)
  precondition(found.bytes.span.equals(bytes), "what was read is what was sent")
  return found.bytes
}

private struct Sink: ByteSink {
  var bytes: [UInt8] = []
  mutating func put(_ byte: UInt8) { bytes.append(byte) }
}
