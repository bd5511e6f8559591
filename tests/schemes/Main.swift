// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Schemes, links between them, scripts, rings and provided memory, among processes.
@main struct Schemes {
  static func main() {
    switch Arguments.text(at: 1) {
    case "serve": Daemon.serve(PeerServer(), as: "peer")
    case "touch": Client.touchPages()
    default: break
    }
    var run = TestRun("schemes")
    do throws(TestFailure) {
      let peer = try Peer()
      LinkTests(peer).run(&run)
      ScriptTests().run(&run)
      ProvidedMemoryTests(peer).run(&run)
      RingTests(peer).run(&run)
      FileLockTests().run(&run)
      PathStatusTests().run(&run)
    } catch {
      run.test("the scheme is served") { () throws(TestFailure) in throw error }
    }
    exit(run.end())
  }
}

/// The served scheme: bound to the name `peer` in this process's own namespace.
final class Peer {
  private let scheme: ManagedScheme
  private(set) var server: UInt32

  init() throws(TestFailure) {
    let scheme = try succeed("making a scheme") { () throws(SystemError) in
      try ManagedScheme(isPersistent: false)
    }
    let handle = scheme.handle
    let root = try succeed("making a root") { () throws(SystemError) in
      try perform(CreateRoot { $0.scheme = handle })
    }
    let server = try succeed("using a namespace of its own") { () throws(SystemError) in
      let namespace = try Namespace.current().copy()
      try namespace.bind("peer", to: root)
      try Process.setProperty(.namespace, namespace.handle.word)
      performIgnoringErrors(Close { $0.handle = root })
      return try Self.serve(handle)
    }
    self.scheme = scheme
    self.server = server
  }

  private static func serve(_ scheme: Handle) throws(SystemError) -> UInt32 {
    var program = Program(Arguments.executablePath, [Arguments.text(at: 0), "serve"])
    program.scheme = scheme
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw error.reason
    }
  }

  func kill() throws(SystemError) {
    try Process.signal(Int(server), .kill)
    _ = try Process.wait(.process(server))
  }

  /// Another process serves from now on. Until it has attached, the scheme is given up.
  func serve() throws(SystemError) {
    server = try Self.serve(scheme.handle)
    let deadline = Deadline.after(.seconds(10))
    while true {
      do throws(SystemError) {
        _ = try File("/scheme/peer/file")
        return
      } catch {
        guard error == .inputOutput, !deadline.hasPassed else { throw error }
      }
      Clock.sleep(.milliseconds(2))
    }
  }

  deinit { _ = try? kill() }
}
