// SPDX-License-Identifier: MIT
public import Core

/// A line of the list of files that QEMU offers to its guest (QEMU, "fw_cfg").
public struct ConfigurationFile: WireFormat {
  public static var byteCount: Int { 64 }
  /// What the first item holds where there is such a list.
  public static var signature: StaticString { "QEMU" }
  public static var signatureItem: UInt16 { 0 }
  /// The item that holds the count of lines, big-endian, and the lines.
  public static var directoryItem: UInt16 { 0x19 }
  /// More lines than this are not looked at.
  public static var directoryLimit: UInt32 { 1024 }

  public var bytes: UInt32 = 0
  /// The item to select to read the file.
  public var item: UInt16 = 0
  private var storedName = InlineArray<56, UInt8>(repeating: 0)

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.big(&bytes)
    try coder.big(&item)
    try coder.reserved(2)
    try coder.bytes(&storedName)
  }

  /// Whether the file has this name.
  @export(interface)
  public func isNamed(_ name: StaticString) -> Bool {
    let name = name.bytes
    guard name.count < 56, storedName[name.count] == 0 else { return false }
    for index in name.indices where storedName[index] != name[index] { return false }
    return true
  }
}

/// A command line as it stands in a file: without white space at its ends; control characters in it
/// are spaces.
public struct CommandLineText: ~Copyable {
  private var text = FixedText<2047>()

  public init() {}

  public var count: Int { text.count }
  /// Whether words were lost because there were too many.
  public var isTruncated: Bool { text.isTruncated }

  /// Adds the words of `bytes`, one space between them.
  @export(interface)
  public mutating func add(_ bytes: Span<UInt8>) {
    var isBetween = text.count > 0
    for index in bytes.indices {
      guard bytes[index] > 0x20, bytes[index] < 0x7F else {
        isBetween = text.count > 0
        continue
      }
      if isBetween { text.put(0x20) }
      isBetween = false
      text.put(bytes[index])
    }
  }

  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { text.bytes }
  }
}
