// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// Going through all descriptions of a scheme: to signal events, to revoke, and to tell of a restart
// or the end. There may be thousands, so it is done in steps. One walk at a time: who wants another
// helps the one under way first.

/// How far a walk through a scheme's descriptions is.
struct SchemeWalk: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case none
    /// Tells watchers that the server was replaced, or that the scheme is given up.
    case restart
    case failure
    case signal
    case revoke
  }

  fileprivate(set) var kind = Kind.none
  /// The next description; nil at the end.
  fileprivate var next: Ref<Description>?
  fileprivate var word: UInt64 = 0
  fileprivate var events = EventSet()
  /// Descriptions that were revoked.
  fileprivate var count: UInt = 0
  /// Whose call it is, and which of its.
  fileprivate var thread: Ref<Thread>?
  fileprivate var number: UInt64 = 0

  init() {}

  /// Nobody's call.
  var isKernels: Bool { kind == .restart || kind == .failure }

  fileprivate mutating func begin(_ kind: Kind, at first: Ref<Description>?) {
    self.kind = kind
    next = first
    count = 0
    thread = nil
  }
}

/// What a thread knows of a walk that its call began. A signal in between has it forgotten, and the
/// call begins again.
struct OwnWalk: BitwiseCopyable {
  /// Its number, or zero; whether it is over, and its count then.
  fileprivate var number: UInt64 = 0
  fileprivate var isOver = false
  fileprivate var count: UInt = 0

  init() {}
}

/// How much one entry does, and what telling a watch costs compared with looking at a description
/// that is not meant.
private let walkLimit = 1_024
private let costOfWatch = 32

extension Ref where T == Scheme {
  /// Goes through the descriptions with the server word `word`, as the call of `thread`.
  ///
  /// - Returns: how many were revoked.
  /// - Throws: `restart` until all have been seen.
  func walk(
    _ kind: SchemeWalk.Kind, _ word: UInt64, _ events: EventSet, _ thread: Ref<Thread>
  ) throws(SystemError) -> UInt {
    var left = walkLimit
    if let count = takeResult(of: thread) { return count }
    if value.walk.kind == .none {
      value.walk.begin(kind, at: value.descriptions.first)
      value.walk.word = word
      value.walk.events = events
      value.walk.thread = thread
      kernel.schemeWalks &+= 1
      value.walk.number = kernel.schemeWalks
      thread.value.walk.number = kernel.schemeWalks
      thread.value.walk.isOver = false
    }
    if walkOn(&left), let count = takeResult(of: thread) { return count }
    throw .restart
  }

  /// What the walk that this call began came to, if it is over.
  private func takeResult(of thread: Ref<Thread>) -> UInt? {
    guard thread.value.walk.number != 0, thread.value.walk.isOver else { return nil }
    thread.value.walk.number = 0
    return thread.value.walk.count
  }

  /// Takes the next steps of the walk under way, or begins the one that the kernel wants.
  func helpWalk(_ left: inout Int) {
    if value.walk.kind == .none {
      value.walk.begin(value.nextWalk, at: value.descriptions.first)
      value.nextWalk = .none
    }
    _ = walkOn(&left)
  }

  /// Takes the next steps of the walk under way.
  /// - Returns: true if that was the last.
  private func walkOn(_ left: inout Int) -> Bool {
    while let description = value.walk.next {
      if left <= 0 { return false }
      value.walk.next = value.descriptions.next(after: description)
      left &-= 1
      visit(description, &left)
    }
    value.walk.kind = .none
    if let thread = value.walk.thread, thread.value.walk.number == value.walk.number {
      thread.value.walk.isOver = true
      thread.value.walk.count = value.walk.count
    }
    value.walk.thread = nil
    return true
  }

  private func visit(_ description: Ref<Description>, _ left: inout Int) {
    let isWatched = !description.value.watches.isEmpty
    switch value.walk.kind {
    case .none:
      return
    case .restart:
      guard isWatched else { return }
      description.value.pending.hasNewInterest = true
      queueNews(description, self)
      notify(description, .restarted)
    case .failure:
      if isWatched { notify(description, .hangUp | .error) }
    case .signal:
      guard isWatched, description.value.word == value.walk.word else { return }
      notify(description, value.walk.events)
    case .revoke:
      guard description.value.word == value.walk.word, !description.value.isStale else { return }
      description.value.isStale = true
      value.walk.count &+= 1
      if isWatched { notify(description, .hangUp | .error) }
    }
    left &-= description.value.watches.count &* costOfWatch
  }

  /// `description` leaves the list of the scheme's descriptions.
  func leaveWalk(_ description: Ref<Description>) {
    if value.walk.next == description {
      value.walk.next = value.descriptions.next(after: description)
    }
  }
}
