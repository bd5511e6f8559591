// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// `Write` the direct way. The bytes are copied to the server's message area at once, while the client's
// address space is the current one. More than the thread has room for stay pinned as well until the
// answer, so that another server gets them after this one's death.

/// `Write` of up to a page at a given offset, to a server that waits. Returns as `callDirectly`.
@inline(__always)
func writeDirectly(_ thread: Ref<Thread>) -> Ref<Thread>? {
  let source = UserSpan(
    address: thread.value.registers.argument(1), count: thread.value.registers.argument(2))
  let offset = UInt64(thread.value.registers.argument(3))
  let process = thread.value.process.certain()
  guard let entry = process.value.handles.quickly(thread.value.registers.argument(0)),
    let description = entry.description, let scheme = description.value.liveScheme,
    let serverThread = scheme.value.idleServer
  else { return nil }
  let server = serverThread.value.server.certain()
  guard server.value.direct == nil, entry.rights.contains(.write), offset != UInt64.max,
    let space = process.value.space,
    thread.value.attention.rawValue | process.value.care.rawValue == 0,
    takeSource(source, of: thread, in: space, for: server)
  else { return nil }
  let flags = description.value.openFlags.rawValue
  server.value.page[0].first = offset
  server.value.page[0].second = UInt64(flags)
  // Nothing comes back, so the target is free for what else has to be kept.
  send(
    thread, process, description, scheme, server, .write, 0, source.count,
    UserSpan(address: UInt(flags), count: 0))
  thread.value.direct.target.count = source.count | DirectCall.isWrite
  serverThread.value.registers.result = thread.value.direct.tag
  return serverThread
}

/// Copies what is written behind the record in the server's message area.
/// - Returns: false, with nothing pinned, if there is nothing, it is too much, or it is not there.
@inline(__always)
private func takeSource(
  _ source: UserSpan, of thread: Ref<Thread>, in space: Ref<AddressSpace>,
  for server: Ref<Server>
) -> Bool {
  guard source.count > Request.inlineBytes else { return takeFew(source, of: thread, for: server) }
  let room = 4096 &- UInt(SchemeRequest.byteCount)
  guard source.count <= room &+ server.value.secondPageBytes,
    pinAtOnce(source, in: space, for: .read, into: &thread.value.direct.pins)
  else { return false }
  let first = min(source.count, room)
  guard
    Machine.copyFromUser(
      to: server.value.inputAddress, from: source.address, count: Int(bitPattern: first)),
    first == source.count
      || Machine.copyFromUser(
        to: server.value.secondPageAddress, from: source.address &+ first,
        count: Int(bitPattern: source.count &- first))
  else {
    unpin(&thread.value.direct.pins)
    return false
  }
  return true
}

@inline(never)
private func takeFew(
  _ source: UserSpan, of thread: Ref<Thread>, for server: Ref<Server>
) -> Bool {
  guard source.count != 0, source.address <= DirectCall.lastAddress else { return false }
  let count = Int(bitPattern: source.count)
  guard
    Machine.copyFewFromUser(to: thread.inputAddress, from: source.address, count: count)
  else { return false }
  Machine.copy(to: server.value.inputAddress, from: thread.inputAddress, count: count)
  return true
}

/// Takes the answer to a `Write`, which brings nothing but its result.
/// - Returns: false if more was written than was sent.
func takeWritten(_ result: UInt, for client: Ref<Thread>) -> Bool {
  guard result <= client.value.direct.target.count & ~DirectCall.isWrite else { return false }
  client.value.direct.target.count = 0
  if client.value.direct.pins.count != 0 { unpin(&client.value.direct.pins) }
  return true
}

/// Moves what is written to the request that the call becomes.
func settleWritten(of client: Ref<Thread>, in request: Ref<Request>) {
  request.value.record.operation = SchemeOperation.write.rawValue
  request.value.record.first = UInt64(client.value.registers.argument(3))
  request.value.record.second = UInt64(client.value.direct.target.address)
  request.value.record.inputCount =
    UInt64(client.value.direct.target.count & ~DirectCall.isWrite)
  client.value.direct.target = UserSpan()
  if client.value.direct.pins.count != 0 {
    request.value.input = client.value.direct.pins
    client.value.direct.pins.count = 0
  }
}
