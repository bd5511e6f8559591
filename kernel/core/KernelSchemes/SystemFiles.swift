// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// `/scheme/sys`: what the kernel says about itself, and the few switches that stop it.

extension Opening {
  mutating func openSystem() throws(SystemError) -> Ref<Description> {
    guard let name = path.next() else { return try makeDirectory(.root(.sys)) }
    if name.equals(SystemEntry.firmware.name) { return try openFirmware() }
    try path.end()
    for index in 0..<SystemFile.count {
      guard let file = SystemFile(rawValue: index), file != .firmwareRoot, name.equals(file.name)
      else { continue }
      return try makeText(.system(file, TextPlace()))
    }
    for index in 0..<SystemEntry.count {
      guard let entry = SystemEntry(rawValue: index), name.equals(entry.name) else { continue }
      return try open(entry)
    }
    throw .notFound
  }

  private mutating func open(_ entry: SystemEntry) throws(SystemError) -> Ref<Description> {
    switch entry {
    case .log:
      return try makeText(.log(base: kernel.log.start, isStream: false))
    case .logStream:
      return try openLogStream()
    case .initrd:
      // Files in it are not for everybody.
      guard mayManage else { throw .notPermitted }
      guard !flags.contains(.write) else { throw .accessDenied }
      return try openInitrd(account)
    case .firmware:
      return try openFirmware()
    case .seed:
      guard mayManage else { throw .notPermitted }
      guard !flags.contains(.write) else { throw .accessDenied }
      return try make(.seed, isStream: true)
    case .authority:
      guard mayManage else { throw .notPermitted }
      return try make(.authority, isStream: true)
    case .stop:
      guard mayManage else { throw .notPermitted }
      return try make(.control(.stop), isStream: true)
    case .updateTimeOffset:
      guard mayManage else { throw .notPermitted }
      return try make(.control(.updateTimeOffset), isStream: true)
    }
  }

  /// `acpi`; `acpi/root`, the root pointer's address as text; `acpi/tables`, with which
  /// `CreateDeviceMemory` makes the memory at such addresses readable.
  mutating func openFirmware() throws(SystemError) -> Ref<Description> {
    guard let name = path.next() else { return try makeDirectory(.firmwareDirectory) }
    try path.end()
    if name.equals("root") { return try makeText(.system(.firmwareRoot, TextPlace())) }
    guard name.equals("tables") else { throw .notFound }
    guard mayManage else { throw .notPermitted }
    return try make(.firmwareTables, isStream: true)
  }
}

/// Writes to one of the machine's switches.
func writeControl(
  _ control: SystemControl, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch control {
  case .stop:
    return try stopMachine(buffer, thread)
  case .updateTimeOffset:
    let difference = try receiveRecord(Int64.self, from: buffer, thread)
    adjustWallClock(by: difference)
    return .done(8)
  }
}

/// `shutdown` switches the machine off, `reset` and `emergency_reset` start it again. File systems
/// and services are init's affair: it has stopped them, or it is an emergency.
private func stopMachine(
  _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard buffer.count > 0, buffer.count <= 32 else { throw .invalidArgument }
  var word = FixedText<32>()
  let scratch = ScratchPage()
  try copyIn(scratch.address, buffer, thread)
  for index in 0..<Int(buffer.count) where !scratch.bytes[index].isASCIISpace {
    word.put(scratch.bytes[index])
  }
  if word.bytes.equals("shutdown") {
    report("switching off")
    Machine.powerOff()
  }
  guard word.bytes.equals("reset") || word.bytes.equals("emergency_reset") else {
    throw .invalidArgument
  }
  report("restarting")
  Machine.reset()
}
