// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A server supplies the pages of a file that others have mapped, when they touch them.
struct ProvidedMemoryTests {
  private let peer: Peer

  init(_ peer: Peer) { self.peer = peer }

  func run(_ run: inout TestRun) {
    run.test("pages are supplied as they are touched") { () throws(TestFailure) in
      let pages = try MappedPages()
      for turn in 0..<PeerServer.pageCount {
        let page = turn * 37 % PeerServer.pageCount
        if UInt64(page) == PeerServer.badPage { continue }
        let byte = UInt8(truncatingIfNeeded: page)
        try expect(
          pages.memory.bytes[page * 4096] == byte && pages.memory.bytes[page * 4096 + 4095] == byte,
          "what the server supplied")
      }
      try expect(try call(pages.file.handle, PeerServer.dropAll).word == 63, "all pages were there")
      try expect(pages.memory.bytes[5 * 4096] == 5, "a page is asked for again")
    }
    run.test("several processes see one another's changes, and the server finds them") {
      () throws(TestFailure) in
      var pages = try MappedPages()
      _ = try call(pages.file.handle, PeerServer.dropAll)
      let child = try start("write")
      try expect(try wait(child) == .exited(0), "the other process writes and ends")
      try expect(pages.memory.bytes[9 * 4096 + 3] == 0x77, "its change is seen here")
      var answer = try call(pages.file.handle, PeerServer.writeBack)
      try expect(answer.word == 1 << 32 | 9 && answer.bytes[3] == 0x77, "one changed page, the 9th")
      // It was taken back: the server's own contents come again.
      try expect(
        pages.memory.bytes[9 * 4096 + 3] == 9, "a page that was withdrawn is supplied anew")
      var bytes = pages.memory.mutableBytes
      bytes[11 * 4096] = 0x33
      answer = try call(pages.file.handle, PeerServer.writeBack)
      try expect(
        answer.word == 1 << 32 | 11 && answer.bytes[0] == 0x33, "one changed page, the 11th")
    }
    run.test("a page that cannot be had ends whoever touches it") { () throws(TestFailure) in
      let child = try start("bad")
      // The signal of a page that cannot be supplied, not of an address that is nobody's.
      try expect(try wait(child) == .signalled(.busError), "the touch ends it")
      let pages = try MappedPages()
      try expect(pages.memory.bytes[41 * 4096] == 41, "the others go on")
    }
    run.test("reading and writing files through provided memory works") {
      () throws(TestFailure) in
      // The kernel itself brings the pages in that a call names.
      let pages = try MappedPages()
      _ = try call(pages.file.handle, PeerServer.dropAll)
      try succeed("writing from provided memory") { () throws(SystemError) in
        let copy = try File("/scheme/tmp/copy", .readWrite | .create | .truncate)
        let span = pages.memory.bytes.extracting(8 * 4096..<12 * 4096)
        guard try copy.write(span, at: 0) == 4 * 4096 else { throw .protocolError }
        var back = [UInt8](repeating: 0, count: 4 * 4096)
        guard try copy.read(into: back.mutableSpan, at: 0) == 4 * 4096 else {
          throw .protocolError
        }
        for page in 0..<4 where back[page * 4096 + 9] != UInt8(8 + page) { throw .protocolError }
        try FileSystem.remove("/scheme/tmp/copy")
      }
    }
    run.test("when the server is gone, a touch ends the program and nobody hangs") {
      () throws(TestFailure) in
      let child = try start("later")
      Clock.sleep(.milliseconds(30))
      try succeed("ending the server") { () throws(SystemError) in try peer.kill() }
      // The signal of a page that cannot be supplied, not of an address that is nobody's.
      try expect(try wait(child) == .signalled(.busError), "the touch ends it")
      try succeed("starting a successor") { () throws(SystemError) in try peer.serve() }
      let pages = try MappedPages()
      try expect(pages.memory.bytes[7 * 4096] == 7, "its successor supplies pages of its own")
    }
  }

  private func call(
    _ file: Handle, _ code: UInt32
  ) throws(TestFailure) -> (word: UInt, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: 16)
    do throws(SystemError) {
      let word = try file.call(code, into: bytes.mutableSpan)
      return (word, bytes)
    } catch { throw TestFailure(reason("a call", error)) }
  }

  private func start(_ what: Text) throws(TestFailure) -> UInt32 {
    let program = Program(Arguments.executablePath, [Arguments.text(at: 0), "touch", what])
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw TestFailure(error.explanation)
    }
  }

  private func wait(_ child: UInt32) throws(TestFailure) -> ExitStatus {
    do throws(SystemError) {
      return try Process.wait(.process(child), until: .after(.seconds(20))).status
    } catch { throw TestFailure(reason("waiting for a process", error)) }
  }
}

/// The file of pages, open and mapped.
private struct MappedPages: ~Copyable {
  let file: File
  var memory: Mapping

  init() throws(TestFailure) {
    let file = try succeed("opening the file of pages") { () throws(SystemError) in
      try File("/scheme/peer/pages", .readWrite)
    }
    let handle = file.handle
    let memory = try succeed("mapping it") { () throws(SystemError) in
      try Mapping(handle, byteCount: PeerServer.pageCount * 4096, .read | .write | .shared)
    }
    self.file = file
    self.memory = memory
  }
}

/// Another process that maps the file of pages.
enum Client {
  static func touchPages() -> Never {
    do throws(SystemError) {
      let file = try File("/scheme/peer/pages", .readWrite)
      let memory = try Mapping(
        file.handle, byteCount: PeerServer.pageCount * 4096, .read | .write | .shared
      ).shared()
      switch Arguments.text(at: 2) {
      case "write":
        guard memory.load(at: 9 * 4096 + 3, as: UInt8.self) == 9 else { exit(1) }
        memory.store(UInt8(0x77), at: 9 * 4096 + 3)
      case "bad":
        memory.store(UInt8(1), at: Int(PeerServer.badPage) * 4096)
      default:
        // Meanwhile the server ends.
        Clock.sleep(.milliseconds(150))
        memory.store(UInt8(1), at: 20 * 4096)
      }
    } catch { exit(2) }
    exit(0)
  }
}
