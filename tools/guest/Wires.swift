// SPDX-License-Identifier: MIT
import Host

/// The channels between us and QEMU, before it is started.
struct Wires: ~Copyable {
  let console: Descriptor.Pair
  let frames: Descriptor.Pair
  let monitor: Descriptor.Pair
  let errors: Descriptor.Pair

  static func made() throws(HostError) -> Wires {
    let console = try Descriptor.pipe()
    let frames = try Descriptor.pipe()
    let monitor = try Descriptor.socketPair()
    return Wires(console: console, frames: frames, monitor: monitor, errors: try Descriptor.pipe())
  }

  /// What QEMU finds open: its standard streams, then console, frames and monitor as 3, 4 and 5.
  var given: [(theirs: Int32, ours: Int32)] {
    [
      (0, errors.theirs.number), (1, errors.theirs.number), (2, errors.theirs.number),
      (3, console.theirs.number), (4, frames.theirs.number), (5, monitor.theirs.number),
    ]
  }

  /// Closes QEMU's ends here, so that ours end when QEMU does.
  consuming func keepingOurs() -> OurWires {
    OurWires(
      console: console.keepingOurs(), frames: frames.keepingOurs(),
      monitor: monitor.keepingOurs(), errors: errors.keepingOurs())
  }
}

/// Our ends of the channels.
struct OurWires: ~Copyable {
  let console: Descriptor
  let frames: Descriptor
  let monitor: Descriptor
  let errors: Descriptor

  var numbers: [Int32] { [console.number, frames.number, monitor.number, errors.number] }
}

/// What arrives on the channels, turned into events.
struct Inputs {
  /// The channels that have not ended. When none is left, QEMU is gone.
  private(set) var open: [Int32]
  private var messages = MessageReader()
  private var monitorLines = LineSplitter()
  private var errors: [UInt8] = []

  init(open: [Int32]) { self.open = open }

  /// What QEMU wrote to its standard error.
  var errorText: String { String(decoding: errors, as: UTF8.self) }

  mutating func events(
    from wires: borrowing OurWires, _ readable: Set<Int32>, keepingConsoleIn log: inout [UInt8]
  ) throws(HostError) -> [ExecSession.Event] {
    var events: [ExecSession.Event] = []
    if let bytes = try take(wires.console, readable) {
      log += bytes
      events.append(.console(bytes))
    }
    if let bytes = try take(wires.frames, readable) {
      events += messages.append(bytes).map { .message($0) }
    }
    if let bytes = try take(wires.monitor, readable) {
      events += monitorLines.append(bytes).map { .monitor(Monitor.parse($0)) }
    }
    if let bytes = try take(wires.errors, readable) { errors += bytes }
    return events
  }

  /// The bytes of a channel, nil when it has none now or ends.
  private mutating func take(
    _ wire: borrowing Descriptor, _ readable: Set<Int32>
  ) throws(HostError) -> [UInt8]? {
    let number = wire.number
    guard readable.contains(number) else { return nil }
    switch try wire.read() {
    case .bytes(let bytes): return bytes
    case .end:
      open.removeAll { $0 == number }
      return nil
    }
  }
}

/// Cuts bytes into whole lines.
struct LineSplitter {
  private var rest: [UInt8] = []

  mutating func append(_ bytes: [UInt8]) -> [String] {
    rest += bytes
    guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let whole = rest[..<end]
    rest = Array(rest[(end + 1)...])
    return whole.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }
}
