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

/// How much one entry does. Finishing a request unpins its pages and wakes its client; handing one
/// over may copy as much as a message area holds.
private enum Chore {
  static let limit = 128
  static let giveBack = 2
  static let settle = 2
  static let finish = 8
}

/// Ends a server's session. What it had taken goes back to the front of the queue, in order.
func detach(_ server: Ref<Server>) {
  guard let scheme = server.value.scheme else { return }
  scheme.value.servers.remove(server)
  dismissIdle(of: server, from: scheme)
  settleDirect(server)
  scheme.value.endings &+= 1
  if !server.value.taken.isEmpty { scheme.value.endingsServing &+= 1 }
  scheme.value.leaving.append(server)
  server.value.area?.release()
  server.value.area = nil
  server.value.description = nil
  if scheme.value.servers.isEmpty {
    scheme.value.process = nil
    scheme.value.walk.begin(.restart, at: scheme.value.descriptions.first)
    if !scheme.value.isPersistent || scheme.value.managementHandles == 0 {
      return scheme.fail(.inputOutput)
    }
  }
  scheme.beginChores()
}

/// Threads that wait for a request through a session that ends have no handle for it any more. What
/// they answered on the way to their wait is answered, so their calls are not made again.
private func dismissIdle(of server: Ref<Server>, from scheme: Ref<Scheme>) {
  while let thread = scheme.value.idleServer(of: server) {
    scheme.value.removeIdleServer(thread)
    endServing(thread)
    wake(thread, result: CallResult(.badHandle).rawValue)
  }
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
    beginChores()
  }

  /// What servers may take is not all there yet, or is going to be answered by the kernel.
  @inline(__always)
  var hasOldWork: Bool { !value.leaving.isEmpty || value.isFailing }

  private var hasChores: Bool {
    hasOldWork || value.walk.kind == .restart || value.hasWorkForIdleServer
  }

  /// Lets the next entries do what there is to do.
  func beginChores() {
    if value.choreLink.isLinked { return }
    keep()
    kernel.memory.backlog.schemes.append(self)
    kernel.memory.backlog.isEmpty = false
  }

  /// Does one step.
  func workOff() {
    var left = Chore.limit
    while left > 0, let server = value.leaving.first { giveBack(server, &left) }
    while left > 0, value.leaving.isEmpty, value.isFailing { failNext(&left) }
    if left > 0, !hasOldWork, value.walk.kind == .restart { _ = walkOn(&left) }
    if left > 0, !hasOldWork, value.walk.kind != .restart, value.hasWorkForIdleServer {
      wakeServer(of: self)
    }
    kernel.memory.backlog.schemes.remove(self)
    if hasChores {
      kernel.memory.backlog.schemes.append(self)
    } else {
      dropReference()
    }
  }

  /// The last thing that an ended session had taken goes back; or the session is over.
  private func giveBack(_ server: Ref<Server>, _ left: inout Int) {
    left &-= Chore.giveBack
    if let request = server.value.taken.last {
      server.value.taken.remove(request)
      giveBack(request)
    } else if let description = server.value.told.last {
      server.value.told.remove(description)
      description.value.pending.takenBy = nil
      value.pending.prepend(description)
    } else {
      value.leaving.remove(server)
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
      value.queue.prepend(request)
    }
  }

  /// The next one is told that the scheme is given up; or all have been.
  private func failNext(_ left: inout Int) {
    let result = CallResult(value.failure ?? .inputOutput).rawValue
    left &-= Chore.finish
    if let request = value.queue.popFirst() { return finish(request, result) }
    if let description = value.pending.popFirst() { return settleNews(description, in: self) }
    var next = value.servers.first
    while let server = next {
      next = value.servers.next(after: server)
      if let request = server.value.taken.popFirst() { return finish(request, result) }
      if let description = server.value.told.popFirst() {
        return settleNews(description, in: self)
      }
    }
    value.isFailing = false
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
