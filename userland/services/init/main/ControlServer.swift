// SPDX-License-Identifier: MIT
import Schemes
import Supervision
import System

/// The scheme `service`: what services do, to be read, and commands, to be written
/// (`docs/formats/service.md`). Events of everything else that init watches come here as well.
struct ControlServer: SchemeServer {
  /// The words of open files: 0 root, 1 list, 2 control, then four for each service.
  typealias File = UInt64

  private let system: InitSystem

  init(_ system: InitSystem) { self.system = system }

  func start(_ session: SchemeSession) { system.begin(session) }
  func handle(_ event: EventRecord) { system.handle(event) }
  func wake() { system.wake() }

  private static var list: UInt64 { 1 }
  private static var control: UInt64 { 2 }

  private enum Part: UInt64 {
    case directory = 0
    case status = 1
    case log = 2
  }

  private func word(_ file: ControlFile) throws(SystemError) -> UInt64 {
    switch file {
    case .root: return 0
    case .list: return Self.list
    case .control: return Self.control
    case .service(let name): return try word(name, .directory)
    case .status(let name): return try word(name, .status)
    case .log(let name): return try word(name, .log)
    }
  }

  private func word(_ name: Text, _ part: Part) throws(SystemError) -> UInt64 {
    guard let index = system.services.firstIndex(where: { $0.name == name }) else {
      throw .notFound
    }
    return UInt64(index + 1) * 4 + part.rawValue
  }

  /// The service that a word is about.
  private func service(_ word: UInt64) -> (service: SupervisedService, part: Part)? {
    guard word >= 4, word / 4 <= UInt64(system.services.count), let part = Part(rawValue: word & 3)
    else { return nil }
    return (system.services[Int(word / 4) - 1], part)
  }

  private func isDirectory(_ word: UInt64) -> Bool {
    word == 0 || service(word)?.part == .directory
  }

  func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    var whole = Text(path.bytes)
    if let (service, part) = service(directory) {
      guard part == .directory else { throw .notDirectory }
      whole = service.name + "/" + whole
    } else if directory != 0 {
      throw .notDirectory
    }
    guard let file = ControlFile(path: whole) else { throw .notFound }
    let opened = try word(file)
    let flags = request.openFlags
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    if flags.contains(.directory), !file.isDirectory { throw .notDirectory }
    if flags.contains(.write) {
      if file.isDirectory { throw .isDirectory }
      guard file == .control else { throw .accessDenied }
      guard request.caller.user == 0 else { throw .notPermitted }
    }
    return opened
  }

  func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    let text = try text(file)
    guard offset < UInt64(text.count) else { return }
    output.put(text.span.extracting(Int(offset)..<text.count))
  }

  /// The contents of a file, made when it is read.
  private func text(_ file: UInt64) throws(SystemError) -> Text {
    if file == Self.list {
      return Text { text in
        ServiceReport.putHeading(to: &text)
        for service in system.services where service.isListed {
          service.report.putLine(to: &text)
        }
      }
    }
    if file == Self.control { return Text() }
    guard let (service, part) = service(file) else { throw .isDirectory }
    switch part {
    case .directory: throw .isDirectory
    case .status: return Text { service.report.putDetails(now: system.now, to: &$0) }
    case .log: return service.tail.contents
    }
  }

  func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    guard file == Self.control else { throw .accessDenied }
    guard request.caller.user == 0 else { throw .notPermitted }
    guard let command = ControlCommand(Text(bytes)) else { throw .invalidArgument }
    if case .launch(let launch) = command {
      try system.launch(launch, for: request.caller)
      return bytes.count
    }
    let waiter = Waiter(tag: request.tag, byteCount: bytes.count)
    let isDone = try system.execute(command, answering: waiter)
    if !isDone { _ = request.postpone() }
    return bytes.count
  }

  /// A folder for the service that the same process launches next.
  func receive(
    _ handle: Handle, on file: UInt64, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt {
    guard file == Self.control, code == 0 else { throw .notSupported }
    guard request.caller.user == 0 else { throw .notPermitted }
    system.passedFolder = (
      request.caller.process, request.caller.generation, KeptHandle(OwnedHandle(handle))
    )
    return 0
  }

  func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) {}

  func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = file + 1
    status.links = 1
    if isDirectory(file) {
      status.mode = FileMode.directory | 0o555
    } else if file == Self.control {
      status.mode = FileMode.regular | 0o200
    } else {
      status.mode = FileMode.regular | 0o444
      status.size = UInt64(try text(file).count)
    }
    return status
  }

  func path(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    if file == Self.list { return output.put("list") }
    if file == Self.control { return output.put("control") }
    guard let (service, part) = service(file) else { return }
    output.put(service.name)
    switch part {
    case .directory: break
    case .status: output.put("/status")
    case .log: output.put("/log")
    }
  }

  func readDirectory(
    _ file: UInt64, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    guard isDirectory(file) else { throw .notDirectory }
    guard cookie <= UInt64(system.services.count) + 2 else { return }
    if file != 0 {
      if cookie < 1, !list.add("status", .regular, inode: file + 2, cookie: 1) { return }
      if cookie < 2, !list.add("log", .regular, inode: file + 3, cookie: 2) { return }
      return
    }
    if cookie < 1, !list.add("list", .regular, inode: 2, cookie: 1) { return }
    if cookie < 2, !list.add("control", .regular, inode: 3, cookie: 2) { return }
    for index in max(Int(cookie) - 2, 0)..<system.services.count
    where system.services[index].isListed {
      let name = system.services[index].name
      guard
        list.add(
          name.span, .directory, inode: UInt64(index + 1) * 4 + 1, cookie: UInt64(index) + 3)
      else { return }
    }
  }
}

// MARK: Commands

extension InitSystem {
  /// Does what somebody asked for.
  ///
  /// - Returns: false if the answer comes later.
  /// - Throws: `notFound`; `busy` while the machine is being stopped; `inputOutput` if the service
  ///   does not start.
  func execute(
    _ command: ControlCommand, answering waiter: Waiter
  ) throws(SystemError) -> Bool {
    guard ending == nil else { throw .busy }
    defer { rearm() }
    switch command {
    case .launch:
      throw .invalidArgument
    case .shutdown:
      end("shutdown")
      return true
    case .reboot:
      end("reset")
      return true
    case .start(let name):
      let service = try named(name)
      if !service.machine.isAlive { forgetProgram(of: service) }
      return try begin(service, waiter)
    case .stop(let name):
      let service = try named(name)
      apply(.stop, to: service)
      guard service.machine.isAlive else { return true }
      service.stoppers.append(waiter)
      return false
    case .restart(let name):
      let service = try named(name)
      apply(.stop, to: service)
      forgetProgram(of: service)
      return try begin(service, waiter)
    case .mount(let scheme, let disk, let readOnly):
      return try begin(try mounted(disk, as: scheme, readOnly), waiter)
    case .unmount(let scheme):
      let service = try named(Self.volumeService + scheme)
      forgetNames(of: service)
      apply(.stop, to: service)
      guard service.machine.isAlive else { return true }
      service.stoppers.append(waiter)
      return false
    }
  }

  /// Begins the names of services that serve volumes.
  private static var volumeService: Text { "redoxfs@" }

  /// The service that serves the volume on `disk` as `scheme`; its table is that of `redoxfs@`.
  /// - Throws: `busy` while the scheme has a volume.
  private func mounted(
    _ disk: Text, as scheme: Text, _ readOnly: Bool
  ) throws(SystemError) -> SupervisedService {
    let name = Self.volumeService + scheme
    let flags: [Text] = readOnly ? ["-r"] : []
    let command = Invocation(
      environment: [], program: "redoxfs", arguments: flags + [disk, scheme])
    if let known = service(name) {
      guard !known.machine.isAlive else { throw .busy }
      // What it keeps for its next process is of the other disk.
      if known.command != command { forgetNames(of: known) }
      known.command = command
      known.isTried = true
      return known
    }
    guard !scheme.isEmpty, scheme.count < 64, scheme.firstIndex(of: 0x2F) == nil,
      scheme.firstIndex(of: 0x3A) == nil
    else { throw .invalidArgument }
    var description = table(name)
    description.schemes = [scheme]
    let made = SupervisedService(name, description, command)
    (made.isAwaited, made.isTried, made.isMount) = (true, true, true)
    services.append(made)
    return made
  }

  /// Takes a service's schemes out of all namespaces; it can have them again when it starts again.
  private func forgetNames(of service: SupervisedService) {
    for scheme in service.description.schemes {
      guard schemeOwners.contains(where: { $0.scheme == scheme && $0.service == service.name })
      else { continue }
      schemeOwners.removeAll { $0.scheme == scheme }
      try? Namespace.current().remove(scheme)
      for other in services where other.description.reaches(scheme) {
        try? other.namespace?.remove(scheme)
      }
    }
    service.isPrepared = false
    if !service.machine.isAlive { service.scheme = nil }
  }

  private func named(_ name: Text) throws(SystemError) -> SupervisedService {
    guard let service = service(name) else { throw .notFound }
    return service
  }

  /// Starts a service; whoever asked hears when it is ready.
  private func begin(
    _ service: SupervisedService, _ waiter: Waiter
  ) throws(SystemError) -> Bool {
    start(service, isAwaited: service.isAwaited)
    switch service.machine.phase {
    case .running: return true
    case .idle, .stopped, .givenUp: throw .inputOutput
    case .starting, .waiting, .stopping: break
    }
    service.starters.append(waiter)
    service.readyDeadline = Deadline(
      nanoseconds: now &+ service.description.readyNanoseconds &+ ServiceLimits.killDelay)
    return false
  }
}
