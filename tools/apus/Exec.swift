// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project

/// `apus exec`: one command in a fresh guest, as if it ran here.
struct Exec: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Boot headless, run a command as root, pass on its output and status.",
    usage: "apus exec [options] -- 'command line'",
    discussion: """
      The command's standard output, standard error and status come through unchanged. What is not \
      the command's doing ends with a status of its own, one line that says why, and the console's \
      last lines on standard error:
        126  the request is wrong, or asks for something that is not there yet
        190  the kernel panicked
        191  the time-out passed while the command ran
        192  the time-out passed before the system was ready for the command
        193  the guest reset or powered itself off before the command had ended
        194  QEMU did not start, or failed
        195  the system does not build
        196  a file of --put or --get could not be carried
      """)

  @OptionGroup var options: MachineOptions

  @Option(help: "The image, by its name in images/.")
  var image = "minimal"

  @Option(help: ArgumentHelp("Run this script from the host.", valueName: "file"))
  var script: String?

  @Option(help: ArgumentHelp("Copy a file or folder into the guest.", valueName: "host:guest"))
  var put: [String] = []

  @Option(help: ArgumentHelp("Copy a file out of it.", valueName: "guest:host"))
  var get: [String] = []

  @Option(help: ArgumentHelp("Give up after so many seconds.", valueName: "seconds"))
  var timeout = 60.0

  @Option(help: ArgumentHelp("Keep all that the console says.", valueName: "file"))
  var console: String?

  @OptionGroup(title: "Not available yet") var later: LaterOptions

  @Argument(parsing: .postTerminator, help: "The command line.")
  var command: [String] = []

  func run() throws {
    try check()
    let project = Project.current()
    let builder = Builder.discreet(project)
    let source = try options.build(image, builder)
    let request = try self.request()
    let session = GuestCommand(
      project: project, system: source.system, request: request, timeout: timeout,
      consoleFile: console)
    let report = try session.run { system throws(Failure) in
      try options.machine(for: system, source)
    }
    report.lines.forEach(Output.note)
    throw ExitCode(report.status)
  }

  private func check() throws(Failure) {
    try options.check()
    try later.check()
    guard options.firmware != .bios || !options.keep else {
      throw .usage("exec through BIOS brings the command on a copy of the disk, so not with --keep")
    }
    guard command.isEmpty != (script == nil) else {
      throw .usage("exec takes a command line after -- or --script, and not both")
    }
    guard timeout > 0, timeout <= 1_000_000 else { throw .usage("--timeout is above 0") }
  }

  private func request() throws(Failure) -> GuestRequest {
    var request = GuestRequest()
    if let script {
      request.script = try transfer { () throws(HostError) in try Files.read(script) }
    } else {
      request.command = command.joined(separator: " ")
    }
    for pair in put {
      let (host, guest) = try Self.halves(pair, at: pair.firstIndex(of: ":"), of: "--put")
      request.put += try transfer { () throws(HostError) in
        try archiveItems(copying: host, to: String(guest.asGuestPath.dropFirst()))
      }
    }
    for pair in get {
      let (guest, host) = try Self.halves(pair, at: pair.lastIndex(of: ":"), of: "--get")
      request.get[guest.asGuestPath] = host
    }
    return request
  }

  private func transfer<Result>(
    _ body: () throws(HostError) -> Result
  ) throws(Failure) -> Result {
    do throws(HostError) { return try body() } catch {
      throw Failure(["apus: \(error)"], status: ExecStatus.transferFailed)
    }
  }

  /// Guest paths hold colons more often than host paths do, so `--put` splits at the first and
  /// `--get` at the last.
  private static func halves(
    _ pair: String, at colon: String.Index?, of option: String
  ) throws(Failure) -> (String, String) {
    guard let colon, colon != pair.startIndex, pair.index(after: colon) != pair.endIndex else {
      throw .usage("\(option) takes two paths with a colon between them, not '\(pair)'")
    }
    return (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
  }
}

/// Options of `exec` whose shape is fixed, and whose work comes with the network.
struct LaterOptions: ParsableArguments {
  @Option(help: "The network: user[,hostfwd=…], none or socket:….")
  var net = "none"

  @Option(help: "The network card: virtio, e1000 or rtl8139.")
  var nic: String?

  func check() throws(Failure) {
    if net != "none" { throw .notYet("--net \(net) (the system has no network)") }
    if nic != nil { throw .notYet("--nic (the system has no network)") }
  }
}

extension String {
  /// As the guest writes a path: absolute, one slash between names.
  var asGuestPath: String { "/" + split(separator: "/").joined(separator: "/") }
}
