// SPDX-License-Identifier: MIT
import Core

/// One message from the guest to the host.
public enum Frame: Equatable, Sendable {
  /// The system is up and about to start the command.
  case ready
  /// Bytes that the command wrote to its standard output.
  case standardOutput([UInt8])
  /// Bytes that the command wrote to its standard error.
  case standardError([UInt8])
  /// The command ended with this status; nothing else follows.
  case exitStatus(UInt32)
  /// Text of the system itself, for the user.
  case message([UInt8])
  /// A file begins: its POSIX permission bits, its size in bytes, its name.
  case fileStart(mode: UInt32, byteCount: UInt64, name: [UInt8])
  case fileData([UInt8])
  case fileEnd
}

/// What a frame is, as its second byte says.
public enum FrameKind: UInt8, Sendable {
  case ready = 1
  case standardOutput = 2
  case standardError = 3
  case exitStatus = 4
  case message = 5
  case fileStart = 6
  case fileData = 7
  case fileEnd = 8

  /// The lengths that a payload of this kind can have. Whatever else stands in a length was not
  /// written as one: this is how the decoder tells a frame from noise.
  public var payloadLengths: ClosedRange<UInt32> {
    switch self {
    case .ready, .fileEnd: 0...0
    case .exitStatus: 4...4
    case .fileStart: UInt32(FileStart.byteCount + 1)...UInt32(FileStart.byteCount + 1024)
    case .standardOutput, .standardError, .message, .fileData: 0...FrameHeader.maximumPayload
    }
  }
}

/// The six bytes before a frame's payload.
public struct FrameHeader: WireFormat, Equatable {
  public static var byteCount: Int { 6 }
  public static var magicNumber: UInt8 { 0xA5 }
  /// The longest payload, in bytes.
  public static var maximumPayload: UInt32 { 65_536 }

  public var magic = FrameHeader.magicNumber
  public var kind = FrameKind.ready
  public var payloadBytes: UInt32 = 0

  public init() {}

  public init(_ kind: FrameKind, payloadBytes: UInt32) {
    self.kind = kind
    self.payloadBytes = payloadBytes
  }

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&magic)
    try coder.little(&kind)
    try coder.little(&payloadBytes)
  }
}

/// The first bytes of a `fileStart` frame's payload; the name follows.
public struct FileStart: WireFormat, Equatable {
  public static var byteCount: Int { 12 }

  public var mode: UInt32 = 0
  public var fileBytes: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&mode)
    try coder.little(&fileBytes)
  }
}
