// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// What a path leads to, asked of its scheme in one request.

func handle(_ call: StatusAt, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.path.count <= pathLimit else { throw .nameTooLong }
  guard call.flags.isSubset(of: .noFollow | .directory) else { throw .invalidArgument }
  // A directory that may not be opened from may not be asked either.
  if call.parent != .none { _ = try lookUp(call.parent, thread, needing: .traverse) }
  var path = call.path
  let (parent, scheme) = try parentFile(call.parent, &path, thread)
  if let server = askDirectly(call, path, parent, thread) { return .served(server) }
  return try ask(
    .statusAt, scheme, parent, first: UInt64(call.flags.rawValue), input: path,
    output: call.buffer, thread)
}

/// The same about a short path, of a server that waits.
/// - Returns: the server's thread, which is to run now in the client's place; nil if nothing has been
///   done, since the general way has to be taken.
@inline(__always)
private func askDirectly(
  _ call: StatusAt, _ path: UserSpan, _ parent: Ref<Description>, _ thread: Ref<Thread>
) -> Ref<Thread>? {
  let process = thread.value.process.certain()
  guard let scheme = parent.value.liveScheme, let serverThread = scheme.value.idleServer,
    path.count < DirectCall.roomBytes, DirectCall.isFewWords(call.buffer.count),
    path.address <= DirectCall.lastAddress, call.buffer.address <= DirectCall.lastAddress,
    // A signal that is due would not end this wait.
    thread.value.attention.rawValue | process.value.care.rawValue == 0
  else { return nil }
  let server = serverThread.value.server.certain()
  let count = Int(bitPattern: path.count)
  guard server.value.direct == nil,
    Machine.copyFewFromUser(to: thread.inputAddress, from: path.address, count: count)
  else { return nil }
  Machine.copy(to: server.value.inputAddress, from: thread.inputAddress, count: count)
  server.value.page[0].first = UInt64(call.flags.rawValue)
  thread.value.direct.pathCount = path.count
  send(thread, process, parent, scheme, server, .statusAt, 0, path.count, call.buffer)
  serverThread.value.registers.result = thread.value.direct.tag
  return serverThread
}
