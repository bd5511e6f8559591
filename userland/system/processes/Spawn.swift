// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Runtime

/// A program to be started, and what it is given.
public struct Program: Sendable {
  /// The file; a name without a slash is not looked for in `PATH`.
  public var path: Text
  /// With the program's own name first.
  public var arguments: [Text]
  public var environment: [Text]
  /// Handles of this process and the numbers that the new one knows them by.
  public var handles: [(number: Handle, from: Handle)]
  /// This process's own unless it says otherwise.
  public var workingDirectory: Text?
  public var signalMask: UInt64?
  /// Who pays; this process's own account with `none`.
  public var account = Handle.none
  /// The scheme names that it can reach; this process's own with `none`.
  public var namespace = Handle.none
  /// Where its faults are told; nowhere with `none`.
  public var exceptions = Handle.none
  /// The process group: this process's own with `nil`, a new one of its own with zero.
  public var group: UInt32?
  /// Whether it leads a session of its own.
  public var beginsSession = false
  /// -20 ... 19.
  public var nice: Int?
  /// What a supervisor gives to a service: memory that outlives it, the pipe on which it tells that
  /// it is ready, the scheme that it serves.
  public var capsule = Handle.none
  public var readiness = Handle.none
  public var scheme = Handle.none
  /// Where the program lies, if not in the file `path`: before there are file systems.
  public var image: ProgramImage?
  /// Whom it runs as: this process's own user and group with `nil`.
  public var credentials: Credentials?

  /// A program with this process's standard handles and environment.
  @export(interface)
  public init(_ path: Text, _ arguments: [Text]) {
    self.path = path
    self.arguments = arguments
    environment = Environment.all
    handles = [
      (.standardInput, .standardInput), (.standardOutput, .standardOutput),
      (.standardError, .standardError),
    ]
  }
}

/// A program in a memory object, from a multiple of 4,096 on.
public struct ProgramImage: Sendable {
  public let memory: Handle
  public let start: UInt64
  public let byteCount: Int

  public init(memory: Handle, start: UInt64, byteCount: Int) {
    self.memory = memory
    self.start = start
    self.byteCount = byteCount
  }
}

/// A user and a group, real, effective and saved alike, further groups, and the right to give them.
public struct Credentials: Sendable {
  public let user: UInt32
  public let group: UInt32
  /// Beside `group`; at most 32.
  public let groups: [UInt32]
  /// A handle of `/scheme/sys/authority`.
  public let authority: Handle

  public init(user: UInt32, group: UInt32, groups: [UInt32] = [], authority: Handle) {
    self.user = user
    self.group = group
    self.groups = groups
    self.authority = authority
  }
}

extension Process {
  /// Starts a program as a child of this process.
  ///
  /// - Throws: what is wrong with the file, or with starting it. No process is left behind.
  @export(interface)
  public static func spawn(_ program: Program) throws(ExecutableError) -> Process {
    let loaded = try LoadedProgram.load(program)
    do throws(SystemError) {
      try loaded.transferHandles(program)
      try loaded.applyProperties(program)
      let number = try perform(
        GetProcess {
          $0.process = loaded.process.handle
          $0.property = .processNumber
        })
      let thread = try perform(
        CreateThread {
          $0.process = loaded.process.handle
          $0.entry = loaded.start.entry
          $0.stack = loaded.start.stackPointer
          $0.argument = loaded.start.stackPointer
        })
      performIgnoringErrors(Close { $0.handle = thread })
      return Process(loaded.takeProcess(), number: UInt32(truncatingIfNeeded: number))
    } catch {
      throw ExecutableError(error, program.path)
    }
  }

  /// Starts a program in place of this one: same process, handles that are not marked
  /// close-on-exec, credentials and parent. Returns only to throw.
  @export(interface)
  public static func replace(_ program: Program) throws(ExecutableError) -> Never {
    let loaded = try LoadedProgram.load(program)
    do throws(SystemError) {
      // The kernel gives this process the name of the one whose memory it takes.
      try setName(loaded.process.handle, Path.name(of: program.path))
      _ = try perform(
        ReplaceProgram {
          $0.source = loaded.process.handle
          $0.entry = loaded.start.entry
          $0.stack = loaded.start.stackPointer
          $0.argument = loaded.start.stackPointer
        })
    } catch {
      throw ExecutableError(error, program.path)
    }
    stop("a replaced program went on")
  }

  /// Makes a copy of this process with the calling thread alone.
  ///
  /// - Returns: the child's number, or `nil` in the child.
  /// - Throws: `quotaExceeded`, `outOfMemory`.
  @export(interface)
  public static func fork() throws(SystemError) -> UInt32? {
    // The heap is whole when it is copied: no other thread is inside it.
    let number = try withHeapLocked { () throws(SystemError) in try perform(Fork()) }
    if number != 0 { return UInt32(truncatingIfNeeded: number) }
    afterForkInChild()
    return nil
  }
}

/// A process with a program's memory and without a thread.
struct LoadedProgram: ~Copyable {
  private(set) var process: OwnedHandle
  let start: Loader.Start

  /// Numbers of what the runtime of the new process looks for.
  private static var firstRuntimeNumber: UInt32 { Handle.runtimeBase }

  private init(_ process: consuming OwnedHandle, _ start: Loader.Start) {
    self.process = process
    self.start = start
  }

  /// - Throws: what is wrong with the file, or with making a process.
  static func load(_ program: Program) throws(ExecutableError) -> LoadedProgram {
    guard !program.arguments.isEmpty else {
      throw ExecutableError(.invalidArgument, program.path)
    }
    var path = program.path
    var arguments = program.arguments
    var image = program.image
    // An interpreter may be a script, but not one of many.
    for _ in 0..<4 {
      let file = try open(image, path)
      image = nil
      guard let script = file.withBytes({ ScriptLine($0) }) else {
        return try load(program, file, path, arguments)
      }
      arguments = script.arguments(script: path, arguments)
      path = script.interpreter
    }
    throw ExecutableError(.tooManySymbolicLinks, program.path)
  }

  private static func open(
    _ image: ProgramImage?, _ path: Text
  ) throws(ExecutableError) -> ProgramFile {
    if let image { return try ProgramFile.inside(image, path) }
    return try ProgramFile.open(path)
  }

  private static func load(
    _ program: Program, _ file: borrowing ProgramFile, _ path: Text, _ arguments: [Text]
  ) throws(ExecutableError) -> LoadedProgram {
    var inheritance = Inheritance()
    if let directory = program.workingDirectory {
      inheritance.workingDirectory = WorkingDirectory.resolve(directory)
    }
    if let mask = program.signalMask { inheritance.signalMask = mask }
    inheritance.credentials = program.credentials
    for (index, given) in services(program).enumerated() {
      inheritance.handles.append(
        (given.tag, Handle(rawValue: firstRuntimeNumber + UInt32(index))))
    }
    let process: OwnedHandle
    do throws(SystemError) {
      process = try makeProcess(program.account)
    } catch {
      throw ExecutableError(error, path)
    }
    let start = try Loader(process.handle, path).load(
      file, arguments: arguments, environment: program.environment, inheritance)
    return LoadedProgram(process, start)
  }

  private static func makeProcess(_ account: Handle) throws(SystemError) -> OwnedHandle {
    OwnedHandle(try perform(CreateProcess { $0.account = account }))
  }

  /// What a supervisor gives, in the order of its numbers.
  private static func services(_ program: Program) -> [(tag: AuxiliaryTag, from: Handle)] {
    var given: [(tag: AuxiliaryTag, from: Handle)] = []
    if program.capsule != .none { given.append((.capsule, program.capsule)) }
    if program.readiness != .none { given.append((.readiness, program.readiness)) }
    if program.scheme != .none { given.append((.scheme, program.scheme)) }
    return given
  }

  /// Gives the new process its handles.
  borrowing func transferHandles(_ program: Program) throws(SystemError) {
    for entry in program.handles { try transfer(entry.from, to: entry.number) }
    for (index, given) in Self.services(program).enumerated() {
      try transfer(
        given.from, to: Handle(rawValue: Self.firstRuntimeNumber + UInt32(index)))
    }
  }

  private borrowing func transfer(_ handle: Handle, to number: Handle) throws(SystemError) {
    _ = try perform(
      TransferHandle {
        $0.process = process.handle
        $0.handle = handle
        $0.target = number
        $0.rights = .everything
      })
  }

  borrowing func applyProperties(_ program: Program) throws(SystemError) {
    let target = process.handle
    if program.namespace != .none {
      try Process.setProperty(target, .namespace, program.namespace.word)
    }
    if program.exceptions != .none {
      try Process.setProperty(target, .exceptionHandle, program.exceptions.word)
    }
    if let credentials = program.credentials { try apply(credentials) }
    if program.beginsSession {
      try Process.setProperty(target, .newSession, 0)
    } else if let group = program.group {
      try Process.setProperty(target, .group, UInt(group))
    }
    if let nice = program.nice {
      try Process.setProperty(target, .nice, UInt(bitPattern: nice + 20))
    }
    try Process.setName(target, Path.name(of: program.path))
  }

  /// The group first: whoever gives up the user may have given up the right to the group.
  private borrowing func apply(_ credentials: Credentials) throws(SystemError) {
    let target = process.handle
    try Process.setGroups(of: target, credentials.groups, credentials.authority)
    for property in [ProcessProperty.realGroup, .effectiveGroup, .savedGroup] {
      try Process.setProperty(
        target, property, UInt(credentials.group), credentials.authority)
    }
    for property in [ProcessProperty.realUser, .effectiveUser, .savedUser] {
      try Process.setProperty(target, property, UInt(credentials.user), credentials.authority)
    }
  }

  consuming func takeProcess() -> OwnedHandle { process }
}

extension Process {
  /// What listings show of `process`; `none` is this one.
  fileprivate static func setName(_ process: Handle, _ name: Text) throws(SystemError) {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<min(name.count, 31) { bytes[index] = name[index] }
    try bytes.span.withClaim { (claim) throws(SystemError) in
      try Process.setProperty(process, .name, claim.address)
    }
  }
}
