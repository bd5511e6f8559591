// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// The direct way of a request: few bytes each way, or one page one way, to a server that waits for it.
// It is what a request costs at its least, so every instruction here is paid by all that clients
// and servers say to each other. Whatever is unusual takes the general way of `Submit.swift` and
// `Serve.swift`, at once or, by `settleDirect`, in the middle.
//
// Three things make it short. What is asked is kept in the client's thread, where nothing has to be
// found, cleared or linked. The record is written to the server's message area alone; what the
// thread keeps, with its registers, is enough to write it again, for another server after this one's
// death. And few bytes need no pinned memory: the answer waits in the thread until the client's own
// address space is the current one.

/// What a thread asks of a server directly.
struct DirectCall: BitwiseCopyable {
  /// What it sends; at the beginning, so that its address is the structure's.
  private var input = InlineArray<16, UInt64>(repeating: 0)
  /// The answer, until it is copied to `target`.
  private var reply = InlineArray<16, UInt64>(repeating: 0)
  /// What names the request to its server: a count, so that each is used once, and the thread.
  private var tagCount: UInt32 = 0
  private var tagThread: UInt32 = 0
  /// Who works on it; nil when nothing is under way, or it has been settled.
  fileprivate(set) var server: Ref<Server>?
  /// When it was handed over; see `Request.arrival`.
  var arrival: UInt64 = 0
  fileprivate var description: Ref<Description>?
  fileprivate var sequence: UInt64 = 0
  /// Where the answer goes, with `isRead` in the count of a read; after it has come in an unusual
  /// length, as much of it as it fills.
  var target = UserSpan()
  /// Bytes of a path that it sends, which its registers do not say.
  var pathCount: UInt = 0
  /// The pages of `target`, if it is long, or of what is written.
  var pins = PinList()

  init() {}

  /// Bytes each way that the thread itself has room for.
  static let roomBytes: UInt = 128
  /// Where a buffer of such a request may begin, so that it ends in the user half.
  static var lastAddress: UInt { Machine.userLimit &- roomBytes }
  /// Set in the count of a read's target, whose answer says how many bytes it brings.
  fileprivate static let isRead: UInt = 1 << 62
  /// Set in the count of a write's target, with the count of what is written; see `DirectWriting.swift`.
  static let isWrite: UInt = 1 << 61
  /// Whether there is room for so many bytes, and they are whole words, as nearly all are.
  @inline(__always)
  static func isFewWords(_ count: UInt) -> Bool { count & ~(roomBytes &- 8) == 0 }

  /// A new thread has the slot. Its tags go on where those of the last one ended.
  mutating func reset(_ thread: Ref<Thread>) {
    tagThread = UInt32(truncatingIfNeeded: Tag.direct >> 32) | thread.value.slot.index
    server = nil
    description = nil
    target = UserSpan()
    pins.count = 0
  }

  @inline(__always)
  var tag: UInt { UInt(tagThread) << 32 | UInt(tagCount) }

  /// The tag will not be used again.
  @inline(__always)
  fileprivate mutating func renewTag() { tagCount &+= 1 }
}

extension Ref where T == Thread {
  /// Where its `direct` lies.
  @inline(__always)
  var inputAddress: UInt {
    address &+ UInt(bitPattern: MemoryLayout<Machine.Registers>.stride)
  }
  @inline(__always)
  fileprivate var replyAddress: UInt { inputAddress &+ DirectCall.roomBytes }
}

// MARK: The client's side

/// `CallScheme`, to a server that waits.
/// - Returns: the server's thread, which is to run now in the client's place; nil if nothing has
///   been done, since the general way has to be taken.
@inline(__always)
func callDirectly(_ thread: Ref<Thread>) -> Ref<Thread>? {
  let process = thread.value.process.certain()
  guard let entry = process.value.handles.quickly(thread.value.registers.argument(0)),
    let description = entry.description, let scheme = description.value.liveScheme,
    let serverThread = scheme.value.idleServer
  else { return nil }
  let server = serverThread.value.server.certain()
  // A signal that is due would not end this wait.
  guard server.value.direct == nil,
    thread.value.attention.rawValue | process.value.care.rawValue == 0
  else { return nil }
  let inputAddress = thread.value.registers.argument(2)
  let inputCount = thread.value.registers.argument(3)
  let outputAddress = thread.value.registers.argument(4)
  let outputCount = thread.value.registers.argument(5)
  if _fastPath(DirectCall.isFewWords(inputCount | outputCount)),
    _fastPath((inputAddress | outputAddress) <= DirectCall.lastAddress)
  {
    // A whole number of words, seen as such.
    let count = Int(bitPattern: inputCount & ~7)
    guard Machine.copyFewFromUser(to: thread.inputAddress, from: inputAddress, count: count)
    else { return nil }
    Machine.copy(to: server.value.inputAddress, from: thread.inputAddress, count: count)
  } else {
    guard takeInput(of: thread, server) else { return nil }
  }
  let code = UInt32(truncatingIfNeeded: thread.value.registers.argument(1))
  let target = UserSpan(address: outputAddress, count: outputCount)
  send(thread, process, description, scheme, server, .call, code, inputCount, target)
  serverThread.value.registers.result = thread.value.direct.tag
  return serverThread
}

/// Looks closer at a call whose buffers are not a few words each, and copies its input.
/// - Returns: false if the direct way is not for it.
@inline(never)
private func takeInput(of thread: Ref<Thread>, _ server: Ref<Server>) -> Bool {
  let address = thread.value.registers.argument(2)
  let count = thread.value.registers.argument(3)
  // Both counts are below 128 if this is.
  guard (count | thread.value.registers.argument(5)) < DirectCall.roomBytes,
    thread.value.registers.argument(4) <= DirectCall.lastAddress
  else { return false }
  if count == 0 { return true }
  guard address <= DirectCall.lastAddress,
    Machine.copyFewFromUser(
      to: thread.inputAddress, from: address, count: Int(bitPattern: count))
  else { return false }
  Machine.copy(
    to: server.value.inputAddress, from: thread.inputAddress, count: Int(bitPattern: count))
  return true
}

/// `Read` of up to a page at a given offset, from a server that waits. Returns as `callDirectly`.
@inline(__always)
func readDirectly(_ thread: Ref<Thread>) -> Ref<Thread>? {
  let target = UserSpan(
    address: thread.value.registers.argument(1), count: thread.value.registers.argument(2))
  let offset = UInt64(thread.value.registers.argument(3))
  let process = thread.value.process.certain()
  guard let entry = process.value.handles.quickly(thread.value.registers.argument(0)),
    let description = entry.description, let scheme = description.value.liveScheme,
    let serverThread = scheme.value.idleServer
  else { return nil }
  let server = serverThread.value.server.certain()
  guard server.value.direct == nil, entry.rights.contains(.read), offset != UInt64.max,
    let space = process.value.space,
    thread.value.attention.rawValue | process.value.care.rawValue == 0
  else { return nil }
  if target.count < DirectCall.roomBytes {
    guard target.address <= DirectCall.lastAddress else { return nil }
  } else {
    guard pinAtOnce(target, in: space, for: .write, into: &thread.value.direct.pins) else {
      return nil
    }
  }
  server.value.page[0].first = offset
  send(thread, process, description, scheme, server, .read, 0, 0, target)
  thread.value.direct.target.count = target.count | DirectCall.isRead
  serverThread.value.registers.result = thread.value.direct.tag
  return serverThread
}

/// Writes the record to the server's message area, and lets the client wait for its answer.
@inline(__always)
func send(
  _ thread: Ref<Thread>, _ process: Ref<Process>, _ description: Ref<Description>,
  _ scheme: Ref<Scheme>, _ server: Ref<Server>, _ operation: SchemeOperation, _ code: UInt32,
  _ inputCount: UInt, _ target: UserSpan
) {
  let page = server.value.page
  page[0].tag = thread.value.direct.tag
  page[0].operation = operation.rawValue
  page[0].flags = 0
  page[0].code = code
  page[0].word = description.value.word
  page[0].description = description.name
  page[0].caller = process.value.caller
  page[0].inputCount = UInt64(inputCount)
  page[0].outputCount = UInt64(target.count)
  let sequence = description.value.sequence &+ 1
  page[0].sequence = sequence
  description.value.sequence = sequence
  description.retain()
  thread.value.direct.description = description
  thread.value.direct.sequence = sequence
  thread.value.direct.target = target
  thread.value.direct.server = server
  server.value.direct = thread
  thread.value.state = .waiting
  thread.value.wait = .answer
  scheme.value.removeIdleServer()
}

// MARK: The server's side

/// What answering directly came to.
enum DirectAnswer {
  /// Nothing has been done.
  case none
  /// The client is to run now in the server's place, and gets so many words.
  case words(UInt, Ref<Thread>)
  /// The same, with what is kept in its thread.
  case other(Ref<Thread>)
}

/// `NextRequest`, as the answer to the request that the server was handed directly; the server's
/// thread waits for the next.
@inline(__always)
func answerDirectly(_ thread: Ref<Thread>) -> DirectAnswer {
  let process = thread.value.process.certain()
  guard let entry = process.value.handles.quickly(thread.value.registers.argument(0)),
    let description = entry.description, let server = description.value.session,
    let client = server.value.direct
  else { return .none }
  let scheme = server.value.scheme.certain()
  let file = client.value.direct.description.certain()
  guard client.value.direct.tag == thread.value.registers.argument(1),
    thread.value.registers.argument(5) == 0,
    scheme.value.hasNothingWaiting,
    // The last reference closes the file, which the server has to hear of instead of waiting.
    file.value.references != 1,
    // An error is looked at before its client sees it.
    thread.value.registers.argument(2) <= UInt.max &- 4095,
    thread.value.attention.rawValue | process.value.care.rawValue == 0
  else { return .none }
  let address = thread.value.registers.argument(3)
  let offered = thread.value.registers.argument(4)
  let room = client.value.direct.target.count
  let words = min(offered, room) >> 3
  let isUsual = DirectCall.isFewWords(offered | room)
  if isUsual {
    guard address <= DirectCall.lastAddress,
      Machine.copyFewFromUser(
        to: client.replyAddress, from: address, count: Int(bitPattern: words << 3))
    else { return .none }
  } else {
    guard takeReply(for: client, from: thread) else { return .none }
  }
  server.value.direct = nil
  client.value.direct.server = nil
  client.value.direct.renewTag()
  file.value.references &-= 1
  client.value.registers.result = thread.value.registers.argument(2)
  thread.value.server = server
  thread.value.state = .waiting
  thread.value.wait = .serve(scheme)
  scheme.value.addIdleServer(thread)
  return isUsual ? .words(words, client) : .other(client)
}

/// Takes an answer that is long, or has an odd length, or is a read's.
/// - Returns: false if the server's memory is not there, or it claims more than there is room for.
@inline(never)
private func takeReply(for client: Ref<Thread>, from server: Ref<Thread>) -> Bool {
  let address = server.value.registers.argument(3)
  let target = client.value.direct.target.count
  if target & DirectCall.isWrite != 0 {
    return takeWritten(server.value.registers.argument(2), for: client)
  }
  let room = target & ~DirectCall.isRead
  if target != room, server.value.registers.argument(2) > room { return false }
  let count = min(server.value.registers.argument(4), room)
  guard count < DirectCall.roomBytes else { return placeReply(client, from: address, count) }
  guard address <= DirectCall.lastAddress,
    Machine.copyFewFromUser(
      to: client.replyAddress, from: address, count: Int(bitPattern: count))
  else { return false }
  // Few bytes came where many could have.
  if client.value.direct.pins.count != 0 { unpin(&client.value.direct.pins) }
  client.value.direct.target.count = count
  return true
}

/// Copies many bytes to the client's pinned pages.
/// - Returns: false if the server's own memory is not there.
@inline(never)
private func placeReply(_ client: Ref<Thread>, from address: UInt, _ count: UInt) -> Bool {
  guard isUserRange(address, count) else { return false }
  var done = 0
  while done < Int(bitPattern: count) {
    let piece = client.value.direct.pins.piece(at: done)
    let step = min(piece.count, Int(bitPattern: count) &- done)
    guard
      Machine.copyFromUser(
        to: piece.address, from: address &+ UInt(bitPattern: done), count: step)
    else { return false }
    done &+= step
  }
  client.value.direct.target.count = 0
  unpin(&client.value.direct.pins)
  return true
}

/// Copies what a direct answer brought to the client's memory, whose address space is the current
/// one. What cannot be copied at once is left to `finishReply`.
@inline(__always)
func copyReply(_ words: UInt, to client: Ref<Thread>) {
  let address = client.value.direct.target.address
  if !Machine.copyFewToUser(
    to: address, from: client.replyAddress, count: Int(bitPattern: words << 3))
  {
    postponeReply(words, client)
  }
}

/// Copies an answer of an unusual length, as far as it has come in the client's thread.
func copyUnusualReply(to client: Ref<Thread>) {
  let target = client.value.direct.target
  if target.count == 0 { return }
  if !Machine.copyFewToUser(
    to: target.address, from: client.replyAddress, count: Int(bitPattern: target.count))
  {
    client.value.attention.insert(.reply)
  }
}

@inline(never)
private func postponeReply(_ words: UInt, _ client: Ref<Thread>) {
  client.value.direct.target.count = words << 3
  client.value.attention.insert(.reply)
}

/// Brings in the memory that a reply goes to and copies it: what a thread does on its way to user
/// mode. It may be parked for that, and comes here again.
func finishReply(_ client: Ref<Thread>) {
  do throws(SystemError) {
    try copyOut(client.value.direct.target, client.replyAddress, client, .reply(client))
  } catch {
    if error == .restart { return }
    client.value.registers.result = CallResult(error).rawValue
  }
  client.value.attention.remove(.reply)
}

// MARK: Leaving the direct way

/// Makes a request that was handed over directly like any other that has been taken: its server
/// takes another one meanwhile, or has died.
@inline(__always)
func settleDirect(_ server: Ref<Server>) {
  if let client = server.value.direct { settleDirect(of: client) }
}

/// As above, for whoever comes from the client's side.
@inline(never)
func settleDirect(of client: Ref<Thread>) {
  guard let server = client.value.direct.server, let scheme = server.value.scheme,
    let description = client.value.direct.description, let process = client.value.process,
    let request = client.value.spareRequest
  else { return }
  server.value.direct = nil
  client.value.direct.server = nil
  client.value.direct.description = nil
  client.value.spareRequest = nil
  client.value.request = request
  client.value.direct.target.count &= ~DirectCall.isRead
  request.value.client = client
  request.value.server = server
  request.value.arrival = client.value.direct.arrival
  request.value.scheme = scheme
  request.value.description = description
  request.value.record.tag = client.value.direct.tag
  request.value.record.word = description.value.word
  request.value.record.sequence = client.value.direct.sequence
  request.value.record.description = description.name
  request.value.record.caller = process.value.caller
  tellOperation(of: client, in: request)
  request.value.record.outputCount = UInt64(client.value.direct.target.count)
  Machine.copy(
    to: request.inlineAddress, from: client.inputAddress, count: Int(DirectCall.roomBytes))
  if client.value.direct.pins.count != 0 {
    request.value.output = client.value.direct.pins
    client.value.direct.pins.count = 0
    client.value.direct.target.count = 0
  }
  client.value.direct.renewTag()
  server.value.taken.append(request)
}

/// What a client asks directly, which its registers still say.
private func tellOperation(of client: Ref<Thread>, in request: Ref<Request>) {
  let third = UInt64(client.value.registers.argument(3))
  request.value.record.code = 0
  request.value.record.first = 0
  request.value.record.second = 0
  request.value.record.inputCount = 0
  switch client.value.registers.callNumber {
  case CallNumber.read.rawValue:
    request.value.record.operation = SchemeOperation.read.rawValue
    request.value.record.first = third
  case CallNumber.statusAt.rawValue:
    request.value.record.operation = SchemeOperation.statusAt.rawValue
    request.value.record.first = third
    request.value.record.inputCount = UInt64(client.value.direct.pathCount)
  case CallNumber.write.rawValue:
    settleWritten(of: client, in: request)
  default:
    request.value.record.operation = SchemeOperation.call.rawValue
    request.value.record.code = UInt32(truncatingIfNeeded: client.value.registers.argument(1))
    request.value.record.inputCount = third
  }
}

/// The request that a direct request's tag names, settled if it was not. Once it is, the thread's
/// next tag is another one, so that a late answer finds no later request.
func settledRequest(_ tag: UInt) -> Ref<Request>? {
  let index = UInt32(truncatingIfNeeded: (tag & ~Tag.kindMask) >> 32)
  guard let client = kernel.threads[index] else { return nil }
  if client.value.direct.tag == tag { settleDirect(of: client) }
  guard let request = client.value.request, request.value.record.tag == tag else { return nil }
  return request
}

/// Keeps what answers a settled request until its client runs again.
func keepReply(
  of request: Ref<Request>, _ data: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  guard let client = request.value.client, client.value.direct.target.count != 0 else { return }
  let count = min(data.count, client.value.direct.target.count)
  if count != 0 {
    try copyIn(client.replyAddress, UserSpan(address: data.address, count: count), thread)
    client.value.attention.insert(.reply)
  }
  client.value.direct.target.count = count
}

/// Pins the memory that the reply to a settled request goes to, as other requests have it from the
/// start: its server writes to it bit by bit.
func pinReplyTarget(_ request: Ref<Request>, _ thread: Ref<Thread>) throws(SystemError) {
  guard request.value.record.tag & Tag.kindMask == Tag.direct, request.value.output.count == 0,
    let client = request.value.client, client.value.direct.target.count != 0,
    let space = client.value.process?.value.space
  else { return }
  try pin(
    client.value.direct.target, in: space, for: .write, .call(thread), into: &request.value.output)
  client.value.direct.target = UserSpan()
}

/// The client ends while its server works: a late answer hears `gone`.
func forgetDirect(of client: Ref<Thread>) {
  guard let server = client.value.direct.server else { return }
  server.value.direct = nil
  client.value.direct.server = nil
  client.value.direct.renewTag()
  unpin(&client.value.direct.pins)
  client.value.direct.description?.release()
  client.value.direct.description = nil
}
