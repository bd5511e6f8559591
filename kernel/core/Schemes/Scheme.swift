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
  /// Descriptions with news that no server has taken, oldest first.
  var pending = List<PendingRole>()
  /// Taken requests whose client got a signal and whose server has not been told.
  var cancels = List<CancelRole>()
  var descriptions = List<SchemeDescriptionRole>()
  var servers = List<ServerRole>()
  /// Handles that outlive servers; see `Kept.swift`. How far closing them has come.
  var kept = HandleRange()
  var keptSearch: UInt32 = 0
  /// The server thread that waits for a request and came last: its cache is warm. The others wait
  /// in the queue behind it, and all of them while the scheme is given up.
  private(set) var idleServer: Ref<Thread>?
  private var idleServers = ThreadQueue()
  /// The last of those threads that may wait through a session that has ended; nil when all have
  /// been looked at.
  private var lastDoubtful: Ref<Thread>?
  /// Sessions that have ended, whose requests are going back to the queue.
  var leaving = List<ServerRole>()
  /// The queue begins with requests that came back, by arrival, up to this one.
  private var lastReturned: Ref<Request>?
  /// The one behind which the next request is to go back, as far as is known.
  private(set) var returnPlace: Ref<Request>?
  /// Given up, and not everybody has been told.
  var isFailing = false
  /// What goes through the descriptions, a few at a time, and what is to do so next.
  var walk = SchemeWalk()
  var nextWalk = SchemeWalk.Kind.none
  /// Place among the schemes with something to do at coming kernel entries.
  var choreLink = Link<Scheme>()
  /// The process that serves.
  var process: Ref<Process>?
  /// Requests that a dying server had taken and not answered.
  var returned: UInt64 = 0
  /// Sessions that ended, and how many of them had such a request.
  var endings: UInt64 = 0
  var endingsServing: UInt64 = 0

  init() {}

  /// Nothing is to be told to a server before it may wait.
  @inline(__always)
  var hasNothingWaiting: Bool { queue.count | pending.count | cancels.count == 0 }

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
  mutating func holdIdleServers() {
    guard let thread = idleServer else { return }
    idleServers.append(thread)
    idleServer = nil
  }

  /// The scheme is served again.
  mutating func releaseIdleServers() {
    if idleServer == nil { takeNextIdleServer() }
  }

  /// A session has ended: who waits through it is found out one by one, by `nextDoubtful`.
  mutating func doubtIdleServers() {
    holdIdleServers()
    lastDoubtful = idleServers.last
  }

  @inline(__always) var isDoubting: Bool { lastDoubtful != nil }

  /// Takes the next of those out who may wait through a session that has ended.
  mutating func nextDoubtful() -> Ref<Thread>? {
    guard let lastDoubtful, let thread = idleServers.first else { return nil }
    if thread == lastDoubtful { self.lastDoubtful = nil }
    idleServers.remove(thread)
    return thread
  }

  /// Takes one out that no longer waits.
  mutating func removeIdleServer(_ thread: Ref<Thread>) {
    if thread == idleServer { return removeIdleServer() }
    if thread == lastDoubtful { lastDoubtful = idleServers.previous(before: thread) }
    idleServers.remove(thread)
  }

  @inline(never)
  private mutating func takeNextIdleServer() {
    guard failure == nil, let next = idleServers.last, next != lastDoubtful else { return }
    idleServers.remove(next)
    idleServer = next
  }

  fileprivate mutating func forget() {
    idleServer = nil
    idleServers = ThreadQueue()
    lastDoubtful = nil
    lastReturned = nil
    returnPlace = nil
  }

  // MARK: The queue

  /// Takes the oldest request that no server has taken.
  mutating func takeFirst() -> Ref<Request>? {
    guard let request = queue.popFirst() else { return nil }
    if request == lastReturned { lastReturned = nil }
    return request
  }

  /// Takes out a request that nobody will serve.
  mutating func withdraw(_ request: Ref<Request>) {
    if request == lastReturned { lastReturned = queue.previous(before: request) }
    if request == returnPlace { returnPlace = queue.previous(before: request) }
    queue.remove(request)
  }

  /// Requests of another session begin to come back, the latest first.
  mutating func beginReturning() { returnPlace = lastReturned }

  /// Brings `returnPlace` nearer to where `request` belongs.
  /// - Returns: whether it is there.
  mutating func findPlace(of request: Ref<Request>) -> Bool {
    if let place = returnPlace, place.value.arrival > request.value.arrival {
      returnPlace = queue.previous(before: place)
      return false
    }
    guard returnPlace != lastReturned, let next = firstBehindPlace,
      next.value.arrival < request.value.arrival
    else { return true }
    // Not in order itself, as it had come back before.
    returnPlace = lastReturned
    return false
  }

  /// Puts a request back that a session had taken.
  mutating func putBack(_ request: Ref<Request>) {
    if let next = firstBehindPlace {
      queue.insert(request, before: next)
    } else {
      queue.append(request)
    }
    if returnPlace == lastReturned { lastReturned = request }
  }

  private var firstBehindPlace: Ref<Request>? {
    guard let returnPlace else { return queue.first }
    return queue.next(after: returnPlace)
  }

  /// Sessions at one scheme: each is told when something comes and nobody waits for it.
  static let sessionLimit = 32
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
  /// The area's second page, if it has one, as the kernel sees it.
  var secondPageAddress: UInt = 0
  var secondPageBytes: UInt = 0
  /// The client whose request it was handed directly and has not answered; see `Direct.swift`.
  var direct: Ref<Thread>?
  var link = Link<Server>()
  /// What it has taken and not answered, oldest first: requests, and descriptions' news.
  var taken = List<RequestRole>()
  var told = List<PendingRole>()
  /// Its handle is closed: what it had is being given back.
  var hasEnded = false
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
    scheme.value.pending = List()
    scheme.value.cancels = List()
    scheme.value.descriptions = List()
    scheme.value.servers = List()
    scheme.value.kept = HandleRange()
    scheme.value.kept.limit = Scheme.keptLimit
    scheme.value.keptSearch = 0
    scheme.value.forget()
    scheme.value.leaving = List()
    scheme.value.isFailing = false
    scheme.value.walk = SchemeWalk()
    scheme.value.nextWalk = .none
    scheme.value.choreLink = Link()
    scheme.value.process = nil
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
    assert(value.queue.isEmpty && value.pending.isEmpty && value.leaving.isEmpty)
    value.kept.freePages(value.account)
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
}

extension Ref where T == Server {
  /// Something waits for a server of this scheme.
  var hasWork: Bool {
    guard let scheme = value.scheme else { return true }
    if scheme.hasOldWork { return false }
    return !scheme.value.queue.isEmpty || !scheme.value.cancels.isEmpty
      || !scheme.value.pending.isEmpty
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
  scheme.leaveWalk(description)
  scheme.value.descriptions.remove(description)
  guard scheme.value.failure == nil else {
    if description.value.pendingLink.isLinked { forgetNews(description, scheme) }
    return false
  }
  description.value.pending.isClosed = true
  description.value.references = 1
  queueNews(description, scheme)
  return true
}

/// Takes a description with news out of the list that it is in.
private func forgetNews(_ description: Ref<Description>, _ scheme: Ref<Scheme>) {
  if let server = description.value.pending.takenBy {
    server.value.told.remove(description)
  } else {
    scheme.value.pending.remove(description)
  }
}

/// What watchers want of this description changed: its server is to hear.
func interestChanged(_ description: Ref<Description>) {
  guard case .file(let scheme) = description.value.kind else { return }
  if scheme.value.failure != nil { return notify(description, .hangUp | .error) }
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
