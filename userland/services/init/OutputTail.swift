// SPDX-License-Identifier: MIT
public import Base
import Core

/// The last bytes that a service wrote, and its lines for the console.
public struct OutputTail: Sendable {
  public static var capacity: Int { 4096 }
  /// A line longer than this is passed on in pieces.
  public static var lineBytes: Int { 1024 }

  private var ring: [UInt8] = []
  /// Where the oldest byte lies once the ring is full.
  private var head = 0
  private var line = Text()

  public init() {}

  /// Keeps `bytes` and passes on each line that is complete, without its line feed.
  @export(interface)
  public mutating func take(_ bytes: Span<UInt8>, _ report: (Text) -> Void) {
    for index in bytes.indices {
      let byte = bytes[index]
      keep(byte)
      if byte != 0x0A { line.put(byte) }
      if byte == 0x0A || line.count == Self.lineBytes {
        report(line)
        line = Text()
      }
    }
  }

  /// Passes on a last line that did not end.
  @export(interface)
  public mutating func finish(_ report: (Text) -> Void) {
    if !line.isEmpty { report(line) }
    line = Text()
  }

  private mutating func keep(_ byte: UInt8) {
    if ring.count < Self.capacity {
      ring.append(byte)
    } else {
      ring[head] = byte
      head = head + 1 == Self.capacity ? 0 : head + 1
    }
  }

  /// What is kept, oldest first.
  public var contents: Text {
    Text(Array(ring[head...]) + Array(ring[..<head]))
  }

  /// Writes a service's line as the console and the log have it: `NAME[PROCESS]: LINE`. Its own name,
  /// which the runtime puts before what a program logs, is not said twice.
  @export(interface)
  public static func put(_ line: Text, of name: Text, process: UInt32?, to text: inout Text) {
    text.put(name)
    if let process {
      text.put(0x5B)
      text.put(decimal: UInt64(process))
      text.put(0x5D)
    }
    text.put(": ")
    let own = name + ": "
    text.put(line.hasPrefix(own) ? line[own.count...] : line)
    text.put(0x0A)
  }
}
