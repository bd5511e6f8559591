// SPDX-License-Identifier: MIT

/// A fixed-size value whose bytes are laid down by a document: a packet header, a disk block.
///
/// The fields are visited once, in `layout`; that one walk decodes, encodes and measures, so a
/// format cannot be read one way and written another.
public protocol WireFormat {
  /// The size on the wire, in bytes. The tests check it against `layout`.
  static var byteCount: Int { get }
  init()
  /// Visits every field in the order in which it appears on the wire.
  mutating func layout(_ coder: inout some ByteCoder & ~Copyable & ~Escapable) throws(WireError)
}

extension WireFormat {
  /// Reads the value at the start of `bytes`; what follows it is left alone.
  ///
  /// - Throws: `truncated` if `bytes` is shorter than the value; `malformed` if a field holds what
  ///   its type cannot.
  public init(decoding bytes: Span<UInt8>) throws(WireError) {
    self.init()
    var decoder = Decoder(bytes)
    try layout(&decoder)
  }

  /// Reads the value that begins `offset` bytes into `bytes`. The offset may come from a stranger.
  public init(decoding bytes: Span<UInt8>, at offset: UInt64) throws(WireError) {
    guard offset <= UInt64(bytes.count) else { throw .truncated }
    self.init()
    var decoder = Decoder(bytes, from: Int(truncatingIfNeeded: offset))
    try layout(&decoder)
  }

  /// Writes the value to the start of `bytes`; what follows it is left alone.
  ///
  /// - Throws: `truncated` if `bytes` is too short. What fitted has then been written.
  public func encode(into bytes: consuming MutableSpan<UInt8>) throws(WireError) {
    var copy = self
    var encoder = Encoder(bytes)
    try copy.layout(&encoder)
  }

  /// The size that `layout` really has, for tests of `byteCount`.
  public static func measuredByteCount() throws(WireError) -> Int {
    var value = Self()
    var measurer = Measurer()
    try value.layout(&measurer)
    return measurer.byteCount
  }
}

extension Span where Element == UInt8 {
  /// The `count` bytes that begin at `offset`, when both numbers come from a stranger.
  ///
  /// - Throws: `truncated` if they do not all lie within the span; no sum of them is trusted.
  @_lifetime(copy self)
  public func slice(at offset: UInt64, count: UInt64) throws(WireError) -> Span<UInt8> {
    let total = UInt64(self.count)
    guard offset <= total, count <= total &- offset else { throw .truncated }
    let start = Int(offset)
    return extracting(start..<(start &+ Int(count)))
  }
}
