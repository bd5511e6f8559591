// SPDX-License-Identifier: MIT
import InitScript
import Supervision
import System

// Services that no unit names: drivers for the devices that were found.
extension InitSystem {
  /// Starts what `request` says, unless it runs.
  ///
  /// - Throws: `busy` while the machine is being stopped; `invalidArgument` for a view without a
  ///   folder that the caller passed; `alreadyExists` if a service of this name runs something else.
  func launch(_ request: LaunchRequest, for caller: CallerIdentity) throws(SystemError) {
    guard ending == nil else { throw .busy }
    defer { rearm() }
    let passed = passedFolder
    passedFolder = nil
    let command = Invocation(
      environment: [], program: request.program, arguments: request.arguments)
    if let known = service(request.name) {
      guard known.command == command else { throw .alreadyExists }
      return start(known, isAwaited: true)
    }
    var description = table(request.name)
    if let scheme = request.scheme, !description.schemes.contains(where: { $0 == scheme }) {
      description.schemes.append(scheme)
    }
    let made = SupervisedService(request.name, description, command)
    if let view = request.view {
      guard let passed, passed.process == caller.process, passed.generation == caller.generation
      else { throw .invalidArgument }
      made.view = (view, passed.folder)
    }
    services.append(made)
    start(made, isAwaited: true)
  }
}
