// SPDX-License-Identifier: MIT
import ABI
import ArchiveTree
import InitScript
import Supervision
import System

/// A child of init.
final class ChildProcess {
  private let process: Process

  init(_ process: consuming Process) { self.process = process }

  var number: UInt32 { process.number }

  /// A process that has ended hears nothing, which is what the signal was for.
  func signal(_ number: UInt32) {
    do throws(SystemError) {
      try process.signal(SignalNumber(rawValue: number))
    } catch { return }
  }
}

// Starting programs. What is not among the initial files is started or loaded by a helper, since a file
// system may take its time, or wait for init.
extension InitSystem {
  /// Starts a plain command of a script, which may reach what init may.
  func launch(_ command: Invocation) throws(SystemError) -> ChildProcess {
    try spawn(program(command))
  }

  /// Starts the next process of a service that is prepared: its program, or the helper that loads it.
  func launch(_ service: SupervisedService) throws(SystemError) -> ChildProcess {
    if needsLoading(service) { return try startLoading(service) }
    var program = program(service.command)
    if case .loaded(let byteCount) = service.program,
      let loaded = loadedProgram(service, byteCount)
    {
      program = loaded
    }
    let readiness = try prepareReadiness(of: service)
    program.readiness = number(of: readiness)
    if let scheme = service.scheme?.handle { program.scheme = scheme }
    if let capsule = service.capsule?.handle { program.capsule = capsule }
    if let account = service.account?.handle { program.account = account }
    if let namespace = service.namespace?.handle { program.namespace = namespace }
    if service.name == "initfs" { program.handles[0].from = initrd.memory.handle }
    if let output = service.output?.writing {
      program.handles[1].from = output
      program.handles[2].from = output
    }
    program.group = 0
    let description = service.description
    guard description.user != 0 || description.group != 0 else { return try spawn(program) }
    let authority = try File("/scheme/sys/authority", .read | .runtimeHandle)
    program.credentials = Credentials(
      user: description.user, group: description.group, authority: authority.handle)
    return try spawn(program)
  }

  func launchHelper(_ helper: Helper, output: Handle) throws(SystemError) {
    var program = ownProgram(helper.name, [])
    program.handles[1].from = output
    // Its end is told by the end of what it writes.
    _ = try spawn(program)
  }

  func spawn(_ program: System.Program) throws(SystemError) -> ChildProcess {
    var program = program
    if let exceptions = faultPipe?.writing { program.exceptions = exceptions }
    do throws(ExecutableError) {
      return ChildProcess(try Process.spawn(program))
    } catch {
      throw error.reason
    }
  }

  private func program(_ command: Invocation) -> System.Program {
    var made: System.Program
    if let file = initrd.program(command.program) {
      made = System.Program("/scheme/initfs/" + file.path, [command.program] + command.arguments)
      made.image = image(file)
    } else {
      made = ownProgram(Helper.launch.name, [command.program] + command.arguments)
    }
    made.environment = variables(of: command).texts
    return made
  }

  func variables(of command: Invocation) -> Variables {
    var variables = environment
    for variable in command.environment { variables[variable.name] = variable.value }
    return variables
  }

  /// init's own file, as a helper.
  func ownProgram(_ name: Text, _ arguments: [Text]) -> System.Program {
    var made = System.Program("/scheme/initfs/bin/init", [name] + arguments)
    made.environment = environment.texts
    made.image = initrd.file("bin/init").map { image($0) }
    return made
  }

  private func image(_ file: FileTree.Node) -> ProgramImage {
    ProgramImage(
      memory: initrd.memory.handle, start: file.start,
      byteCount: Int(truncatingIfNeeded: file.byteCount))
  }
}

/// The number of a handle that stays its owner's; binding it to a name would end it.
private func number(of owned: borrowing OwnedHandle?) -> Handle {
  switch owned {
  case .some(let handle): handle.handle
  case .none: .none
  }
}
