// SPDX-License-Identifier: MIT

/// A register that can only be read. A read with a side effect says so in the doc comment.
public struct ReadOnly<Value: RegisterValue>: Sendable where Value.Storage: RegisterWord {
  /// Bytes from the start of the block.
  public let offset: Int
  public init(_ offset: Int) { self.offset = offset }
  /// The register `index` places further on in an array of registers `stride` bytes apart.
  public func element(_ index: Int, stride: Int) -> Self { Self(offset + index * stride) }
}

/// A register that can only be written; what a read returns means nothing.
public struct WriteOnly<Value: RegisterValue>: Sendable where Value.Storage: RegisterWord {
  /// Bytes from the start of the block.
  public let offset: Int
  public init(_ offset: Int) { self.offset = offset }
  /// The register `index` places further on in an array of registers `stride` bytes apart.
  public func element(_ index: Int, stride: Int) -> Self { Self(offset + index * stride) }
}

/// A register that reads back what was written, apart from the bits the device changes.
public struct ReadWrite<Value: RegisterValue>: Sendable where Value.Storage: RegisterWord {
  /// Bytes from the start of the block.
  public let offset: Int
  public init(_ offset: Int) { self.offset = offset }
  /// The register `index` places further on in an array of registers `stride` bytes apart.
  public func element(_ index: Int, stride: Int) -> Self { Self(offset + index * stride) }
}

/// A status register whose set bits are cleared by writing ones to them.
///
/// It has no `write` and no `modify`: reading it and writing the value back would clear every event
/// that arrived in between.
public struct WriteOneToClear<Value: RegisterValue>: Sendable where Value.Storage: RegisterWord {
  /// Bytes from the start of the block.
  public let offset: Int
  public init(_ offset: Int) { self.offset = offset }
  /// The register `index` places further on in an array of registers `stride` bytes apart.
  public func element(_ index: Int, stride: Int) -> Self { Self(offset + index * stride) }
}
