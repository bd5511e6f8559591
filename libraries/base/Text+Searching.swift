// SPDX-License-Identifier: MIT
import Core

extension Text {
  /// Whether the bytes are these.
  public func equals(_ bytes: Span<UInt8>) -> Bool { span.equals(bytes) }

  public func hasPrefix(_ prefix: StaticString) -> Bool { span.starts(with: prefix) }
  @_disfavoredOverload
  public func hasPrefix(_ prefix: Text) -> Bool { span.starts(with: prefix.span) }
  public func hasSuffix(_ suffix: StaticString) -> Bool { ends(with: suffix.bytes) }
  @_disfavoredOverload
  public func hasSuffix(_ suffix: Text) -> Bool { ends(with: suffix.span) }

  private func ends(with suffix: Span<UInt8>) -> Bool {
    suffix.count <= count && bytes.span.extracting(last: suffix.count).equals(suffix)
  }

  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    span.firstIndex(of: byte, from: start)
  }
  public func lastIndex(of byte: UInt8) -> Int? { span.lastIndex(of: byte) }
  public func contains(_ byte: UInt8) -> Bool { firstIndex(of: byte) != nil }

  /// Where `part` begins first, at or after `start`; `nil` if nowhere. An empty part is everywhere.
  @export(interface)
  public func firstIndex(of part: Text, from start: Int = 0) -> Int? {
    var index = max(start, 0)
    while part.count <= count - index {
      if span.extracting(index..<(index + part.count)).equals(part.span) { return index }
      index += 1
    }
    return nil
  }

  /// The parts between separators. `limit` parts at most: the last then holds the rest, separators
  /// and all. Empty parts are kept; an empty text is one empty part.
  @export(interface)
  public func split(at separator: UInt8, limit: Int = .max) -> [Text] {
    var parts: [Text] = []
    var start = 0
    while parts.count < limit - 1, let end = firstIndex(of: separator, from: start) {
      parts.append(self[start..<end])
      start = end + 1
    }
    parts.append(self[start...])
    return parts
  }

  /// The parts between runs of ASCII white space; none of them is empty.
  @export(interface)
  public func words() -> [Text] {
    var words: [Text] = []
    var start: Int?
    for index in indices {
      if bytes[index].isASCIISpace {
        if let first = start { words.append(self[first..<index]) }
        start = nil
      } else if start == nil {
        start = index
      }
    }
    if let first = start { words.append(self[first...]) }
    return words
  }

  /// The lines without their line feeds. A last line need not have one; after one there is no
  /// further line.
  public func lines() -> [Text] {
    var lines = split(at: 0x0A)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The text without ASCII white space at either end.
  @export(interface)
  public func trimmed() -> Text {
    var start = 0
    var end = count
    while start < end, bytes[start].isASCIISpace { start += 1 }
    while end > start, bytes[end - 1].isASCIISpace { end -= 1 }
    return self[start..<end]
  }

  /// The text with each `part` replaced; an empty part replaces nothing.
  @export(interface)
  public func replacing(_ part: Text, with replacement: Text) -> Text {
    guard !part.isEmpty else { return self }
    var result = Text()
    var start = 0
    while let found = firstIndex(of: part, from: start) {
      result.put(span.extracting(start..<found))
      result.put(replacement)
      start = found + part.count
    }
    result.put(span.extracting(start..<count))
    return result
  }
}

extension Array where Element == Text {
  /// The texts with `separator` between them.
  @export(interface)
  public func joined(by separator: Text) -> Text {
    var result = Text()
    for index in indices {
      if index > 0 { result.put(separator) }
      result.put(self[index])
    }
    return result
  }
}
