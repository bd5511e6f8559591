// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project

/// `apus run`: the user's own terminal becomes the guest's console.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Build what changed, boot, attach the console (Ctrl-A X leaves).")

  @Argument(help: "The image, by its name in images/.")
  var image = "minimal"

  @OptionGroup var options: MachineOptions

  @Flag(help: "Show the screen in a window.")
  var gui = false

  func run() throws {
    try options.check()
    let project = Project.current()
    let builder = Builder.talking(project)
    let source = try options.build(image, builder)
    let system = source.system
    var machine = try options.machine(for: system, source)
    machine.hasScreen = gui
    let log = project.built("run/console-\(Environment.processIdentifier).log")
    try orFail { () throws(HostError) in try Files.makeFolder(Files.parent(of: log)) }
    defer { try? Files.remove(log) }
    Output.note("Ctrl-A X leaves; Ctrl-A twice is Ctrl-A for the guest.")
    let status = try orFail { () throws(HostError) in
      try Command(Machine.program, machine.arguments(.terminal(log: log))).attach()
    }
    if status.code == Machine.panicStatus { try explainPanic(log, system, project) }
    guard status.isSuccess else {
      throw Failure(["apus: QEMU failed"], status: ExecStatus.machineFailed)
    }
  }

  private func explainPanic(
    _ log: String, _ system: BootableSystem, _ project: Project
  ) throws(Failure) {
    var console = Console()
    console.append((try? Files.read(log)) ?? [])
    console.finish()
    let symboliser = Symboliser(program: system.kernel, relativeTo: project.root)
    let names = symboliser.describe(PanicReport(in: console.lines)?.backtrace ?? [])
    throw Failure(
      ["apus: the kernel panicked"] + names.map { "  \($0)" }, status: ExecStatus.panicked)
  }
}
