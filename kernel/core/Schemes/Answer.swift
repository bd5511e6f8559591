// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Answers that bring a handle or a new open description.

/// Turns the server's answer into what the client gets: an opened description, a handle for it, or
/// a memory object to map.
/// - Returns: the result word for the client.
func answerWithHandle(
  _ request: Ref<Request>, _ call: NextRequest, _ scheme: Ref<Scheme>, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  if call.result > UInt.max &- 4095 { return call.result }
  if call.flags.contains(.opened) { return opened(request, call, scheme) }
  if call.flags.contains(.passKept) { return passedKept(request, call, scheme) }
  return try passed(request, call, thread)
}

/// The reserved handle's description becomes an open file with the server's word.
private func opened(_ request: Ref<Request>, _ call: NextRequest, _ scheme: Ref<Scheme>) -> UInt {
  guard let client = request.value.client, request.value.reserved != .none,
    let description = reservedDescription(request, client)
  else { return CallResult(.protocolError).rawValue }
  description.value.kind = .file(scheme)
  description.value.word = UInt64(call.result)
  description.value.isStream = call.flags.contains(.stream)
  scheme.value.descriptions.append(description)
  return 0
}

/// The server's handle goes to the client: as the answer to an open or a receive, or as the memory
/// behind a mapping.
private func passed(
  _ request: Ref<Request>, _ call: NextRequest, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  guard let process = thread.value.process else { throw .noProcess }
  let handle = try Handle(word: call.result)
  guard let entry = process.value.handles.entry(handle), let description = entry.description,
    entry.rights.contains(.transfer)
  else { throw .badHandle }
  // A handle that itself waits for an answer is nobody's yet.
  if case .opening = description.value.kind { throw .badHandle }
  if request.value.record.operation == SchemeOperation.map.rawValue {
    guard case .memory(let object) = description.value.kind, let file = request.value.description,
      call.data.address & 4095 == 0
    else { return CallResult(.protocolError).rawValue }
    object.retain()
    file.value.memory?.release()
    file.value.memory = object
    file.value.memoryRights = entry.rights
    file.value.memoryOffset = UInt64(call.data.address)
    file.value.memoryLength = call.data.count == 0 ? UInt64.max : UInt64(call.data.count)
    removeHandle(process, handle)
    return 0
  }
  let result = grant(entry, request)
  if result == 0 { removeHandle(process, handle) }
  return result
}

/// A handle that the scheme keeps goes to the client: as the answer to an open or a receive.
private func passedKept(
  _ request: Ref<Request>, _ call: NextRequest, _ scheme: Ref<Scheme>
) -> UInt {
  var result = CallResult(.protocolError).rawValue
  if request.value.record.operation != SchemeOperation.map.rawValue,
    let entry = scheme.keptEntry(call.result)
  {
    result = grant(entry, request)
  }
  scheme.dropKept(call.result)
  return result
}

/// Makes the client's reserved handle stand for what `entry` does.
private func grant(_ entry: HandleEntry, _ request: Ref<Request>) -> UInt {
  guard let client = request.value.client, request.value.reserved != .none,
    let description = entry.description,
    let placeholder = reservedDescription(request, client), let receiver = client.value.process
  else { return CallResult(.protocolError).rawValue }
  var granted = entry
  granted.closeOnExec = receiver.value.handles.entry(request.value.reserved)?.closeOnExec ?? false
  description.retain()
  receiver.value.handles.replaceEntry(request.value.reserved, granted)
  placeholder.release()
  return 0
}

/// The description that was made for the answer of an open, still waiting in the client's table.
private func reservedDescription(
  _ request: Ref<Request>, _ client: Ref<Thread>
) -> Ref<Description>? {
  guard let process = client.value.process,
    let description = process.value.handles.entry(request.value.reserved)?.description,
    case .opening = description.value.kind
  else { return nil }
  return description
}
