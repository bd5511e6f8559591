// SPDX-License-Identifier: MIT
import Supervision
import System

/// Where a service's program is.
enum ServiceProgram: Equatable {
  /// Among the initial files, or not looked for yet.
  case unknown
  /// The service's process is a child of init that copies the program's file.
  case loading
  /// So many bytes in the service's own memory.
  case loaded(Int)
  /// A script, whose interpreter is for the process itself to find: that gets no capsule and no scheme.
  case script
}

// A service's program may lie on any file system. init neither waits for file systems nor depends on
// them: a child copies the file into memory that init keeps, and from there the service is started, with
// its schemes and its capsule, as often as it dies. So the death of a file system keeps nobody from
// being started again who lies on it. Who asks for a start or a restart by name gets the file as it is
// then.
extension InitSystem {
  /// Whether the program has to be loaded before the service can be started.
  func needsLoading(_ service: SupervisedService) -> Bool {
    service.program == .unknown && initrd.program(service.command.program) == nil
  }

  /// Starts the child that loads it.
  func startLoading(_ service: SupervisedService) throws(SystemError) -> ChildProcess {
    let memory = try MemoryObject(byteCount: Helper.programLimit)
    var helper = ownProgram(Helper.load.name, [service.command.program])
    helper.capsule = memory.handle
    helper.group = 0
    if let output = service.output?.writing {
      helper.handles[1].from = output
      helper.handles[2].from = output
    }
    let process = try spawn(helper)
    service.programMemory = consume memory
    service.program = .loading
    return process
  }

  /// The child has ended.
  ///
  /// - Returns: false if there is no program to start, or nobody wants it any more: that is the end of
  ///   the service's process.
  func hasLoaded(_ service: SupervisedService, _ death: Death) -> Bool {
    service.program = .unknown
    guard death == .exited(status: 0), !service.machine.isStopping else {
      service.programMemory = nil
      return false
    }
    do throws(SystemError) {
      let byteCount = Int(clamping: try service.programMemory?.status().length ?? 0)
      service.program = byteCount > 0 ? .loaded(byteCount) : .script
    } catch { return false }
    if service.program == .script { service.programMemory = nil }
    return true
  }

  /// The next start looks for the program's file again.
  func forgetProgram(of service: SupervisedService) {
    guard service.program != .loading else { return }
    service.program = .unknown
    service.programMemory = nil
  }

  /// What a loaded service is started from.
  func loadedProgram(_ service: SupervisedService, _ byteCount: Int) -> System.Program? {
    guard let memory = service.programMemory?.handle else { return nil }
    let name = service.command.program
    var made = System.Program(
      name.contains(0x2F) ? name : "/bin/" + name, [name] + service.command.arguments)
    made.image = ProgramImage(memory: memory, start: 0, byteCount: byteCount)
    made.environment = variables(of: service.command).texts
    return made
  }
}
