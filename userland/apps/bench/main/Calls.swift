// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System

/// The cheapest way into the kernel and back.
func nullCall(_ turns: Int) -> UInt64 {
  func run(_ turns: Int) {
    for _ in 0..<turns { performIgnoringErrors(Null()) }
  }
  run(turns / 10)
  return Measurement.timed { run(turns) }
}

/// Private memory, touched page by page for the first time.
func pageFault(_ turns: Int) throws(BenchError) -> UInt64 {
  var memory = try doing("mapping memory") { () throws(SystemError) in
    try HeapRange(pages: turns + 64)
  }
  for page in 0..<64 { memory.touch(page: page) }
  return Measurement.timed {
    for page in 64..<(turns + 64) { memory.touch(page: page) }
  }
}

/// 64 KiB mapped, one page of it touched, unmapped. A neighbour keeps the page tables.
func mapUnmap(_ turns: Int) throws(BenchError) -> UInt64 {
  var neighbour = try doing("mapping memory") { () throws(SystemError) in
    try HeapRange(pages: 1)
  }
  neighbour.touch(page: 0)
  func run(_ turns: Int) throws(SystemError) {
    for _ in 0..<turns {
      var range = try HeapRange(pages: 16)
      range.touch(page: 0)
    }
  }
  try doing("mapping memory") { () throws(SystemError) in try run(turns / 10) }
  var failure: SystemError?
  let ticks = Measurement.timed {
    do throws(SystemError) { try run(turns) } catch { failure = error }
  }
  if let failure { throw .system("mapping memory", failure) }
  return ticks
}

/// The longest that the kernel has kept interrupts off since the machine started, after the stress
/// tests.
func longestEntry() throws(BenchError) -> UInt64 {
  var program = Program("/scheme/initfs/tests/hostile", ["hostile"])
  // What it says is not a figure.
  program.handles = [
    (.standardInput, .standardInput), (.standardOutput, .standardError),
    (.standardError, .standardError),
  ]
  let child: Process
  do throws(ExecutableError) { child = try Process.spawn(program) } catch {
    throw .executable(error)
  }
  let number = child.number
  let stress = try doing("waiting") { () throws(SystemError) in
    try Process.wait(.process(number))
  }
  guard stress.status == .exited(0) else { throw .notAsAgreed("the stress tests failed") }
  let bytes = try doing("/scheme/sys/longest_entry") { () throws(SystemError) in
    try FileSystem.read("/scheme/sys/longest_entry")
  }
  var value: UInt64 = 0
  for byte in bytes where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") {
    value = value &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
  }
  return value
}

/// Private zeroed memory, unmapped at the end.
struct HeapRange: ~Copyable {
  private var mapping: Mapping

  init(pages: Int) throws(SystemError) {
    mapping = try Mapping(byteCount: pages * 4096)
  }

  /// Writes one byte of page `page`.
  @inline(__always)
  mutating func touch(page: Int) {
    var bytes = mapping.mutableBytes
    bytes[page &* 4096] = 1
  }
}
