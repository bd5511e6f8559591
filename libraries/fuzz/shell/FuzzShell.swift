// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import ShellEvaluator
import ShellParser

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in run(Text(bytes)) }
  return 0
}

/// Runs the script over a system that has nothing in it and loses patience.
private func run(_ script: Text) {
  let shell = Shell(EmptySystem(), arguments: ["fuzz", "a b", "c"])
  _ = shell.run(script)
}

/// A system without programs or files, whose user interrupts what takes long.
private final class EmptySystem: ShellSystem {
  private static var refusal: SystemFailure {
    SystemFailure(kind: .notFound, reason: "No such file or directory")
  }

  private var patience = 200
  private var nextHandle = 10

  func start(_ program: ProgramStart) throws(SystemFailure) -> Int { throw Self.refusal }
  func become(_ program: ProgramStart) throws(SystemFailure) { throw Self.refusal }
  func state(of process: Int, waits: Bool) -> ProcessState { .exited(0) }
  func signal(_ number: Int, process: Int, isGroup: Bool) throws(SystemFailure) {}
  func setForeground(_ group: Int?) {}
  func pipe() throws(SystemFailure) -> (reading: Int, writing: Int) {
    nextHandle += 2
    return (nextHandle - 2, nextHandle - 1)
  }
  func open(_ path: Text, for use: FileUse) throws(SystemFailure) -> Int {
    nextHandle += 1
    return nextHandle - 1
  }
  func close(_ handle: Int) {}
  func read(_ handle: Int, limit: Int) throws(SystemFailure) -> [UInt8] { [] }
  func write(_ handle: Int, _ bytes: ArraySlice<UInt8>) throws(SystemFailure) -> Int {
    bytes.count
  }
  func ready(
    reading: [Int], writing: [Int], limit: Int?
  ) -> (readable: [Int], writable: [Int]) {
    (reading, writing)
  }
  func names(in directory: Text) -> [Text]? { ["a", "b.c", ".d", "[e]"] }
  func facts(_ path: Text) -> PathFacts? { nil }
  func isLink(_ path: Text) -> Bool { false }
  func access(_ path: Text, _ access: FileAccess) -> Bool { false }
  var workingDirectory: Text { "/" }
  func changeDirectory(_ path: Text) throws(SystemFailure) { throw Self.refusal }
  var environment: [(name: Text, value: Text)] { [("HOME", "/"), ("x", "1")] }
  func home(of user: Text) -> Text? { nil }
  func isTerminal(_ handle: Int) -> Bool { false }
  var shellProgram: Text? { nil }
  var processIdentifier: Int { 1 }
  var userIdentifier: Int { 0 }
  func randomNumber() -> UInt64 { 1 }
  func beginSession() {}
  func takeInterrupt() -> Bool {
    patience -= 1
    return patience < 0
  }
}
