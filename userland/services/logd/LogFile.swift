// SPDX-License-Identifier: MIT
public import ABI
public import Base
import Core
public import Schemes

/// What an open file of the log is. Its word says all of it, so a successor knows.
public struct LogFile: SchemeFile, Equatable {
  public enum Kind: UInt64, BitwiseCopyable, Sendable {
    case root = 0
    /// Ends where the log ends.
    case log = 1
    /// At the end of the log, a reader waits.
    case follow = 2
    /// As `follow`, but a reader hears `wouldBlock`.
    case followWithoutWaiting = 3
    /// Takes paths of places to which the log is copied.
    case sinks = 4
  }

  public let kind: Kind
  /// Tells files that were opened apart, since each has events of its own: 20 bits.
  public let serial: UInt64
  /// The position in the log at which the file begins: 40 bits.
  public let base: UInt64

  public init(_ kind: Kind, serial: UInt64 = 0, base: UInt64 = 0) {
    self.kind = kind
    self.serial = serial & 0xF_FFFF
    self.base = base & 0xFF_FFFF_FFFF
  }

  public init?(word: UInt64) {
    guard let kind = Kind(rawValue: word >> 60) else { return nil }
    self.init(kind, serial: word >> 40, base: word)
  }

  public var word: UInt64 { kind.rawValue << 60 | serial << 40 | base }

  /// What `path` means below the root, for who opens it with `flags`.
  /// - Throws: `notFound`, `notDirectory`, `alreadyExists`, `accessDenied` for reading what is only
  ///   written; `notPermitted` if anyone but root would add a sink.
  @export(interface)
  public static func kind(
    _ path: Text, _ flags: OpenFlags, user: UInt32
  ) throws(SystemError) -> Kind {
    let kind: Kind
    switch path {
    case "": kind = .log
    case "follow":
      kind = flags.contains(.nonBlocking) ? .followWithoutWaiting : .follow
    case "add_sink": kind = .sinks
    default: throw .notFound
    }
    if flags.contains(.directory) { throw .notDirectory }
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    if kind == .sinks, !flags.contains(.statOnly) {
      guard user == 0 else { throw .notPermitted }
      guard !flags.contains(.read) else { throw .accessDenied }
    }
    return kind
  }

  /// The path of a sink as it is kept: the console under the name that does not come back by way of
  /// the kernel's log, which would make the log go round in a circle.
  @export(interface)
  public static func sinkPath(_ path: Text) -> Text {
    let path = path.trimmed()
    switch path {
    case "/scheme/debug", "/scheme/debug/", "debug:": return "/scheme/debug/no-preserve"
    default: return path
    }
  }
}
