// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// An absolute, normalised path as the kernel takes it: from the name of its scheme on.
///
/// Nearly every path is so already, and need not be taken apart.
struct NamedPath {
  private let text: Text
  private let start: Int

  /// - Returns: `nil` for paths that have a way of their own: the standard files of `libc`, the list of
  ///   all schemes, and what begins with `/scheme/file`.
  init?(_ absolute: Text) {
    guard absolute.hasPrefix("/scheme/") else {
      if absolute == "/scheme" { return nil }
      // A root is the scheme itself, which has no path inside.
      text = absolute.count == 1 ? "file" : "file" + absolute
      start = 0
      return
    }
    let inside = absolute.span.extracting(8..<absolute.count)
    switch inside[0] {
    case UInt8(ascii: "f") where inside.starts(with: "file"): return nil
    case UInt8(ascii: "l") where inside.starts(with: "libc"): return nil
    default: break
    }
    text = absolute
    start = 8
  }

  /// In the scheme that `initfs` stands in for until there is one.
  var isInRoot: Bool { start == 0 }

  var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { text.span.extracting(start..<text.count) }
  }

  /// Asks the kernel about the whole path.
  ///
  /// - Returns: `nil` if the path has to be followed step by step after all: it crosses a link out of its
  ///   scheme, or there is no root yet.
  static func ask<Result>(
    _ absolute: Text, _ body: (Span<UInt8>) throws(SystemError) -> Result
  ) throws(SystemError) -> Result? {
    guard let path = NamedPath(absolute) else { return nil }
    do throws(SystemError) { return try body(path.span) } catch {
      if error == .crossDevice || error == .noSystemCall || error == .notSupported { return nil }
      if error == .notFound, path.isInRoot, !RootScheme.exists() { return nil }
      throw error
    }
  }
}
