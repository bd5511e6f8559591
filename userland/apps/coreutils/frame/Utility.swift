// SPDX-License-Identifier: MIT
public import Base
import Core
public import Manual

/// A utility: its manual, and what it does.
public protocol UtilityProgram: SendableMetatype {
  static var manual: Manual { get }
  /// - Returns: the exit status, if `invocation` has complained of nothing.
  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32
}

/// A row of the table of utilities.
public struct Utility: Sendable {
  public let name: StaticString
  public let manual: @Sendable () -> Manual
  public let run: @Sendable (Invocation) throws(UtilityStop) -> Int32

  /// - Parameter name: the same that the manual has.
  public init<Program: UtilityProgram>(_ name: StaticString, _: Program.Type) {
    self.name = name
    manual = { Program.manual }
    run = { (invocation) throws(UtilityStop) in try Program.run(invocation) }
  }
}

/// Why a utility ends before its end.
public enum UtilityStop: Error, Equatable {
  /// `--help` was given: the manual is printed.
  case help
  /// It was called wrongly: said with a hint at `--help`; ends with the manual's `usageStatus`.
  case usage(Text)
  /// It cannot go on: said; ends with the manual's `failureStatus`.
  case failed(Text)
  /// All is said already.
  case status(Int32)
}

/// Standard output's reader is gone: as if ended by the signal that says so.
let brokenPipeStatus: Int32 = 141

/// Runs what a table has by a name.
public struct UtilityTable: Sendable {
  public let utilities: [Utility]

  public init(_ utilities: [Utility]) { self.utilities = utilities }

  @export(interface)
  public func find(_ name: Text) -> Utility? {
    utilities.first { name == $0.name }
  }

  /// Acts by the name that the program was called by (`bin/ls`), or as `coreutils ls …`.
  ///
  /// - Parameter arguments: the first is the program's own name.
  /// - Returns: the exit status.
  @export(interface)
  public func run(_ arguments: [Text], _ system: UtilitySystem) -> Int32 {
    let called = Path.name(of: arguments.first ?? "coreutils")
    let rest = Array(arguments.dropFirst())
    if let utility = find(called) { return run(utility, rest, system) }
    guard let first = rest.first else { return explain(system, status: 2) }
    if first == "--list" { return list(system) }
    if first == "--help" { return explain(system, status: 0) }
    if let utility = find(first) { return run(utility, Array(rest.dropFirst()), system) }
    let invocation = Invocation("coreutils", [], system, manual: nil)
    invocation.complain("there is no utility " + first.quotedForMessage)
    return 2
  }

  @export(interface)
  public func run(_ utility: Utility, _ arguments: [Text], _ system: UtilitySystem) -> Int32 {
    let invocation = Invocation(Text(utility.name), arguments, system, manual: utility.manual)
    var status: Int32
    do throws(UtilityStop) {
      status = try utility.run(invocation)
    } catch {
      switch error {
      case .help:
        invocation.output.put(utility.manual().help)
        status = 0
      case .usage(let message):
        invocation.complain(message)
        invocation.say("Try '" + Text(utility.name) + " --help'.")
        status = utility.manual().usageStatus
      case .failed(let message):
        invocation.complain(message)
        status = invocation.failureStatus
      case .status(let ended):
        status = ended
      }
    }
    return invocation.end(status)
  }

  private func list(_ system: UtilitySystem) -> Int32 {
    let invocation = Invocation("coreutils", [], system, manual: nil)
    for utility in utilities {
      invocation.output.put(utility.name)
      invocation.output.put("\n")
    }
    return invocation.end(0)
  }

  private func explain(_ system: UtilitySystem, status: Int32) -> Int32 {
    let invocation = Invocation("coreutils", [], system, manual: nil)
    var text: Text = "Usage: coreutils NAME [ARGUMENT…]\n       coreutils --list\n"
    text.put("\nRuns the utility NAME; as a link named NAME it does the same by itself.\n")
    if status == 0 {
      invocation.output.put(text)
    } else {
      invocation.errors(text)
    }
    return invocation.end(status)
  }
}
