// SPDX-License-Identifier: MIT
import Host

/// Builds worlds: does nothing when nothing changed, is quiet when all is well.
public struct Builder: Sendable {
  public let project: Project
  /// Told one line about each step that took work.
  public let report: @Sendable (String) -> Void

  public init(_ project: Project, report: @escaping @Sendable (String) -> Void) {
    self.project = project
    self.report = report
  }

  /// Brings everything that `world` makes up to date. Returns whether there was anything to do.
  @discardableResult
  public func build(_ world: World) throws(BuildError) -> Bool {
    let package = project.path(world.package)
    guard Files.exists("\(package)/Package.swift") else {
      throw .description(file: world.package, reason: "there is no Package.swift")
    }
    if world.inputs.contains("ports") { try buildPorts() }
    let state = try asBuildError { () throws(HostError) in
      try InputState(folders: world.inputs.map(project.path).filter(Files.exists))
    }
    let scratch = project.scratch(of: world)
    let recordPath = "\(scratch)/apus-state"
    let known = (try? Files.text(recordPath)) ?? ""
    let programs = BuiltPrograms(
      in: "\(scratch)/\(world.processor.triple)/release", scratch: scratch)
    if known == state.record, programs.areThere { return false }

    try asBuildError { () throws(HostError) in
      try Files.makeFolder(scratch)
      try forgetStale(in: scratch, programs, known: known, now: state)
      // Until it has succeeded, the next build must not believe that there is nothing to do.
      try Files.write(state.unfinishedRecord, to: recordPath)
    }
    try compile(world, in: package, scratch: scratch)
    try asBuildError { () throws(HostError) in
      try programs.remember()
      try Files.write(state.record, to: recordPath)
    }
    return true
  }

  /// Removes SwiftPM's plan when files came or went in a package that it does not watch, and the
  /// programs when a linker script changed.
  private func forgetStale(
    in scratch: String, _ programs: BuiltPrograms, known: String, now: InputState
  ) throws(HostError) {
    let parts = known.split(separator: "\n").map(String.init)
    if parts.first != now.names.text { try Files.remove("\(scratch)/release.yaml") }
    if parts.last != now.linkerScripts.text { try programs.remove() }
  }

  private func compile(
    _ world: World, in package: String, scratch: String
  ) throws(BuildError) {
    let start = ContinuousClock.now
    let arguments = [
      "build", "--triple", world.processor.triple, "-c", "release",
      "--toolset", project.path(world.toolset), "--scratch-path", scratch,
    ]
    let command = FixedCompiler.command(
      arguments + (world.module.map { ["--target", $0] } ?? []), in: package,
      environment: project.portsEnvironment.merging(
        ["APUS_WORLD": "1", "APUS_ARCH": world.processor.rawValue]) { $1 })
    let captured = try asBuildError { () throws(HostError) in try command.capture() }
    guard captured.status.isSuccess else {
      throw .compile(what: world.name, output: Self.withoutProgress(captured.text))
    }
    report("\(world.name): built in \(seconds(since: start))")
  }

  /// What a compiler said, without the lines that only show that it is busy. A line of progress
  /// stays when something is said below it: it names the module that is meant.
  public static func withoutProgress(_ text: String) -> String {
    var kept: [Substring] = []
    var heading: Substring?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("[") {
        heading = line
      } else if !isIdle(line) {
        if let above = heading { kept.append(above) }
        heading = nil
        kept.append(line)
      }
    }
    return kept.joined(separator: "\n").trimmed
  }

  private static func isIdle(_ line: Substring) -> Bool {
    let starts = ["Building for ", "Build complete!", "Fetch", "Computing version"]
    return line.isEmpty || starts.contains { line.hasPrefix($0) }
  }
}

/// The time since `start`, for people.
public func seconds(since start: ContinuousClock.Instant) -> String {
  let tenths = start.duration(to: .now) / .milliseconds(100)
  return "\(Int(tenths) / 10).\(Int(tenths) % 10) s"
}

extension String {
  /// Without white space at both ends.
  public var trimmed: String {
    let body = drop(while: \.isWhitespace)
    guard let last = body.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(body[...last])
  }
}
