// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

func handle(_ call: CreateNamespace, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  var source: Ref<Namespace>?
  if call.source != .none {
    let description = try lookUp(call.source, thread, needing: .read)
    guard case .namespace(let namespace) = description.value.kind else { throw .badHandle }
    source = namespace
  }
  let namespace = try Ref<Namespace>.make(copying: source, process.value.account)
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.namespace(namespace), process.value.account)
  } catch {
    namespace.release()
    throw error
  }
  return .done(try insertHandle(process, description, .everything, .runtimeHandle).word)
}

func handle(_ call: BindName, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.namespace, thread, needing: .manage)
  guard case .namespace(let namespace) = description.value.kind else { throw .badHandle }
  guard call.name.count >= 1, call.name.count <= BoundName.nameLimit else {
    throw .invalidArgument
  }
  var bytes = InlineArray<64, UInt8>(repeating: 0)
  try copyInName(&bytes, call.name, thread)
  for index in 0..<Int(call.name.count) {
    let byte = bytes[index]
    guard byte > 0x20, byte != UInt8(ascii: "/"), byte != UInt8(ascii: ":") else {
      throw .invalidArgument
    }
  }
  // A path would not lead there.
  let isDots =
    bytes[0] == 0x2E && (call.name.count == 1 || call.name.count == 2 && bytes[1] == 0x2E)
  if isDots { throw .invalidArgument }
  if call.root == .none {
    guard let name = namespace.find(bytes, Int(call.name.count)) else { throw .notFound }
    namespace.unbind(name)
    return .done
  }
  let entry = try lookUpEntry(call.root, thread)
  guard let root = entry.description, entry.rights.isSuperset(of: .transfer | .traverse) else {
    throw .accessDenied
  }
  switch root.value.kind {
  case .file, .kernel: break
  case .pipe, .events, .memory, .process, .thread, .account, .namespace, .schemeManagement,
    .server, .opening, .unused:
    throw .invalidArgument
  }
  try namespace.bind(bytes, Int(call.name.count), root, entry.rights)
  return .done
}
