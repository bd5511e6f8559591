// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

/// A path below a kernel scheme, taken component by component. Kernel schemes have short names, so
/// whatever is longer does not exist.
struct KernelPath {
  private var text = FixedText<64>()
  private var position = 0

  init(_ path: StaticString) { text.put(path) }

  init(_ path: UserSpan, _ thread: Ref<Thread>) throws(SystemError) {
    guard path.count <= 64 else { throw .notFound }
    guard path.count > 0 else { return }
    let scratch = ScratchPage()
    try copyIn(scratch.address, path, thread)
    for index in 0..<Int(path.count) { text.put(scratch.bytes[index]) }
  }

  /// The next component, or nil at the end. Slashes at either end and double ones mean nothing.
  mutating func next() -> PathComponent? {
    let bytes = text.bytes
    while position < bytes.count, bytes[position] == UInt8(ascii: "/") { position &+= 1 }
    guard position < bytes.count else { return nil }
    var component = PathComponent()
    while position < bytes.count, bytes[position] != UInt8(ascii: "/") {
      component.text.put(bytes[position])
      position &+= 1
    }
    return component
  }

  /// Whether nothing is left.
  var isAtEnd: Bool {
    var rest = self
    return rest.next() == nil
  }

  /// - Throws: `notFound` unless the path ends here.
  mutating func end() throws(SystemError) {
    guard next() == nil else { throw .notFound }
  }
}

/// One component of a path.
struct PathComponent {
  fileprivate(set) var text = FixedText<64>()

  func equals(_ name: StaticString) -> Bool { text.bytes.equals(name) }

  /// The decimal number it spells.
  var number: UInt32? { Self.number(text.bytes) }

  /// The decimal number behind `prefix`.
  func number(after prefix: StaticString) -> UInt32? {
    guard text.bytes.starts(with: prefix) else { return nil }
    return Self.number(text.bytes.extracting(droppingFirst: prefix.utf8CodeUnitCount))
  }

  /// Two decimal numbers with a hyphen between.
  var range: (first: UInt32, last: UInt32)? {
    guard let hyphen = text.bytes.firstIndex(of: UInt8(ascii: "-")),
      let first = Self.number(text.bytes.extracting(first: hyphen)),
      let last = Self.number(text.bytes.extracting(droppingFirst: hyphen &+ 1))
    else { return nil }
    return (first, last)
  }

  private static func number(_ bytes: Span<UInt8>) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: bytes) } catch { return nil }
  }
}
