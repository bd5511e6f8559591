// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project

/// The one command.
@main
struct Apus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "Builds, boots, runs, tests and measures Apus.",
    usage: "./apus SUBCOMMAND [options]        ./apus help SUBCOMMAND says more",
    subcommands: [
      Run.self, Exec.self, Tool.self, Test.self, Bench.self, Build.self, DiskImage.self,
      Format.self, Documents.self, Size.self, New.self, ServeVolatileDisk.self,
    ])

  /// Runs what was asked for. A request that cannot be understood ends with the status of one that
  /// cannot be met, so that it is never taken for the status of a command in the guest.
  static func main() {
    Output.ignoreBrokenPipes()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      failure.lines.forEach(Output.note)
      exit(withStatus: failure.status)
    } catch {
      let message = fullMessage(for: error)
      let code = exitCode(for: error)
      // Help is a result; a status alone has nothing to say.
      guard !code.isSuccess else {
        if !message.isEmpty { Output.line(message) }
        return
      }
      if !message.isEmpty { Output.note(message) }
      exit(withStatus: code == .validationFailure ? ExecStatus.unavailable : code.rawValue)
    }
  }

  private static func exit(withStatus status: Int32) -> Never {
    exit(withError: ExitCode(status))
  }
}

/// Why a subcommand ends early, and with which status.
struct Failure: Error {
  var lines: [String]
  var status: Int32

  init(_ lines: [String], status: Int32) {
    self.lines = lines
    self.status = status
  }

  init(_ error: BuildError) {
    let told = if case .compile(_, let output) = error { [output] } else { [String]() }
    self.init(told + ["apus: \(error)"], status: ExecStatus.buildFailed)
  }

  init(_ error: HostError) {
    switch error {
    // As a program that a closed pipe ended: 128 and the signal's number.
    case .outputClosed: self.init([], status: 141)
    case .cannotStart(Machine.program, _), .cannotStart("setpriv", _):
      self.init(["apus: \(error)"], status: ExecStatus.machineFailed)
    default: self.init(["apus: \(error)"], status: ExecStatus.unavailable)
    }
  }

  /// Something that is planned and not there.
  static func notYet(_ what: String) -> Failure {
    Failure(["apus: not available yet: \(what)"], status: ExecStatus.unavailable)
  }

  static func usage(_ reason: String) -> Failure {
    Failure(["apus: \(reason)"], status: ExecStatus.unavailable)
  }
}

/// Runs `body` and turns its error into a failure of the command.
func orFail<Result, Reason: Error>(
  _ body: () throws(Reason) -> Result
) throws(Failure) -> Result {
  do throws(Reason) { return try body() } catch let error as BuildError {
    throw Failure(error)
  } catch let error as HostError {
    throw Failure(error)
  } catch {
    throw Failure(["apus: \(error)"], status: ExecStatus.unavailable)
  }
}

extension Builder {
  /// A builder that tells each step on standard error.
  static func talking(_ project: Project) -> Builder { Builder(project) { Output.note($0) } }

  /// A builder that talks to people only, so that a program that reads our standard error gets the
  /// guest's and nothing else.
  static func discreet(_ project: Project) -> Builder {
    Output.errorIsTerminal ? talking(project) : Builder(project) { _ in }
  }
}
