// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// A scheme served by a process: its queue of requests and its open descriptions.
///
/// Both belong to the scheme, not to the server. When a server dies, what it had taken goes back
/// to the queue, in order and marked `again`; clients keep waiting, and the next server to attach
/// goes on where the records in its capsule say.
struct Scheme: PoolObject {
  var slot = PoolSlot<Scheme>()
  /// Management handles, roots and other descriptions, sessions.
  var references: UInt32 = 0
  var managementHandles: UInt32 = 0
  var isPersistent = false
  /// Set while the scheme is given up: what every request is answered.
  var failure: SystemError?
  var account: Ref<Account>?

  /// Requests that no server has taken, oldest first.
  var queue = List<RequestRole>()
  /// Requests taken and not answered, oldest first.
  var taken = List<RequestRole>()
  /// Descriptions with news for the server, oldest first.
  var pending = List<PendingRole>()
  /// Taken requests whose client got a signal and whose server has not been told.
  var cancels = List<CancelRole>()
  var descriptions = List<SchemeDescriptionRole>()
  var servers = List<ServerRole>()
  /// The server thread that waits for a request and came last: its cache is warm. The others wait
  /// in the queue behind it, and all of them while the scheme is given up.
  private(set) var idleServer: Ref<Thread>?
  private var idleServers = ThreadQueue()
  /// The process that serves.
  var process: Ref<Process>?
  /// Request serial number, for the order in which returned requests are queued.
  var serial: UInt64 = 0
  /// Requests that a dying server had taken and not answered.
  var returned: UInt64 = 0
  /// Sessions that ended, and how many of them had such a request.
  var endings: UInt64 = 0
  var endingsServing: UInt64 = 0

  init() {}

  /// Nothing is to be told to a server before it may wait.
  @inline(__always)
  var hasNothingWaiting: Bool { queue.isEmpty && pending.isEmpty && cancels.isEmpty }

  // MARK: Idle servers

  /// `thread` waits for a request.
  @inline(__always)
  mutating func addIdleServer(_ thread: Ref<Thread>) {
    if let other = idleServer { idleServers.append(other) }
    idleServer = thread
  }

  /// Takes the one that came last out.
  @inline(__always)
  mutating func removeIdleServer() {
    idleServer = nil
    if !idleServers.isEmpty { takeNextIdleServer() }
  }

  /// `thread` waits for a request, though none will come while the scheme is given up.
  mutating func holdIdleServer(_ thread: Ref<Thread>) { idleServers.append(thread) }

  /// The scheme is given up: no request goes to a server.
  fileprivate mutating func holdIdleServers() {
    guard let thread = idleServer else { return }
    idleServers.append(thread)
    idleServer = nil
  }

  /// The scheme is served again.
  mutating func releaseIdleServers() {
    if idleServer == nil { takeNextIdleServer() }
  }

  /// One that waits through the session `server`.
  func idleServer(of server: Ref<Server>) -> Ref<Thread>? {
    if let thread = idleServer, thread.value.server == server { return thread }
    var next = idleServers.first
    while let thread = next {
      if thread.value.server == server { return thread }
      next = idleServers.next(after: thread)
    }
    return nil
  }

  /// Takes one out that no longer waits.
  mutating func removeIdleServer(_ thread: Ref<Thread>) {
    if thread == idleServer { removeIdleServer() } else { idleServers.remove(thread) }
  }

  @inline(never)
  private mutating func takeNextIdleServer() {
    guard let next = idleServers.last else { return }
    idleServers.remove(next)
    idleServer = next
  }

  fileprivate mutating func forgetIdleServers() {
    idleServer = nil
    idleServers = ThreadQueue()
  }
}

/// One server thread's session: where requests for it are written.
struct Server: PoolObject {
  var slot = PoolSlot<Server>()
  var scheme: Ref<Scheme>?
  var process: Ref<Process>?
  /// What the server's handle stands for: event queues that watch it hear of requests.
  var description: Ref<Description>?
  /// The message area: wired, so its pages are there and stay.
  var area: Ref<MemoryObject>?
  /// The area's first page, where the request record goes.
  var firstPage = PhysicalAddress(0) {
    didSet {
      page = PageOf(firstPage)
      inputAddress = firstPage.kernelAddress &+ UInt(SchemeRequest.byteCount)
    }
  }
  /// The same as the kernel sees it, and where the client's data goes.
  private(set) var page = PageOf<SchemeRequest>(PhysicalAddress(0))
  private(set) var inputAddress: UInt = 0
  var areaBytes: Int = 0
  /// The client whose request it was handed directly and has not answered; see `Direct.swift`.
  var direct: Ref<Thread>?
  var link = Link<Server>()
  /// Requests taken through this session and not answered.
  var outstanding: UInt32 = 0
  init() {}
}

/// `Server.link`.
enum ServerRole: LinkRole {
  static func link(of element: Ref<Server>) -> Link<Server> { element.value.link }
  static func setLink(of element: Ref<Server>, _ link: Link<Server>) { element.value.link = link }
}

extension Ref where T == Scheme {
  static func make(_ flags: SchemeFlags, _ account: Ref<Account>?) throws(SystemError) -> Self {
    let scheme = try takeObject(&kernel.schemes)
    scheme.value.references = 0
    scheme.value.managementHandles = 0
    scheme.value.isPersistent = flags.contains(.persistent)
    scheme.value.failure = nil
    scheme.value.account = account
    account?.retain()
    scheme.value.queue = List()
    scheme.value.taken = List()
    scheme.value.pending = List()
    scheme.value.cancels = List()
    scheme.value.descriptions = List()
    scheme.value.servers = List()
    scheme.value.forgetIdleServers()
    scheme.value.process = nil
    scheme.value.serial = 0
    scheme.value.returned = 0
    scheme.value.endings = 0
    scheme.value.endingsServing = 0
    return scheme
  }

  @inline(__always)
  func keep() { value.references &+= 1 }

  func dropReference() {
    value.references &-= 1
    guard value.references == 0 else { return }
    assert(value.queue.isEmpty && value.taken.isEmpty && value.pending.isEmpty)
    value.account?.drop()
    value.account = nil
    kernel.schemes.put(self)
  }

  /// The last management handle closing ends a scheme that nobody serves: nobody can revive it.
  func closeManagement() {
    value.managementHandles &-= 1
    if value.managementHandles == 0, value.servers.isEmpty { fail(.noDevice) }
    dropReference()
  }

  /// Answers every request that waits, and every later one, with `error`.
  func fail(_ error: SystemError) {
    value.failure = error
    value.holdIdleServers()
    keep()
    while let request = value.queue.popFirst() { finish(request, CallResult(error).rawValue) }
    var next = value.servers.first
    while let server = next {
      next = value.servers.next(after: server)
      settleDirect(server)
    }
    while let request = value.taken.first {
      value.taken.remove(request)
      finish(request, CallResult(error).rawValue)
    }
    while let description = value.pending.popFirst() { settleNews(description, in: self) }
    dropReference()
  }
}

extension Ref where T == Server {
  /// Something waits for a server of this scheme.
  var hasWork: Bool {
    guard let scheme = value.scheme else { return true }
    return !scheme.value.queue.isEmpty || !scheme.value.cancels.isEmpty
      || scheme.value.pending.first?.value.pending.takenBy == nil && !scheme.value.pending.isEmpty
  }
}

/// Ends a server's session. What it had taken goes back to the front of the queue, in order.
func detach(_ server: Ref<Server>) {
  guard let scheme = server.value.scheme else { return }
  scheme.value.servers.remove(server)
  dismissIdle(of: server, from: scheme)
  settleDirect(server)
  returnRequests(of: server, to: scheme)
  returnNews(of: server, to: scheme)
  server.value.area?.release()
  server.value.area = nil
  server.value.scheme = nil
  server.value.description = nil
  kernel.servers.put(server)
  if scheme.value.servers.isEmpty {
    scheme.value.process = nil
    notifyRestart(of: scheme)
    if !scheme.value.isPersistent || scheme.value.managementHandles == 0 {
      scheme.fail(.inputOutput)
    }
  }
  scheme.dropReference()
}

/// Threads that wait for a request through a session that ends have no handle for it any more. What
/// they answered on the way to their wait is answered, so their calls are not made again.
private func dismissIdle(of server: Ref<Server>, from scheme: Ref<Scheme>) {
  while let thread = scheme.value.idleServer(of: server) {
    scheme.value.removeIdleServer(thread)
    wake(thread, result: CallResult(.badHandle).rawValue)
  }
}

private func returnRequests(of server: Ref<Server>, to scheme: Ref<Scheme>) {
  let before = scheme.value.returned
  var next = scheme.value.taken.last
  while let request = next {
    next = scheme.value.taken.previous(before: request)
    guard request.value.server == server else { continue }
    scheme.value.taken.remove(request)
    request.value.server = nil
    // Whoever takes it next is told of the signal then.
    if request.value.cancelLink.isLinked { scheme.value.cancels.remove(request) }
    request.value.record.flags |= SchemeRequest.again
    scheme.value.returned &+= 1
    kernel.statistics.requestsReturned &+= 1
    if request.value.client == nil,
      request.value.record.operation != SchemeOperation.supply.rawValue
    {
      request.free(to: nil)
    } else {
      scheme.value.queue.prepend(request)
    }
  }
  scheme.value.endings &+= 1
  if scheme.value.returned != before { scheme.value.endingsServing &+= 1 }
}

private func returnNews(of server: Ref<Server>, to scheme: Ref<Scheme>) {
  var next = scheme.value.pending.first
  while let description = next {
    next = scheme.value.pending.next(after: description)
    if description.value.pending.takenBy == server { description.value.pending.takenBy = nil }
  }
}

/// Armed events fire once when the server behind a description is replaced.
private func notifyRestart(of scheme: Ref<Scheme>) {
  var next = scheme.value.descriptions.first
  while let description = next {
    next = scheme.value.descriptions.next(after: description)
    if !description.value.watches.isEmpty {
      description.value.pending.hasNewInterest = true
      queueNews(description, scheme)
      notify(description, .restarted)
    }
  }
}

// MARK: News: what a server is told about a description without a client waiting

/// Puts `description` in the list of those with news, if it is not there.
func queueNews(_ description: Ref<Description>, _ scheme: Ref<Scheme>) {
  guard !description.value.pendingLink.isLinked else { return }
  scheme.value.pending.append(description)
  wakeServer(of: scheme)
}

/// Starts the close of a user scheme's file: the description stays until the server has heard.
/// - Returns: false if there is no server to tell, now or later.
func queueClose(_ description: Ref<Description>, _ scheme: Ref<Scheme>) -> Bool {
  scheme.value.descriptions.remove(description)
  guard scheme.value.failure == nil else {
    if description.value.pendingLink.isLinked { scheme.value.pending.remove(description) }
    return false
  }
  description.value.pending.isClosed = true
  description.value.references = 1
  queueNews(description, scheme)
  return true
}

/// What watchers want of this description changed: its server is to hear.
func interestChanged(_ description: Ref<Description>) {
  guard case .file(let scheme) = description.value.kind, scheme.value.failure == nil else { return }
  description.value.pending.hasNewInterest = true
  queueNews(description, scheme)
}

/// Finishes news that a server answered, or that nobody will hear any more.
func settleNews(_ description: Ref<Description>, in scheme: Ref<Scheme>) {
  description.value.pending.hasNewInterest = false
  description.value.pending.takenBy = nil
  guard description.value.pending.isClosed else { return }
  description.value.pending.isClosed = false
  freeDescription(description)
  scheme.dropReference()
}
