// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// `/scheme/null` and `/scheme/zero` through handles that are held open.
struct DeviceClient: ~Copyable {
  private let file: File
  private let isZero: Bool
  private var random: Random

  private static var longest: Int { 150_000 }

  init(_ path: Text, isZero: Bool, _ number: Int, _ seed: UInt64) throws(TestFailure) {
    file = try succeed("opening a device") { () throws(SystemError) in
      try File(path, .readWrite)
    }
    self.isZero = isZero
    random = Random(seed: seed &+ UInt64(number) &+ 1)
  }

  mutating func step() throws(TestFailure) {
    switch random.below(8) {
    case 0: try check()
    case 1...4: try read()
    default: try write()
    }
  }

  private mutating func read() throws(TestFailure) {
    var buffer = [UInt8](repeating: 0xFF, count: 1 + random.below(Self.longest))
    let count = try succeed("reading") { () throws(SystemError) in
      try file.read(into: buffer.mutableSpan)
    }
    if !isZero { return try expect(count == 0, "nothing in null") }
    try expect(count > 0 && count <= buffer.count, "zeros")
    for index in buffer.indices where buffer[index] != (index < count ? 0 : 0xFF) {
      throw TestFailure("a byte is another")
    }
  }

  private mutating func write() throws(TestFailure) {
    let bytes = [UInt8](repeating: 1, count: 1 + random.below(Self.longest))
    let count = try succeed("writing") { () throws(SystemError) in try file.write(bytes.span) }
    try expect(count > 0 && count <= bytes.count, "bytes are taken")
  }

  func check() throws(TestFailure) {
    let status = try succeed("asking the status") { () throws(SystemError) in try file.status() }
    try expect(status.mode == FileMode.characterDevice | 0o666, "a device")
  }
}

struct NullClient: CampaignClient, ~Copyable {
  private var client: DeviceClient

  init(number: Int, seed: UInt64) throws(TestFailure) {
    client = try DeviceClient("/scheme/null", isZero: false, number, seed)
  }

  mutating func step() throws(TestFailure) { try client.step() }
  mutating func check() throws(TestFailure) { try client.check() }
  mutating func end() throws(TestFailure) { try client.check() }
}

struct ZeroClient: CampaignClient, ~Copyable {
  private var client: DeviceClient

  init(number: Int, seed: UInt64) throws(TestFailure) {
    client = try DeviceClient("/scheme/zero", isZero: true, number, seed)
  }

  mutating func step() throws(TestFailure) { try client.step() }
  mutating func check() throws(TestFailure) { try client.check() }
  mutating func end() throws(TestFailure) { try client.check() }
}
