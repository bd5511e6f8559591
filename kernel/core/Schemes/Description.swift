// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// An open description: what handles stand for. Everything a handle can name is one, so that
/// closing, passing, duplicating and waiting work alike for all of them.
struct Description: PoolObject {
  var slot = PoolSlot<Description>()
  var kind = DescriptionKind.unused { didSet { noteKind() } }
  /// What `kind` says, for those two that every request asks for: the scheme of a file that is not
  /// stale, and a server's session.
  private(set) var liveScheme: Ref<Scheme>?
  private(set) var session: Ref<Server>?
  /// Handles, bound names, mappings and requests that use it.
  var references: UInt32 = 0
  var openFlags = OpenFlags()
  /// Who pays for it.
  var account: Ref<Account>?

  // The handle's own offset.
  var offset: UInt64 = 0
  /// A stream has none.
  var isStream = false
  /// A request that will move the offset is under way; others wait their turn.
  var isOffsetBusy = false
  var waiters = ThreadQueue()

  // Descriptions of a user scheme.
  /// The server's own word.
  var word: UInt64 = 0
  /// Requests made so far.
  var sequence: UInt64 = 0
  /// Revoked: every operation answers `gone`.
  var isStale = false { didSet { noteKind() } }
  var schemeLink = Link<Description>()
  /// Place among the descriptions that have news for the server: a close, a change of interest.
  var pendingLink = Link<Description>()
  var pending = PendingNews()
  /// The memory object that the server gave for mapping the file.
  var memory: Ref<MemoryObject>?
  var memoryRights = Rights()
  /// Where in that object the file begins, in bytes, a multiple of 4,096; and how long it is.
  var memoryOffset: UInt64 = 0
  var memoryLength: UInt64 = 0

  /// Events that watchers of a user scheme's file want, as the server last heard.
  var wantedEvents = EventSet()
  /// Who wants to hear of events.
  var watches = List<DescriptionWatchRole>()
  /// Once it is closed: threads that are still to be woken, and its place among those like it.
  var wakes = 0
  var closingLink = Link<Description>()

  init() {}

  /// Whether what the server said of its memory is enough for these bytes of the file: a file that
  /// has grown since may have more. What lies behind its part of the object belongs to others.
  func canMap(_ offset: UInt64, _ length: UInt64) -> Bool {
    if memoryLength == UInt64.max { return true }
    return offset <= memoryLength && length <= (memoryLength &- offset &+ 4095) & ~4095
  }

  private mutating func noteKind() {
    liveScheme = nil
    session = nil
    switch kind {
    case .file(let scheme): liveScheme = isStale ? nil : scheme
    case .server(let server): session = server
    case .unused, .opening, .schemeManagement, .memory, .pipe, .events, .process, .thread, .account,
      .namespace, .kernel:
      break
    }
  }
}

extension Ref where T == Description {
  /// What identifies the description within its scheme, for servers.
  @inline(__always)
  var name: UInt64 { UInt64(value.slot.generation) << 32 | UInt64(value.slot.index) }
}

/// What a server has still to be told about a description.
struct PendingNews: BitwiseCopyable {
  /// The last handle is closed; the description lives until the server has answered.
  var isClosed = false
  var hasNewInterest = false
  /// The server that has the news now was told of the close, not of something earlier.
  var isCloseTaken = false
  /// A server has taken the news and not answered.
  var takenBy: Ref<Server>?
  init() {}
}

enum DescriptionKind: BitwiseCopyable {
  case unused
  /// Made for an open that its server has not answered.
  case opening(Ref<Scheme>)
  /// A file of a user scheme.
  case file(Ref<Scheme>)
  /// The right to manage a scheme.
  case schemeManagement(Ref<Scheme>)
  /// A server's session.
  case server(Ref<Server>)
  case memory(Ref<MemoryObject>)
  case pipe(Ref<Pipe>, isWriter: Bool)
  case events(Ref<EventQueue>)
  case process(Ref<Process>)
  case thread(Ref<Thread>)
  case account(Ref<Account>)
  case namespace(Ref<Namespace>)
  /// A file of a kernel scheme; see `KernelFile`.
  case kernel(KernelFile)
}

/// `Description.schemeLink`: a scheme's open descriptions.
enum SchemeDescriptionRole: LinkRole {
  static func link(of element: Ref<Description>) -> Link<Description> { element.value.schemeLink }
  static func setLink(of element: Ref<Description>, _ link: Link<Description>) {
    element.value.schemeLink = link
  }
}

/// `Description.pendingLink`.
enum PendingRole: LinkRole {
  static func link(of element: Ref<Description>) -> Link<Description> { element.value.pendingLink }
  static func setLink(of element: Ref<Description>, _ link: Link<Description>) {
    element.value.pendingLink = link
  }
}
