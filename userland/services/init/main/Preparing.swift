// SPDX-License-Identifier: MIT
import Supervision
import System

// What a service has before, between and after its processes.
extension InitSystem {
  /// The kernel's own schemes, which init finds in its namespace.
  private static var kernelSchemes: [Text] {
    ["debug", "event", "memory", "pipe", "irq", "time", "sys", "proc"]
  }

  /// Those of them whose roots can be had without the right to manage. That of `memory` cannot:
  /// opening it makes anonymous memory.
  private static var manageableSchemes: [Text] { ["irq", "time", "sys", "proc"] }

  /// Makes what a service needs, once.
  ///
  /// - Throws: `addressInUse` if another service has one of its schemes, `outOfMemory`,
  ///   `quotaExceeded`.
  func prepare(_ service: SupervisedService) throws(SystemError) {
    if service.isPrepared { return }
    try checkNames(of: service)
    try prepareAccount(of: service)
    try prepareNamespace(of: service)
    try prepareCapsule(of: service)
    if !service.description.usesConsole { try prepareOutput(of: service) }
    // Last, since nothing after it can fail: names that lead nowhere must not be left behind.
    try prepareSchemes(of: service)
    service.isPrepared = true
  }

  private func checkNames(of service: SupervisedService) throws(SystemError) {
    for scheme in service.description.schemes {
      let isTaken =
        Self.kernelSchemes.contains { $0 == scheme } || scheme == "service"
        || schemeOwners.contains { $0.scheme == scheme && $0.service != service.name }
      guard isTaken else { continue }
      say { text in
        text.put("another service has the scheme ")
        text.put(scheme)
        text.put(": ")
        text.put(service.name)
      }
      throw .addressInUse
    }
  }

  private func prepareAccount(of service: SupervisedService) throws(SystemError) {
    let account = OwnedHandle(try perform(CreateAccount()))
    let limits = service.description.limits
    try limit(account.handle, .frames, limits.frames)
    try limit(account.handle, .processes, limits.processes)
    try limit(account.handle, .threads, limits.threads)
    try limit(account.handle, .handles, limits.handles)
    try limit(account.handle, .processorShare, limits.share)
    try limit(account.handle, .priority, limits.priority)
    service.account = consume account
  }

  private func limit(
    _ account: Handle, _ resource: AccountResource, _ maximum: UInt64?
  ) throws(SystemError) {
    guard let maximum else { return }
    _ = try perform(
      SetAccountLimit {
        $0.account = account
        $0.resource = resource
        $0.maximum = maximum
      })
  }

  /// A namespace with the names that the service may reach, as far as they exist.
  private func prepareNamespace(of service: SupervisedService) throws(SystemError) {
    guard case .listed = service.description.reach else {
      // It has init's own namespace, in which every scheme is whole.
      guard service.view == nil else { throw .invalidArgument }
      return
    }
    let namespace = try Namespace.current().copy()
    let description = service.description
    for name in Self.kernelSchemes where !description.reaches(name) { try namespace.remove(name) }
    for owner in schemeOwners where !description.reaches(owner.scheme) {
      try namespace.remove(owner.scheme)
    }
    if !description.reaches("service") { try namespace.remove("service") }
    for name in Self.manageableSchemes {
      guard description.reaches(name), !description.manages.contains(where: { $0 == name }) else {
        continue
      }
      // A root that was opened by name lacks the right to manage.
      let root = try File("/scheme/" + name, .read | .directory | .runtimeHandle)
      try namespace.bind(name, to: root.handle)
    }
    if let view = service.view { try namespace.bind(view.scheme, to: view.folder.handle) }
    service.namespace = consume namespace
  }

  func prepareCapsule(of service: SupervisedService) throws(SystemError) {
    guard service.description.capsuleBytes > 0 else { return }
    service.capsule = try MemoryObject(byteCount: Int(service.description.capsuleBytes))
  }

  private func prepareOutput(of service: SupervisedService) throws(SystemError) {
    guard let index = services.firstIndex(where: { $0 === service }) else { throw .badHandle }
    let pipe = try PipeEnds()
    try session.watch(pipe.reading, .readable, data: Source.output.word(index))
    service.output = pipe
  }

  /// Makes the queue of the service's schemes, and binds their names wherever they may be reached.
  private func prepareSchemes(of service: SupervisedService) throws(SystemError) {
    guard !service.description.schemes.isEmpty else { return }
    let scheme = OwnedHandle(try perform(CreateScheme { $0.flags = .persistent }))
    for (index, name) in service.description.schemes.enumerated() {
      let root = OwnedHandle(
        try perform(
          CreateRoot {
            $0.scheme = scheme.handle
            $0.word = UInt64(index)
          }))
      try Namespace.current().bind(name, to: root.handle)
      schemeOwners.append((name, service.name))
      for other in services where other.description.reaches(name) {
        guard other.namespace != nil else { continue }
        try other.namespace?.bind(name, to: root.handle)
      }
    }
    service.scheme = consume scheme
  }

  /// A pipe through which the next process says that it is ready.
  /// - Returns: the end for the process.
  func prepareReadiness(of service: SupervisedService) throws(SystemError) -> OwnedHandle? {
    guard service.isAwaited else { return nil }
    var pipe = try Pipe(.runtimeHandle)
    guard let index = services.firstIndex(where: { $0 === service }),
      let reading = pipe.reading.take()
    else { throw .badHandle }
    try reading.handle.setOpenFlags(.nonBlocking)
    try session.watch(reading.handle, EventSet.readable, data: Source.readiness.word(index))
    service.readiness = consume reading
    return pipe.writing.take()
  }
}
