// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Archive
import Core
import ELF
import Machine
import Objects

// Process 1: the one program that the kernel loads itself. Its file lies in the initrd's archive,
// page-aligned, so its segments are mapped in place and copied only where init writes.

/// Where init's stack ends, and how far it may grow down.
private let stackTop: UInt = 0x7FFF_0000_0000
private let stackBytes: UInt = 1 << 20

/// Makes init: its memory, its namespace with every kernel scheme, the console as its standard
/// handles, and its first thread, ready to run.
func makeInit() throws(SystemError) -> Ref<Process> {
  guard let root = kernel.rootAccount else { throw .invalidArgument }
  let process = try createProcess(parent: nil, account: root)
  let initrd = try initrdObject()
  guard let space = process.value.space else { throw .outOfMemory }
  let image = try loadInit(space, initrd)
  process.value.namespace = try initialNamespace(root)
  for number: UInt32 in 0..<3 {
    let console = try openKernelScheme(.debug, path: "", .readWrite, nil)
    let handle = try insertHandle(process, console, .everything, OpenFlags())
    assert(handle.rawValue == number)
  }
  let stack = try prepareStack(space, image)
  _ = try createThread(
    process, entry: image.entry, stack: stack, argument: stack, threadPointer: 0)
  return process
}

/// What init's start record says of its program.
private struct InitImage {
  var entry: UInt = 0
  var base: UInt = 0
  var headers: UInt = 0
  var headerCount: UInt = 0
}

/// A name for every kernel scheme, bound to a root with all rights.
private func initialNamespace(_ account: Ref<Account>) throws(SystemError) -> Ref<Namespace> {
  let namespace = try Ref<Namespace>.make(copying: nil, account)
  for index in 0..<KernelScheme.count {
    guard let scheme = KernelScheme(rawValue: UInt8(index)) else { continue }
    let root = try newDescription(.kernel(.root(scheme)), account)
    let name = scheme.name
    var bytes = InlineArray<64, UInt8>(repeating: 0)
    for position in 0..<name.count { bytes[position] = name[position] }
    try namespace.bind(bytes, name.count, root, .everything)
    root.release()
  }
  return namespace
}
