// SPDX-License-Identifier: MIT
import Base

/// A script that starts a part of the system: its steps, in the order in which they are to be
/// taken.
public struct InitScript: Equatable, Sendable {
  public let steps: [InitStep]

  /// Reads the whole script.
  ///
  /// - Parameter file: the script's name, for errors.
  /// - Throws: the first error, with its line.
  @export(interface)
  public init(parsing bytes: [UInt8], file: Text) throws(InitScriptError) {
    guard bytes.count <= InitScriptLimits.scriptBytes else {
      throw InitScriptError(file: file, line: 1, cause: .scriptTooLong)
    }
    var steps: [InitStep] = []
    for (index, line) in Text(bytes).lines().enumerated() {
      do throws(InitScriptError.Cause) {
        guard let action = try LineParser.action(of: line) else { continue }
        steps.append(InitStep(line: index + 1, action: action))
      } catch {
        throw InitScriptError(file: file, line: index + 1, cause: error)
      }
    }
    self.steps = steps
  }

  /// The units to be started before this one, if they exist, in the order of the script.
  @export(interface)
  public var requirements: [Text] {
    var requirements: [Text] = []
    for step in steps {
      if case .requiresWeak(let units) = step.action { requirements += units }
    }
    return requirements
  }
}

/// One line of a script that says something.
public struct InitStep: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    /// Start after these units; never empty.
    case requiresWeak([Text])
    /// Start the command and go on once it reports that it is ready.
    case notify(InitCommand)
    /// Start the command and go on at once.
    case nowait(InitCommand)
    /// Run the command and go on once it has ended.
    case run(InitCommand)
  }

  /// Counted from one.
  public let line: Int
  public let action: Action
}

public enum InitScriptLimits {
  public static var scriptBytes: Int { 65_536 }
  public static var lineBytes: Int { 4_096 }
  public static var lineWords: Int { 256 }
}

/// Why a script cannot be read, and where.
public struct InitScriptError: Error, Equatable {
  public enum Cause: Error, Equatable, Sendable {
    case scriptTooLong
    case lineTooLong
    case tooManyWords
    case controlCharacter
    /// `notify`, `nowait` or an assignment with nothing to start.
    case programMissing
    /// `requires_weak` without a unit.
    case unitMissing
    /// A unit that is no plain file name.
    case invalidUnit
    /// An assignment before `requires_weak`, where nothing is started.
    case assignmentToNothing
    /// `$` without the name of a variable.
    case invalidVariable
  }

  public let file: Text
  /// Counted from one.
  public let line: Int
  public let cause: Cause

  /// `FILE:LINE: cause`, for the log.
  @export(interface)
  public var message: Text {
    Text { text in
      text.put(file)
      text.put(":")
      text.put(decimal: UInt64(line))
      text.put(": ")
      text.put(cause.explanation)
    }
  }
}

extension InitScriptError.Cause {
  /// The cause in words.
  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .scriptTooLong: "the script is longer than 64 KiB"
      case .lineTooLong: "the line is longer than 4096 bytes"
      case .tooManyWords: "the line has more than 256 words"
      case .controlCharacter: "the line holds a control character"
      case .programMissing: "there is no program to start"
      case .unitMissing: "requires_weak names no unit"
      case .invalidUnit: "requires_weak names something that is no unit"
      case .assignmentToNothing: "a variable is set, but requires_weak starts nothing"
      case .invalidVariable: "a dollar sign is not followed by the name of a variable"
      }
    }
  }
}
