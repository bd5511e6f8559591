// SPDX-License-Identifier: MIT
import Core

extension ByteSink where Self: ~Copyable & ~Escapable {
  /// Writes a frame of `kind` around `payload`.
  ///
  /// A payload longer than a frame carries becomes several frames; only the kinds that carry a
  /// stream (output, messages, file data) may have one.
  public mutating func putFrame(_ kind: FrameKind, _ payload: Span<UInt8>) {
    let limit = Int(kind.payloadLengths.upperBound)
    precondition(
      payload.count <= limit || kind.payloadLengths.lowerBound == 0 && limit > 0,
      "the payload does not fit its kind of frame")
    var start = 0
    repeat {
      let part = payload.extracting(start..<min(payload.count, start + limit))
      putHeader(FrameHeader(kind, payloadBytes: UInt32(part.count)))
      put(part)
      start += part.count
    } while start < payload.count
  }

  /// Writes the frame that says how the command ended.
  public mutating func putExitStatus(_ status: UInt32) {
    putHeader(FrameHeader(.exitStatus, payloadBytes: 4))
    putLittle(UInt64(status), byteCount: 4)
  }

  /// Writes the frame that begins a file. `name` has 1 to 1024 bytes.
  public mutating func putFileStart(mode: UInt32, byteCount: UInt64, name: Span<UInt8>) {
    precondition(!name.isEmpty && name.count <= 1024, "the name does not fit a frame")
    putHeader(FrameHeader(.fileStart, payloadBytes: UInt32(FileStart.byteCount + name.count)))
    putLittle(UInt64(mode), byteCount: 4)
    putLittle(byteCount, byteCount: 8)
    put(name)
  }

  /// Writes `frame`, or several if it is longer than one carries.
  public mutating func put(_ frame: Frame) {
    switch frame {
    case .ready: putHeader(FrameHeader(.ready, payloadBytes: 0))
    case .standardOutput(let bytes): putFrame(.standardOutput, bytes.span)
    case .standardError(let bytes): putFrame(.standardError, bytes.span)
    case .exitStatus(let status): putExitStatus(status)
    case .message(let bytes): putFrame(.message, bytes.span)
    case .fileStart(let mode, let byteCount, let name):
      putFileStart(mode: mode, byteCount: byteCount, name: name.span)
    case .fileData(let bytes): putFrame(.fileData, bytes.span)
    case .fileEnd: putHeader(FrameHeader(.fileEnd, payloadBytes: 0))
    }
  }

  private mutating func putHeader(_ header: FrameHeader) {
    put(header.magic)
    put(header.kind.rawValue)
    putLittle(UInt64(header.payloadBytes), byteCount: 4)
  }

  private mutating func putLittle(_ number: UInt64, byteCount: Int) {
    for index in 0..<byteCount { put(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
  }
}
