// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What other processes of the test do.
enum Helper {
  /// Starts this program as another process.
  static func start(_ role: Text, _ name: Text = Text()) throws(SystemError) -> UInt32 {
    let program = Program(Arguments.executablePath, [Arguments.text(at: 0), role, name])
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw error.reason
    }
  }

  static func kill(_ process: UInt32) throws(SystemError) {
    try Process.signal(Int(process), .kill)
    _ = try Process.wait(.process(process))
  }

  /// Does what `role` says; the process's status is zero if all was as it should be.
  static func run(_ role: Text) -> Never {
    do throws(SystemError) {
      switch role {
      case "echo": try echo(Arguments.text(at: 2))
      case "write": try writeThroughPassedHandle(Arguments.text(at: 2))
      case "fill": try fill(Arguments.text(at: 2))
      case "map": try changeSharedMemory(Arguments.text(at: 2))
      default: exit(2)
      }
      exit(0)
    } catch {
      exit(1)
    }
  }

  /// Accepts one connection of a channel and sends back what comes, each byte inverted.
  private static func echo(_ name: Text) throws(SystemError) {
    let listener = try File("/scheme/chan/" + name, .readWrite | .create | .exclusive)
    let connection = try listener.handle.open("listen", .readWrite)
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
      let count = try connection.handle.read(into: buffer.mutableSpan)
      if count == 0 { return }
      for index in 0..<count { buffer[index] ^= 0xFF }
      try connection.handle.writeAll(buffer.span.extracting(0..<count))
    }
  }

  /// Receives a handle and writes to what it stands for.
  private static func writeThroughPassedHandle(_ name: Text) throws(SystemError) {
    let socket = try Socket(.stream)
    try socket.connect(to: name)
    let message = try socket.receive()
    guard message.handleCount == 1 else { throw .protocolError }
    let passed = try socket.takeHandle(of: message)
    try passed.handle.writeAll("through a passed handle")
    _ = try socket.send([1].span)
  }

  /// Sends datagrams until somebody kills it.
  private static func fill(_ name: Text) throws(SystemError) {
    let socket = try Socket(.datagram)
    let message = [UInt8](repeating: 9, count: 30_000)
    while true { _ = try socket.send(message.span, to: name) }
  }

  /// Adds one to the first word of a memory object.
  private static func changeSharedMemory(_ name: Text) throws(SystemError) {
    let file = try File("/scheme/shm/" + name, .readWrite)
    let memory = try Mapping(file.handle, byteCount: 4096, .read | .write | .shared).shared()
    memory.storeReleasing64(memory.loadAcquiring64(at: 0) + 1, at: 0)
  }
}
