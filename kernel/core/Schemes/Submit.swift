// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// What a client asks of a scheme.
struct Submission {
  var operation: SchemeOperation
  var code: UInt32 = 0
  var first: UInt64 = 0
  var second: UInt64 = 0
  var input = UserSpan()
  var output = UserSpan()
  var movesOffset = false

  @inline(__always)
  init(_ operation: SchemeOperation) { self.operation = operation }
}

/// The most bytes that one request moves each way: 32 pages, so that any alignment pins at most 33.
let transferLimit: UInt = 31 * 4096

/// Sends a request to the scheme behind `description` and parks the client until the answer.
///
/// The client's pages are brought in and pinned here, while waiting for them is still possible, so
/// that the server's answer never faults. If a server thread waits, the request is written to its
/// message area at once and it runs next, on this processor, in the client's name.
@inline(__always)
func submit(
  _ submission: Submission, to scheme: Ref<Scheme>, _ description: Ref<Description>,
  _ thread: Ref<Thread>, reserving reserved: Handle = .none,
  passing passed: Ref<Description>? = nil, _ passedRights: Rights = Rights()
) throws(SystemError) -> Outcome {
  if let failure = scheme.value.failure { throw failure }
  if description.value.isStale { throw .gone }
  guard let process = thread.value.process else { throw .noProcess }
  let request = try Ref<Request>.make(scheme, submission.operation, for: thread)
  do throws(SystemError) {
    if submission.output.count != 0 {
      try pin(submission.output, for: .write, thread, into: &request.value.output)
    }
    if submission.input.count != 0 { try attachInput(request, submission.input, thread) }
    if scheme.value.idleServer == nil
      || thread.value.attention.rawValue | process.value.care.rawValue != 0
    {
      try checkSignals(thread)
    }
  } catch {
    request.free(to: thread)
    throw error
  }
  fill(request, submission, description, process)
  request.value.reserved = reserved
  if let passed {
    passed.retain()
    request.value.passed = passed
    request.value.passedRights = passedRights
  }
  commit(request, description, thread)
  guard let serverThread = scheme.value.idleServer, let server = serverThread.value.server,
    passed == nil
  else {
    enqueue(request, scheme)
    return .parked
  }
  scheme.value.removeIdleServer()
  deliver(request, to: server)
  serverThread.value.registers.result = request.value.record.tag
  serverThread.value.wait = .none
  return .handOff(serverThread)
}

/// Keeps what the client sends: a few bytes in the request itself, more as pinned pages.
@inline(__always)
private func attachInput(
  _ request: Ref<Request>, _ input: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  if input.count <= Request.inlineBytes {
    try copyIn(request.inlineAddress, input, thread)
  } else {
    try pin(input, for: .read, thread, into: &request.value.input)
  }
}

/// Puts a request in the queue and lets an idle server thread take it.
func enqueue(_ request: Ref<Request>, _ scheme: Ref<Scheme>) {
  scheme.value.queue.append(request)
  wakeServer(of: scheme)
}

/// Hands what waits to idle server threads, one item each.
func wakeServer(of scheme: Ref<Scheme>) {
  guard let thread = scheme.value.idleServer, let server = thread.value.server else {
    return tellServers(of: scheme)
  }
  guard let tag = takeNext(for: server, of: scheme) else { return }
  scheme.value.removeIdleServer()
  endServing(thread)
  wake(thread, result: tag)
}

@inline(__always)
func fill(
  _ request: Ref<Request>, _ submission: Submission, _ description: Ref<Description>,
  _ process: Ref<Process>
) {
  request.value.movesOffset = submission.movesOffset
  request.value.record.tag = request.tag
  request.value.record.code = submission.code
  request.value.record.word = description.value.word
  request.value.record.sequence = description.value.sequence &+ 1
  request.value.record.description = description.name
  request.value.record.first = submission.first
  request.value.record.second = submission.second
  request.value.record.inputCount = UInt64(submission.input.count)
  request.value.record.outputCount = UInt64(submission.output.count)
  request.value.record.caller = process.value.caller
}

/// From here on the request exists for its client: nothing fails any more.
@inline(__always)
func commit(
  _ request: Ref<Request>, _ description: Ref<Description>, _ thread: Ref<Thread>
) {
  description.value.sequence &+= 1
  description.retain()
  request.value.arrival = Machine.counter()
  request.value.description = description
  request.value.client = thread
  thread.value.request = request
  thread.value.state = .waiting
  thread.value.wait = .answer
  if request.value.movesOffset { description.value.isOffsetBusy = true }
}

/// Nobody waits in `NextRequest`: servers that watch their handle in an event queue are told.
private func tellServers(of scheme: Ref<Scheme>) {
  var next = scheme.value.servers.first
  while let server = next {
    next = scheme.value.servers.next(after: server)
    if let description = server.value.description { notify(description, .readable) }
  }
}
