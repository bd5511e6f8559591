// SPDX-License-Identifier: MIT
public import Base
import Core

/// What variables say about how units are started.
public struct StartSettings: Equatable, Sendable {
  /// How much init says.
  public enum Level: Int, Comparable, Sendable {
    case info
    /// Each step before it is taken as well.
    case debug
    /// What is left out for a reason, and the end of each unit as well.
    case trace

    public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// Programs and units whose steps are passed over: `INIT_SKIP`, apart at commas.
  public var skipped: [Text] = []
  /// `INIT_LOG_LEVEL`: `INFO`, `DEBUG` or `TRACE`.
  public var level = Level.info
  /// What `INIT_LOG_LEVEL` says, if that is none of them.
  public var unknownLevel: Text?

  public init() {}

  /// - Parameter value: the value of a variable, if it has one.
  @export(interface)
  public init(_ value: (Text) -> Text?) {
    if let list = value("INIT_SKIP") {
      for part in list.split(at: 0x2C) where !part.trimmed().isEmpty {
        skipped.append(part.trimmed())
      }
    }
    guard let word = value("INIT_LOG_LEVEL") else { return }
    switch word {
    case "INFO": level = .info
    case "DEBUG": level = .debug
    case "TRACE": level = .trace
    default: unknownLevel = word
    }
  }

  /// Whether a step of `unit` that starts `program`, as the unit writes it, is passed over.
  @export(interface)
  public func skips(_ program: Text, of unit: Text) -> Bool {
    skipped.contains { $0 == program || $0 == unit }
  }
}

/// Variables of an environment, each once, as programs get them: `NAME=VALUE`.
public struct Variables: Equatable, Sendable {
  public private(set) var texts: [Text] = []

  public init() {}

  @export(interface)
  public subscript(name: Text) -> Text? {
    get {
      let prefix = name + "="
      return texts.first { $0.hasPrefix(prefix) }.map { $0[prefix.count...] }
    }
    set {
      let prefix = name + "="
      texts.removeAll { $0.hasPrefix(prefix) }
      if let newValue { texts.append(prefix + newValue) }
    }
  }
}
