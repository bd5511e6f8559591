// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// What happens to a scheme when a server's session ends, and when it is given up. Either may concern
// thousands of requests and descriptions, so it is done in steps, at the next kernel entries, whoever
// makes them. Until it is done no server takes anything.

/// `Scheme.choreLink`.
enum BusySchemeRole: LinkRole {
  static func link(of element: Ref<Scheme>) -> Link<Scheme> { element.value.choreLink }
  static func setLink(of element: Ref<Scheme>, _ link: Link<Scheme>) {
    element.value.choreLink = link
  }
}

/// How much one entry does. Finishing a request unpins its pages and wakes its client.
private enum Cost {
  static let limit = 128
  static let giveBack = 2
  static let dismiss = 4
  static let finish = 8
}

/// Ends a server's session. What it had taken goes back to the front of the queue, in the order in
/// which clients asked.
func detach(_ server: Ref<Server>) {
  guard let scheme = server.value.scheme else { return }
  scheme.value.servers.remove(server)
  scheme.value.doubtIdleServers()
  settleDirect(server)
  scheme.value.endings &+= 1
  if !server.value.taken.isEmpty { scheme.value.endingsServing &+= 1 }
  if scheme.value.leaving.isEmpty { scheme.value.beginReturning() }
  scheme.value.leaving.append(server)
  server.value.hasEnded = true
  server.value.area?.release()
  server.value.area = nil
  server.value.description = nil
  if scheme.value.servers.isEmpty {
    scheme.value.process = nil
    scheme.value.nextWalk = .restart
    if !scheme.value.isPersistent || scheme.value.managementHandles == 0 {
      return scheme.fail(.inputOutput)
    }
  }
  scheme.beginChores()
}

extension Ref where T == Scheme {
  /// Answers every request that waits, and every later one, with `error`.
  func fail(_ error: SystemError) {
    value.failure = error
    value.holdIdleServers()
    // A server that answers directly would wait for the next request the direct way.
    var next = value.servers.first
    while let server = next {
      next = value.servers.next(after: server)
      settleDirect(server)
    }
    value.isFailing = true
    value.nextWalk = .failure
    beginChores()
  }

  /// What servers may take is not all there yet, or is going to be answered by the kernel.
  @inline(__always)
  var hasOldWork: Bool { value.isDoubting || !value.leaving.isEmpty || value.isFailing }

  private var hasWalk: Bool { value.nextWalk != .none || value.walk.isKernels }

  /// Lets the next entries do what there is to do.
  func beginChores() {
    if value.choreLink.isLinked { return }
    keep()
    kernel.memory.backlog.schemes.append(self)
    kernel.memory.backlog.isEmpty = false
  }

  /// Does one step.
  func workOff() {
    var left = Cost.limit
    while left > 0, value.isDoubting { dismissNext(&left) }
    while left > 0, !value.isDoubting, let server = value.leaving.first { giveBack(server, &left) }
    while left > 0, !value.isDoubting, value.leaving.isEmpty, value.isFailing { failNext(&left) }
    if left > 0, !hasOldWork, hasWalk { helpWalk(&left) }
    if left > 0, !hasOldWork, !hasWalk {
      value.releaseIdleServers()
      if value.hasWorkForIdleServer { wakeServer(of: self) }
    }
    kernel.memory.backlog.schemes.remove(self)
    if hasOldWork || hasWalk || value.hasWorkForIdleServer {
      kernel.memory.backlog.schemes.append(self)
    } else {
      dropReference()
    }
  }

  /// A thread that waits for a request through a session that has ended has no handle for it any
  /// more. What it answered on the way to its wait is answered, so its call is not made again.
  private func dismissNext(_ left: inout Int) {
    left &-= Cost.dismiss
    guard let thread = value.nextDoubtful() else { return }
    if thread.value.server?.value.hasEnded ?? true {
      endServing(thread)
      wake(thread, result: CallResult(.badHandle).rawValue)
    } else {
      value.holdIdleServer(thread)
    }
  }

  /// The last thing that an ended session had taken goes back; or the session is over.
  private func giveBack(_ server: Ref<Server>, _ left: inout Int) {
    left &-= Cost.giveBack
    if let request = server.value.taken.last {
      guard value.findPlace(of: request) else { return }
      server.value.taken.remove(request)
      giveBack(request)
    } else if let description = server.value.told.last {
      server.value.told.remove(description)
      description.value.pending.takenBy = nil
      value.pending.prepend(description)
    } else {
      value.leaving.remove(server)
      value.beginReturning()
      server.value.scheme = nil
      kernel.servers.put(server)
      dropReference()
    }
  }

  private func giveBack(_ request: Ref<Request>) {
    request.value.server = nil
    // Whoever takes it next is told of the signal then.
    if request.value.cancelLink.isLinked { value.cancels.remove(request) }
    request.value.record.flags |= SchemeRequest.again
    value.returned &+= 1
    kernel.statistics.requestsReturned &+= 1
    if request.value.client == nil,
      request.value.record.operation != SchemeOperation.supply.rawValue
    {
      request.free(to: nil)
    } else {
      value.putBack(request)
    }
  }

  /// The next one is told that the scheme is given up; or all have been.
  private func failNext(_ left: inout Int) {
    let result = CallResult(value.failure ?? .inputOutput).rawValue
    left &-= Cost.finish
    if let request = value.takeFirst() { return finish(request, result) }
    if let description = value.pending.popFirst() { return settleNews(description, in: self) }
    var next = value.servers.first
    while let server = next {
      next = value.servers.next(after: server)
      if let request = server.value.taken.popFirst() { return finish(request, result) }
      if let description = server.value.told.popFirst() {
        return settleNews(description, in: self)
      }
    }
    if closeNextKept() { value.isFailing = false }
  }
}

extension Ref where T == Scheme {
  /// Requests taken and not answered.
  var takenCount: Int {
    var count = 0
    var next = value.servers.first
    while let server = next {
      next = value.servers.next(after: server)
      count &+= server.value.taken.count
    }
    return count
  }
}

extension Scheme {
  /// A server thread waits though there is something to take.
  fileprivate var hasWorkForIdleServer: Bool {
    idleServer != nil && failure == nil
      && (!queue.isEmpty || !pending.isEmpty || !cancels.isEmpty)
  }
}
