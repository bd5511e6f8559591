// SPDX-License-Identifier: MIT
import Core

/// Finds frames in a stream of bytes that arrives in portions.
///
/// Firmware and crashing kernels write to serial ports too. A byte that begins no frame is noise;
/// the search goes on with the next one. A frame that was cut off in the middle takes as many bytes
/// of what follows as its length says: the frames have no checksum.
public struct FrameDecoder {
  public enum Event: Equatable, Sendable {
    case frame(Frame)
    /// Bytes that belong to no frame; those of one gap may come in several events.
    case noise([UInt8])
  }

  /// What waits for the rest of its frame. If the stream has ended, the frame was cut off.
  public private(set) var pending: [UInt8] = []

  public init() {}

  /// Takes the next bytes of the stream and reports what they complete, in order.
  public mutating func receive(_ bytes: Span<UInt8>, _ report: (Event) -> Void) {
    pending.reserveCapacity(pending.count + bytes.count)
    for index in bytes.indices { pending.append(bytes[index]) }
    var start = 0
    var noiseStart = 0
    while start < pending.count {
      switch header(at: start) {
      case .incomplete: return finish(start, noiseStart, report)
      case .absent: start += 1
      case .found(let header):
        let end = start + FrameHeader.byteCount + Int(header.payloadBytes)
        guard end <= pending.count else { return finish(start, noiseStart, report) }
        reportNoise(noiseStart..<start, report)
        report(.frame(frame(header, Array(pending[(start + FrameHeader.byteCount)..<end]))))
        start = end
        noiseStart = end
      }
    }
    finish(start, noiseStart, report)
  }

  /// Forgets what has been understood; what begins at `start` waits for more.
  private mutating func finish(_ start: Int, _ noiseStart: Int, _ report: (Event) -> Void) {
    reportNoise(noiseStart..<start, report)
    pending.removeSubrange(..<start)
  }

  private func reportNoise(_ range: Range<Int>, _ report: (Event) -> Void) {
    if !range.isEmpty { report(.noise(Array(pending[range]))) }
  }

  private enum HeaderSearch {
    case absent
    case incomplete
    case found(FrameHeader)
  }

  private func header(at start: Int) -> HeaderSearch {
    guard pending[start] == FrameHeader.magicNumber else { return .absent }
    let available = pending.span.extracting(start..<pending.count)
    do throws(WireError) {
      let header = try FrameHeader(decoding: available)
      return header.kind.payloadLengths.contains(header.payloadBytes) ? .found(header) : .absent
    } catch {
      return error == .truncated && mayBegin(available) ? .incomplete : .absent
    }
  }

  /// Whether a few bytes can be the beginning of a header.
  private func mayBegin(_ bytes: Span<UInt8>) -> Bool {
    bytes.count < 2 || FrameKind(rawValue: bytes[1]) != nil
  }

  /// The frame of a header whose length was checked, so the payload has what its kind needs.
  private func frame(_ header: FrameHeader, _ payload: [UInt8]) -> Frame {
    switch header.kind {
    case .ready: return .ready
    case .standardOutput: return .standardOutput(payload)
    case .standardError: return .standardError(payload)
    case .exitStatus: return .exitStatus(number(payload))
    case .message: return .message(payload)
    case .fileStart:
      var start = FileStart()
      do throws(WireError) { start = try FileStart(decoding: payload.span) } catch {}
      return .fileStart(
        mode: start.mode, byteCount: start.fileBytes,
        name: Array(payload.dropFirst(FileStart.byteCount)))
    case .fileData: return .fileData(payload)
    case .fileEnd: return .fileEnd
    }
  }

  private func number(_ payload: [UInt8]) -> UInt32 {
    var number: UInt32 = 0
    for byte in payload.reversed() { number = number << 8 | UInt32(byte) }
    return number
  }
}
