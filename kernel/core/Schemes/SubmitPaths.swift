// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Sends a request whose input is two paths, one behind the other, from wherever they lie in the
/// client's memory, and parks the client until the answer.
func submit(
  _ submission: Submission, _ path: UserSpan, _ other: UserSpan, to scheme: Ref<Scheme>,
  _ description: Ref<Description>, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  if let failure = scheme.value.failure { throw failure }
  if description.value.isStale { throw .gone }
  guard let process = thread.value.process else { throw .noProcess }
  var submission = submission
  // Only the count: the bytes are in the request itself or in frames of its own.
  submission.input = UserSpan(address: 0, count: path.count &+ other.count)
  let request = try Ref<Request>.make(scheme, submission.operation, for: thread)
  do throws(SystemError) {
    if submission.input.count > Request.inlineBytes {
      try pinOwnFrames(submission.input.count, process.value.account, into: &request.value.input)
    }
    try gather(path, at: 0, of: request, thread)
    try gather(other, at: path.count, of: request, thread)
    try checkSignals(thread)
  } catch {
    request.free(to: thread)
    throw error
  }
  fill(request, submission, description, process)
  commit(request, description, thread)
  enqueue(request, scheme)
  return .parked
}

/// Copies `span` to byte `offset` of what the request's client sends.
private func gather(
  _ span: UserSpan, at offset: UInt, of request: Ref<Request>, _ thread: Ref<Thread>
) throws(SystemError) {
  if request.value.input.count == 0 {
    if span.count != 0 { try copyIn(request.inlineAddress &+ offset, span, thread) }
  } else {
    try copyToPinned(&request.value.input, Int(bitPattern: offset), from: span, thread)
  }
}
