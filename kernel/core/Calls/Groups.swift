// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// The groups that processes are in beside their own.

func handle(_ call: SetGroups, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let process = try targetProcess(call.process, thread, needing: .manage)
  guard !process.value.care.contains(.ending), process.value.state != .ended else {
    throw .noProcess
  }
  guard call.groups.count & 3 == 0, call.groups.count <= UInt(SetGroups.limit &* 4) else {
    throw .invalidArgument
  }
  let count = Int(call.groups.count / 4)
  let scratch = kernel.processors[Machine.currentProcessor].scratch
  try copyIn(scratch.kernelAddress, call.groups, thread)
  let wanted = PageOf<ProcessGroups.Numbers>(scratch)[0]
  if !process.value.groups.isEqual(to: wanted, count) {
    try requireAuthority(call.authority, thread)
  }
  process.value.groups.numbers = wanted
  process.value.groups.count = count
  return .done
}

func handle(_ call: GetGroups, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let process = try targetProcess(call.process, thread, needing: .read)
  return .done(try writeGroups(of: process, to: call.buffer, thread))
}

func handle(_ call: CallerGroups, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (_, scheme) = try session(call.server, thread)
  guard let client = takenRequest(call.tag, scheme)?.value.client,
    let process = client.value.process
  else { throw .gone }
  return .done(try writeGroups(of: process, to: call.buffer, thread))
}

/// - Returns: how many groups there are.
private func writeGroups(
  of process: Ref<Process>, to buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  let count = UInt(process.value.groups.count)
  let written = min(buffer.count / 4, count) &* 4
  if written > 0 {
    let scratch = kernel.processors[Machine.currentProcessor].scratch
    PageOf<ProcessGroups.Numbers>(scratch)[0] = process.value.groups.numbers
    try copyOut(
      UserSpan(address: buffer.address, count: written), scratch.kernelAddress, thread)
  }
  return count
}
