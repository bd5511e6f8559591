// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

func handle(_ call: CreateScheme, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let scheme = try Ref<Scheme>.make(call.flags, process.value.account)
  scheme.keep()
  scheme.value.managementHandles = 1
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.schemeManagement(scheme), process.value.account)
  } catch {
    scheme.closeManagement()
    throw error
  }
  return .done(try insertHandle(process, description, .everything, .runtimeHandle).word)
}

/// The scheme that a management handle manages.
private func managed(_ handle: Handle, _ thread: Ref<Thread>) throws(SystemError) -> Ref<Scheme> {
  let description = try lookUp(handle, thread, needing: .manage)
  guard case .schemeManagement(let scheme) = description.value.kind else { throw .badHandle }
  return scheme
}

/// The session behind a server handle, and its scheme.
@inline(__always)
func session(
  _ handle: Handle, _ thread: Ref<Thread>
) throws(SystemError) -> (Ref<Server>, Ref<Scheme>) {
  let description = try lookUp(handle, thread)
  guard case .server(let server) = description.value.kind, let scheme = server.value.scheme else {
    throw .badHandle
  }
  return (server, scheme)
}

func handle(_ call: CreateRoot, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let scheme = try managed(call.scheme, thread)
  let description = try newDescription(.file(scheme), process.value.account)
  scheme.keep()
  description.value.word = call.word
  scheme.value.descriptions.append(description)
  return .done(try insertHandle(process, description, .everything, .runtimeHandle).word)
}

func handle(_ call: AttachScheme, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let scheme = try managed(call.scheme, thread)
  let area = try lookUp(call.area, thread, needing: .read | .write | .map)
  guard case .memory(let object) = area.value.kind, object.isWired, object.isOrdinaryMemory,
    object.pageCount >= 1, let first = object.page(at: 0)
  else { throw .invalidArgument }
  if let other = scheme.value.process, other != process { throw .busy }
  guard scheme.value.servers.count < Scheme.sessionLimit else { throw .busy }
  // Who waited for the last server, or was given up, is dealt with first.
  if scheme.hasOldWork { throw .restart }
  let server = try takeObject(&kernel.servers)
  server.value.process = process
  server.value.area = object
  object.retain()
  server.value.firstPage = first
  server.value.areaBytes = min(object.pageCount, 256) &* 4096
  let second = object.page(at: 1)
  server.value.secondPageAddress = second?.kernelAddress ?? 0
  server.value.secondPageBytes = second == nil ? 0 : 4096
  server.value.link = Link()
  server.value.taken = List()
  server.value.told = List()
  server.value.hasEnded = false
  server.value.description = nil
  server.value.direct = nil
  server.value.scheme = scheme
  scheme.keep()
  scheme.value.servers.append(server)
  scheme.value.process = process
  if scheme.value.failure != nil {
    // Who was told that the scheme is given up looks again, and this server hears who watches.
    scheme.value.failure = nil
    scheme.value.nextWalk = .restart
    scheme.beginChores()
  }
  scheme.value.releaseIdleServers()
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.server(server), process.value.account)
  } catch {
    detach(server)
    throw error
  }
  server.value.description = description
  return .done(
    try insertHandle(process, description, .read | .write | .wait, .runtimeHandle).word)
}

func handle(_ call: NextRequest, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (server, scheme) = try session(call.server, thread)
  var client: Ref<Thread>?
  if call.tag != 0 { client = try answer(call, scheme, thread) }
  // What it was handed directly it keeps, beside what comes next.
  settleDirect(server)
  // What was answered must not be answered again if this wait is interrupted, so from here on
  // nothing restarts the call: a waker delivers the request and writes the result.
  if call.flags.contains(.answerOnly) {
    if let client { makeReady(client) }
    return .done
  }
  if let tag = takeAny(for: server, of: scheme) {
    if let client { makeReady(client) }
    return .done(tag)
  }
  if call.flags.contains(.doNotWait) {
    if let client { makeReady(client) }
    return .done
  }
  if hasSignal(thread) {
    if let client { makeReady(client) }
    throw .interrupted
  }
  thread.value.server = server
  thread.value.state = .waiting
  thread.value.wait = .serve(scheme)
  if scheme.value.failure == nil {
    scheme.value.addIdleServer(thread)
  } else {
    scheme.value.holdIdleServer(thread)
  }
  if let client { return .handOff(client) }
  return .parked
}

/// The next thing to hear of, without leaving this function when there is nothing.
@inline(__always)
private func takeAny(for server: Ref<Server>, of scheme: Ref<Scheme>) -> UInt? {
  if scheme.value.queue.isEmpty, scheme.value.pending.isEmpty, scheme.value.cancels.isEmpty {
    return nil
  }
  return takeNext(for: server, of: scheme)
}

func handle(_ call: TransferData, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (_, scheme) = try session(call.server, thread)
  guard let request = takenRequest(call.tag, scheme) else { throw .gone }
  let count = min(call.data.count, transferLimit)
  let data = UserSpan(address: call.data.address, count: count)
  switch call.direction {
  case .write:
    try pinReplyTarget(request, thread)
    // Without pages the list says nothing.
    let room = request.value.output.count == 0 ? 0 : UInt(request.value.output.byteCount)
    guard call.offset <= room, count <= room &- call.offset else { throw .outOfRange }
    try copyToPinned(&request.value.output, Int(call.offset), from: data, thread)
  case .read:
    let room = UInt(request.value.record.inputCount)
    guard call.offset <= room, count <= room &- call.offset else { throw .outOfRange }
    if room <= Request.inlineBytes {
      try copyOut(data, request.inlineAddress &+ call.offset, thread)
    } else {
      try copyPinnedOut(&request.value.input, Int(call.offset), to: data, thread)
    }
  }
  return .done(count)
}

func handle(_ call: SignalEvents, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (_, scheme) = try session(call.server, thread)
  _ = try scheme.walk(.signal, call.word, call.events, thread)
  return .done
}

func handle(_ call: RevokeDescriptions, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (_, scheme) = try session(call.server, thread)
  return .done(try scheme.walk(.revoke, call.word, EventSet(), thread))
}

func handle(_ call: ListDescriptions, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (_, scheme) = try session(call.server, thread)
  let size = UInt(MemoryLayout<SchemeDescriptionRecord>.size)
  let limit = min(call.buffer.count / size, 64)
  var written: UInt = 0
  var next = try firstToList(call.cookie, scheme)
  while let description = next, written < limit {
    next = scheme.value.descriptions.next(after: description)
    var record = SchemeDescriptionRecord()
    record.description = description.name
    record.word = description.value.word
    record.sequence = description.value.sequence
    record.flags = UInt64(description.value.openFlags.rawValue)
    try writeRecord(record, to: call.buffer.address &+ written &* size, thread)
    written &+= 1
  }
  return .done(written)
}

/// The description behind the one that `cookie` names, or the first. New ones come last, so nothing
/// that is open all the time is passed over.
private func firstToList(
  _ cookie: UInt64, _ scheme: Ref<Scheme>
) throws(SystemError) -> Ref<Description>? {
  guard cookie > 0 else { return scheme.value.descriptions.first }
  let number = cookie &- 1
  guard let last = kernel.descriptions[UInt32(truncatingIfNeeded: number)],
    last.value.slot.generation == UInt32(truncatingIfNeeded: number >> 32),
    case .file(scheme) = last.value.kind, !last.value.pending.isClosed
  else { throw .gone }
  return scheme.value.descriptions.next(after: last)
}

func handle(_ call: KeepHandle, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let (_, scheme) = try session(call.server, thread)
  guard call.place < Scheme.keptLimit else { throw .outOfRange }
  if call.handle == .none {
    scheme.dropKept(UInt(call.place))
    return .done
  }
  let entry = try lookUpEntry(call.handle, thread)
  guard let description = entry.description, entry.rights.contains(.transfer) else {
    throw .accessDenied
  }
  // A scheme that kept what keeps a scheme alive could outlive all who know of it.
  switch description.value.kind {
  case .schemeManagement, .server: throw .invalidArgument
  default: break
  }
  description.retain()
  do throws(SystemError) {
    try scheme.setKept(call.place, entry)
  } catch {
    description.release()
    throw error
  }
  removeHandle(process, call.handle)
  return .done
}

func handle(_ call: CopyKeptHandle, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let (_, scheme) = try session(call.server, thread)
  guard let entry = scheme.keptEntry(UInt(call.place)), let description = entry.description else {
    throw .notFound
  }
  description.retain()
  return .done(try insertHandle(process, description, entry.rights, .runtimeHandle).word)
}

func handle(_ call: GiveUpScheme, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let scheme = try managed(call.scheme, thread)
  guard let raw = UInt16(exactly: call.error), let error = SystemError(rawValue: raw),
    error != .restart
  else { throw .invalidArgument }
  scheme.fail(error)
  return .done
}
