// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Opening names below the kernel's schemes.

/// Opens `path` in `scheme` for the kernel itself, with all authority; without a thread the root
/// account pays.
func openKernelScheme(
  _ scheme: KernelScheme, path: StaticString, _ flags: OpenFlags, _ thread: Ref<Thread>?
) throws(SystemError) -> Ref<Description> {
  var opening = Opening(KernelPath(path), flags, mayManage: true, thread)
  return try opening.open(.root(scheme))
}

/// Opens `path` below a kernel scheme's file.
///
/// - Parameter mayManage: the handle of `file` has the manage right, and the opener is root's.
/// - Returns: a description whose one reference is the caller's.
func openKernel(
  _ file: KernelFile, _ path: UserSpan, _ flags: OpenFlags, mayManage: Bool, _ thread: Ref<Thread>
) throws(SystemError) -> Ref<Description> {
  var opening = Opening(try KernelPath(path, thread), flags, mayManage: mayManage, thread)
  return try opening.open(file)
}

/// Opens `path` below something that is no file: the other end of a pipe, the files of a process.
func openDerived(
  _ parent: Ref<Description>, _ path: UserSpan, _ flags: OpenFlags, _ thread: Ref<Thread>
) throws(SystemError) -> Ref<Description> {
  var opening = Opening(try KernelPath(path, thread), flags, mayManage: false, thread)
  switch parent.value.kind {
  case .pipe(let pipe, _):
    return try opening.openPipeEnd(of: pipe)
  case .process(let process):
    // Who has a handle of a process has authority over it.
    opening.mayManage = true
    return try opening.open(.processDirectory(process.name))
  case .unused, .opening, .file, .schemeManagement, .server, .memory, .events, .thread, .account,
    .namespace, .kernel:
    throw .notDirectory
  }
}

/// What a handle for a description that the kernel serves allows, opened with `flags`.
func kernelRights(_ description: Ref<Description>, _ flags: OpenFlags) -> Rights {
  switch description.value.kind {
  case .pipe(_, let isWriter):
    return .transfer | .wait | .traverse | (isWriter ? .write : .read)
  case .events:
    return .transfer | .wait | .read | .write
  case .memory:
    return flags.contains(.write) ? .everything : .transfer | .read | .map | .execute
  case .process:
    return .everything
  case .kernel(.authority), .kernel(.physicalMemory), .kernel(.firmwareTables):
    return fileRights(flags).union(.manage)
  case .kernel, .unused, .opening, .file, .schemeManagement, .server, .thread, .account,
    .namespace:
    return fileRights(flags)
  }
}

/// One open on its way: the path that is left and what the opener may do.
struct Opening {
  var path: KernelPath
  let flags: OpenFlags
  var mayManage: Bool
  let thread: Ref<Thread>?

  init(_ path: KernelPath, _ flags: OpenFlags, mayManage: Bool, _ thread: Ref<Thread>?) {
    self.path = path
    self.flags = flags
    self.mayManage = mayManage
    self.thread = thread
  }

  var account: Ref<Account>? { thread?.value.process?.value.account ?? kernel.rootAccount }

  mutating func open(_ file: KernelFile) throws(SystemError) -> Ref<Description> {
    switch file {
    case .root(let scheme):
      // The scheme itself, to be bound to a name in a namespace: with fewer rights, as a directory.
      if flags.contains(.directory), path.isAtEnd { return try makeDirectory(file) }
      return try open(scheme)
    case .interruptDirectory(let processor):
      return try openMessageInterrupt(processor: processor)
    case .clockDirectory(let clock):
      return try openClock(clock)
    case .firmwareDirectory:
      return try openFirmware()
    case .processDirectory(let name):
      return try openProcess(name)
    case .registerDirectory(let name):
      return try openRegisters(name)
    case .console, .bootProcessor, .anonymousMemory, .physicalMemory, .translation, .interrupt,
      .ports, .clock,
      .clockResolution, .timer, .system, .log, .control, .authority, .seed, .firmwareTables,
      .processStatus, .registers, .processMemory:
      throw .notDirectory
    }
  }

  private mutating func open(_ scheme: KernelScheme) throws(SystemError) -> Ref<Description> {
    switch scheme {
    case .debug: return try openConsole()
    case .event:
      try path.end()
      return try makeEventQueue(flags, account)
    case .memory: return try openMemory()
    case .pipe:
      try path.end()
      return try makePipe(flags, account)
    case .irq: return try openInterrupts()
    case .time: return try openTime()
    case .sys: return try openSystem()
    case .proc: return try openProcesses()
    }
  }

  /// A description of `file`; `isStream` if it has no offset.
  func make(_ file: KernelFile, isStream: Bool = false) throws(SystemError) -> Ref<Description> {
    let description = try newDescription(.kernel(file), account)
    description.value.openFlags = flags
    description.value.isStream = isStream
    return description
  }

  /// A description of a directory, which cannot be written.
  func makeDirectory(_ file: KernelFile) throws(SystemError) -> Ref<Description> {
    guard !flags.contains(.write) else { throw .isDirectory }
    return try make(file)
  }

  /// A description of something that can only be read.
  func makeText(_ file: KernelFile) throws(SystemError) -> Ref<Description> {
    guard !flags.contains(.write) else { throw .accessDenied }
    guard !flags.contains(.directory) else { throw .notDirectory }
    return try make(file)
  }

  /// `write` or `read` below either end of a pipe.
  mutating func openPipeEnd(of pipe: Ref<Pipe>) throws(SystemError) -> Ref<Description> {
    guard let end = path.next() else { throw .notFound }
    try path.end()
    if end.equals("write") { return try pipeEnd(pipe, isWriter: true, flags, account) }
    if end.equals("read") { return try pipeEnd(pipe, isWriter: false, flags, account) }
    throw .notFound
  }
}
