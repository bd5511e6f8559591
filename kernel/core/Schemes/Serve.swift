// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// The server's side: taking requests and answering them.

/// Takes the next thing that `server` should hear of and writes it to its message area: a
/// cancellation, news of a description, then the oldest request.
/// - Returns: its tag, or nil if there is nothing.
func takeNext(for server: Ref<Server>, of scheme: Ref<Scheme>) -> UInt? {
  if scheme.hasOldWork { return nil }
  if let request = scheme.value.cancels.popFirst() { return deliverCancel(of: request, to: server) }
  if let description = scheme.value.pending.popFirst() {
    return deliverNews(of: description, to: server)
  }
  var refusals = 0
  while refusals < 16, let request = scheme.value.takeFirst() {
    do throws(SystemError) {
      try passHandle(of: request, to: server)
      deliver(request, to: server)
      // Its client got a signal while nobody served it.
      if request.value.wasCancelled { scheme.value.cancels.append(request) }
      return request.value.record.tag
    } catch {
      finish(request, CallResult(error).rawValue)
      refusals &+= 1
    }
  }
  // The rest at the next entries, once this server waits.
  if refusals == 16 { scheme.beginChores() }
  return nil
}

/// Writes a request to the message area and counts it as taken.
@inline(__always)
func deliver(_ request: Ref<Request>, to server: Ref<Server>) {
  settleDirect(server)
  writeRecord(request.value.record, to: server)
  let count = Int(truncatingIfNeeded: request.value.record.inputCount)
  if count != 0 { copyInput(of: request, to: server, count) }
  request.value.server = server
  server.value.taken.append(request)
}

@inline(__always)
private func writeRecord(_ record: SchemeRequest, to server: Ref<Server>) {
  MessageArea(server).record = record
}

/// Copies what the client sends, or as much as fits, behind the record.
@inline(__always)
private func copyInput(of request: Ref<Request>, to server: Ref<Server>, _ count: Int) {
  let area = MessageArea(server)
  if count <= Int(Request.inlineBytes) {
    area.writeInline(request, count)
    return
  }
  let room = min(count, server.value.areaBytes &- SchemeRequest.byteCount)
  var done = 0
  while done < room {
    let place = area.piece(at: SchemeRequest.byteCount &+ done)
    let piece = min(place.count, room &- done)
    copyFromPinned(&request.value.input, done, to: place.address, piece)
    done &+= piece
  }
}

private func deliverCancel(of request: Ref<Request>, to server: Ref<Server>) -> UInt {
  var record = SchemeRequest()
  record.tag = Tag.make(Tag.cancel, request.value.slot.index, request.value.slot.generation)
  record.operation = SchemeOperation.cancel.rawValue
  record.word = request.value.record.word
  record.first = UInt64(request.value.record.tag)
  writeRecord(record, to: server)
  return record.tag
}

private func deliverNews(of description: Ref<Description>, to server: Ref<Server>) -> UInt {
  var record = SchemeRequest()
  record.tag = Tag.make(
    Tag.news, description.value.slot.index, description.value.slot.generation)
  record.word = description.value.word
  record.sequence = description.value.sequence
  record.description = description.name
  if description.value.pending.isClosed {
    record.operation = SchemeOperation.close.rawValue
    description.value.pending.isCloseTaken = true
  } else {
    record.operation = SchemeOperation.watch.rawValue
    description.value.wantedEvents = watchedEvents(of: description)
    record.first = UInt64(description.value.wantedEvents.rawValue)
    description.value.pending.hasNewInterest = false
  }
  description.value.pending.takenBy = server
  server.value.told.append(description)
  writeRecord(record, to: server)
  return record.tag
}

/// Puts the handle that a request carries into the server's table.
private func passHandle(of request: Ref<Request>, to server: Ref<Server>) throws(SystemError) {
  guard let passed = request.value.passed else { return }
  guard let process = server.value.process else { throw .inputOutput }
  passed.retain()
  let handle = try insertHandle(process, passed, request.value.passedRights, .runtimeHandle)
  request.value.record.third = UInt64(handle.rawValue)
  request.value.record.flags |= SchemeRequest.hasHandle
}

/// The taken request that `tag` names, if `scheme` has it.
@inline(__always)
func takenRequest(_ tag: UInt, _ scheme: Ref<Scheme>) -> Ref<Request>? {
  let found = tag & Tag.kindMask == Tag.direct ? settledRequest(tag) : requestInPool(tag)
  guard let request = found, request.value.scheme == scheme, request.value.server != nil
  else { return nil }
  return request
}

@inline(__always)
private func requestInPool(_ tag: UInt) -> Ref<Request>? {
  guard tag & Tag.kindMask == Tag.request, let request = kernel.requests[Tag.index(tag)],
    Tag.matches(tag, generation: request.value.slot.generation)
  else { return nil }
  return request
}

/// An answer with any of these makes a handle of the client's.
private let bringsHandle: AnswerFlags = .opened | .passHandle | .passKept

/// Answers what `tag` names.
/// - Returns: the client that can go on; its result is in its registers and it is in no queue.
@inline(__always)
func answer(
  _ call: NextRequest, _ scheme: Ref<Scheme>, _ thread: Ref<Thread>
) throws(SystemError) -> Ref<Thread>? {
  guard let request = takenRequest(call.tag, scheme) else {
    if call.flags.contains(.passKept) { scheme.dropKept(call.result) }
    try answerNews(call.tag, scheme)
    return nil
  }
  try checkCount(call, request)
  var result = call.result
  if request.value.output.count != 0 {
    let count = min(call.data.count, UInt(request.value.output.byteCount))
    try copyToPinned(
      &request.value.output, 0, from: UserSpan(address: call.data.address, count: count), thread)
  }
  if call.flags.rawValue & bringsHandle.rawValue != 0 {
    result = try answerWithHandle(request, call, scheme, thread)
  } else if request.value.reserved != .none, result <= UInt.max &- 4095 {
    result = CallResult(.protocolError).rawValue
  }
  // After what may refuse the answer: what is kept is this answer's.
  if call.tag & Tag.kindMask == Tag.direct { try keepReply(of: request, call.data, thread) }
  if result > UInt.max &- 4095 { result = answeredError(result) }
  request.value.server?.value.taken.remove(request)
  return complete(request, result)
}

/// Refuses to say that more bytes were moved than there was room for.
@inline(__always)
private func checkCount(
  _ call: NextRequest, _ request: Ref<Request>
) throws(SystemError) {
  guard let limit = request.countLimit else { return }
  guard UInt64(call.result) <= limit || call.result > UInt.max &- 4095 else { throw .outOfRange }
}

/// An error that a server answers, as its client may see it: only what the ABI knows, and nothing
/// that is the kernel's own affair.
@inline(never)
private func answeredError(_ result: UInt) -> UInt {
  guard let error = SystemError(rawValue: UInt16(truncatingIfNeeded: 0 &- result)),
    error != .restart
  else { return CallResult(.protocolError).rawValue }
  return result
}

/// The answer to news: what it was about is settled.
private func answerNews(_ tag: UInt, _ scheme: Ref<Scheme>) throws(SystemError) {
  switch tag & Tag.kindMask {
  case Tag.cancel:
    return
  case Tag.news:
    guard let description = kernel.descriptions[Tag.index(tag)],
      Tag.matches(tag, generation: description.value.slot.generation),
      let teller = description.value.pending.takenBy, description.value.pendingLink.isLinked,
      case .file(scheme) = description.value.kind
    else { throw .gone }
    description.value.pending.takenBy = nil
    teller.value.told.remove(description)
    // More may have happened since the server took it.
    let hasMore =
      description.value.pending.isClosed
      ? !description.value.pending.isCloseTaken : description.value.pending.hasNewInterest
    if hasMore {
      scheme.value.pending.append(description)
      return wakeServer(of: scheme)
    }
    settleNews(description, in: scheme)
  default:
    throw .gone
  }
}

/// Where requests are written: a record, then data, over the pages of a wired memory object.
struct MessageArea {
  private let first: PageOf<SchemeRequest>
  private let firstWords: PageWords
  private let server: Ref<Server>

  @inline(__always)
  init(_ server: Ref<Server>) {
    self.server = server
    first = PageOf(server.value.firstPage)
    firstWords = PageWords(server.value.firstPage)
  }

  var record: SchemeRequest {
    @inline(__always) get { first[0] }
    @inline(__always) nonmutating set { first[0] = newValue }
  }

  @inline(__always)
  func writeInline(_ request: Ref<Request>, _ count: Int) {
    for index in 0..<(count &+ 7) &>> 3 {
      firstWords[SchemeRequest.byteCount / 8 &+ index] = request.value.inline[index]
    }
  }

  /// The kernel's view of the area from byte `offset` to the end of its page.
  func piece(at offset: Int) -> (address: UInt, count: Int) {
    let within = offset & 4095
    guard let page = server.value.area?.page(at: offset >> 12) else { return (0, 0) }
    return (page.kernelAddress &+ UInt(within), 4096 &- within)
  }
}
