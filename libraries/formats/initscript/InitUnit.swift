// SPDX-License-Identifier: MIT
public import Base

/// A part of the system that `init` starts: what it waits for, and what it does then.
///
/// There are three kinds, which the end of a unit's name tells apart: scripts (no dot), services
/// (`.service`) and targets (`.target`), the latter two in TOML.
public struct InitUnit: Equatable, Sendable {
  public let name: Text
  /// For people; empty if the unit does not say.
  public var description = Text()
  /// The units to be started before this one, if they exist.
  public var requirements: [Text] = []
  /// Whether it comes after `defaultRequirement` as well.
  public var hasDefaultRequirements = true
  /// The processors, and the boards, that it is for; `nil` for all.
  public var architectures: [Text]?
  public var boards: [Text]?
  /// In the order in which they are to be taken; never more than one, but in scripts.
  public var steps: [UnitStep] = []

  public init(name: Text) { self.name = name }

  /// What units come after unless they say otherwise.
  public static var defaultRequirement: Text { "00_runtime.target" }

  /// The unit that a script is.
  @export(interface)
  public init(name: Text, _ script: InitScript) {
    self.name = name
    requirements = script.requirements
    for step in script.steps {
      let (kind, command): (UnitStep.Kind, InitCommand)
      switch step.action {
      case .requiresWeak: continue
      case .notify(let found): (kind, command) = (.notify, found)
      case .nowait(let found): (kind, command) = (.nowait, found)
      case .run(let found): (kind, command) = (.run, found)
      }
      steps.append(UnitStep(line: step.line, kind: kind, command: command))
    }
  }

  /// Whether its conditions hold.
  @export(interface)
  public func isFor(architecture: Text, board: Text) -> Bool {
    architectures?.contains { $0 == architecture } ?? true
      && boards?.contains { $0 == board } ?? true
  }
}

/// One thing that a unit does.
public struct UnitStep: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// Start the command and go on once it reports that it is ready.
    case notify
    /// Start the command and go on at once.
    case nowait
    /// Run the command and go on once it has ended.
    case run
  }

  /// Where it stands, counted from one.
  public var line: Int
  public var kind: Kind
  public var command: InitCommand
  /// What the service is called that a `.service` unit starts: the unit's name without its number
  /// and its ending. `nil` in scripts, where the program's name is used.
  public var service: Text?
  /// The scheme that the service has to serve.
  public var scheme: Text?
  /// Variables of `init`'s own environment that the command gets as well.
  public var inherited: [Text] = []

  public init(line: Int, kind: Kind, command: InitCommand) {
    self.line = line
    self.kind = kind
    self.command = command
  }
}

/// What a unit's name says.
public struct UnitName: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case script
    case service
    case target
  }

  public let whole: Text
  public let kind: Kind
  /// The whole without its ending.
  private let stem: Text

  /// - Returns: `nil` if it has another ending than a unit can have.
  @export(interface)
  public init?(_ name: Text) {
    whole = name
    guard let dot = name.lastIndex(of: 0x2E) else {
      kind = .script
      stem = name
      return
    }
    switch name[dot...] {
    case ".service": kind = .service
    case ".target": kind = .target
    default: return nil
    }
    stem = name[0..<dot]
  }

  /// Whether it is the pattern for instances: `NAME@.service`.
  public var isTemplate: Bool {
    @export(interface)
    get { kind != .script && stem.hasSuffix("@") }
  }

  /// Of `NAME@INSTANCE.service` the instance, and what its template is called.
  public var instance: (name: Text, template: Text)? {
    @export(interface)
    get {
      guard kind != .script, let at = stem.firstIndex(of: 0x40), at + 1 < stem.count else {
        return nil
      }
      return (stem[(at + 1)...], stem[0...at] + whole[stem.count...])
    }
  }

  /// The name without its number and its ending: `logd` of `00_logd.service`.
  public var service: Text {
    @export(interface)
    get {
      guard let end = stem.firstIndex(of: 0x5F), end > 0, end + 1 < stem.count,
        stem[0..<end].bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
      else { return stem }
      return stem[(end + 1)...]
    }
  }
}

extension Text {
  /// The part in `range`, whose end is part of it.
  fileprivate subscript(range: ClosedRange<Int>) -> Text {
    self[range.lowerBound..<range.upperBound + 1]
  }
}
