// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Schemes") struct SchemeTests {
    let schemes: SchemeBench
    var bench: Bench { schemes.bench }

    init() throws { schemes = try SchemeBench() }

    @Test func anOperationIsItsDocumentedByte() throws {
      let values: [SchemeOperation] = [.open, .close, .read, .map, .supply, .watch]
      #expect(values.map(\.rawValue) == [1, 2, 3, 18, 19, 22])
      #expect(MemoryLayout<SchemeRequest>.size <= SchemeRequest.byteCount)
      _ = bench.begin(bench.readCall(schemes.root, 8), on: bench.thread)
      _ = try schemes.take()
      #expect(schemes.area(8..<9) == [SchemeOperation.read.rawValue])
    }

    @Test func whatIsMadeHasAHandleOfTheRuntimeRange() throws {
      var account = CreateAccount()
      account.parent = .none
      var process = CreateProcess()
      process.account = .none
      var memory = CreateMemory()
      memory.length = 4096
      var root = CreateRoot()
      root.scheme = schemes.management
      let made = [
        try bench.call(account), try bench.call(process), try bench.call(memory),
        try bench.call(CreateNamespace()), try bench.call(CreateScheme()),
        try bench.call(root, on: schemes.server),
      ]
      for word in made { #expect(word >= UInt(Handle.runtimeBase)) }
    }

    // MARK: Rename

    private func rename(_ path: UserSpan, _ newPath: UserSpan, from parent: Handle? = nil) -> Rename
    {
      var call = Rename()
      call.parent = parent ?? schemes.root
      call.newParent = parent ?? schemes.root
      call.path = path
      call.newPath = newPath
      return call
    }

    private func check(_ old: String, _ new: String, sending call: Rename) throws {
      #expect(bench.begin(call, on: bench.thread) == nil)
      let request = try schemes.take()
      #expect(request?.operation == SchemeOperation.rename.rawValue)
      #expect(request?.first == 1 && request?.second == UInt64(old.utf8.count))
      #expect(schemes.input() == Array((old + new).utf8))
      try schemes.answer(request?.tag ?? 0)
      #expect(bench.settle(bench.thread) == 0)
    }

    @Test func namesOfARenameLieAnywhere() throws {
      let before = MemoryBalance.now()
      for (old, new) in [
        ("a", "b"), ("", ""), (String(repeating: "o", count: 63), "n"),
        (String(repeating: "o", count: 65), "n"),
        (String(repeating: "o", count: 4095), String(repeating: "n", count: 3)),
        (String(repeating: "o", count: 4096), String(repeating: "n", count: 4096)),
      ] {
        // The second lies before the first, and neither at the start of a page.
        let newPath = schemes.span(new, at: 0x2008)
        let path = schemes.span(old, at: 0x5ff8)
        try check(old, new, sending: rename(path, newPath))
      }
      #expect(MemoryBalance.now() == before)
      let long = schemes.span(String(repeating: "l", count: 4097), at: 0x2000)
      #expect(throws: SystemError.nameTooLong) {
        try bench.call(rename(long, schemes.span("n", at: 0)))
      }
    }

    @Test func aRenameTakesAbsolutePaths() throws {
      let namespace = try schemes.makeNamespace()
      try schemes.bind("notes", schemes.root, in: namespace)
      let path = schemes.span("notes/old", at: 0x2000)
      let newPath = schemes.span("notes/new", at: 0x3000)
      try check("old", "new", sending: rename(path, newPath, from: .some(.none)))
      let elsewhere = schemes.span("other/new", at: 0x3000)
      #expect(throws: SystemError.notFound) {
        try bench.call(rename(path, elsewhere, from: .some(.none)))
      }
    }

    @Test func aRenameOfBadMemoryLeavesNothing() throws {
      let before = MemoryBalance.now()
      let requests = schemes.requestsInUse
      let good = schemes.span(String(repeating: "g", count: 100), at: 0x2000)
      let bad = UserSpan(address: 0x10, count: 100)
      #expect(throws: SystemError.badAddress) { try bench.call(rename(good, bad)) }
      #expect(throws: SystemError.badAddress) { try bench.call(rename(bad, good)) }
      let short = UserSpan(address: good.address, count: 5)
      let shortBad = UserSpan(address: 0x10, count: 5)
      #expect(throws: SystemError.badAddress) { try bench.call(rename(short, shortBad)) }
      #expect(schemes.requestsInUse == requests)
      #expect(MemoryBalance.now() == before)
    }

    @Test func aClientThatDiesDuringARenameLeavesNothing() throws {
      let before = MemoryBalance.now()
      let client = try bench.makeThread()
      let long = String(repeating: "l", count: 3000)
      let call = rename(schemes.span(long, at: 0x2000), schemes.span(long, at: 0x4000))
      #expect(bench.begin(call, on: client) == nil)
      let request = try schemes.take()
      #expect(leaveQueue(client))
      endThread(client)
      #expect(throws: SystemError.gone) { try schemes.answer(request?.tag ?? 0) }
      #expect(MemoryBalance.now() == before)
    }

    // MARK: The namespace as a directory

    private func list(_ directory: Handle, cookie: UInt64 = 0, room: UInt = 2048) throws
      -> [(name: String, cookie: UInt64)]
    {
      var call = ReadDirectory()
      call.handle = directory
      call.buffer = UserSpan(address: bench.memory + 0x8000, count: room)
      call.cookie = cookie
      let bytes = bench.load(Int(try bench.call(call)), at: bench.memory + 0x8000)
      var names: [(String, UInt64)] = []
      var place = 0
      while place < bytes.count {
        let sizes = word(of: bytes, at: place + 16)
        let count = Int(sizes >> 16 & 0xFFFF)
        #expect(UInt32(sizes >> 32) == FileMode.directory >> 12)
        let name = bytes[(place + 24)..<(place + 24 + count)]
        names.append((String(decoding: name, as: UTF8.self), word(of: bytes, at: place)))
        place += Int(sizes & 0xFFFF)
      }
      return names
    }

    @Test func theNamespaceIsADirectory() throws {
      let namespace = try schemes.makeNamespace()
      let long = String(repeating: "x", count: 63)
      for name in ["one", "two", long, "four"] {
        try schemes.bind(name, schemes.root, in: namespace)
      }
      let directory = try bench.open(.none)
      #expect(try list(directory).map(\.name) == ["one", "two", long, "four"])
      // In pieces, while names come and go: what is there throughout comes once.
      let first = try list(directory, room: 40)
      #expect(first.map(\.name) == ["one"])
      try schemes.bind("one", nil, in: namespace)
      try schemes.bind("five", schemes.root, in: namespace)
      try schemes.bind("two", schemes.root, in: namespace)
      let rest = try list(directory, cookie: first[0].cookie)
      #expect(rest.map(\.name) == ["two", long, "four", "five"])
      #expect(try list(directory, cookie: rest[3].cookie).isEmpty)
      #expect(try list(directory, cookie: UInt64.max).isEmpty)
      #expect(throws: SystemError.invalidArgument) { try list(directory, room: 20) }
    }

    @Test func theDirectoryOfNamesGivesNoPowerOverThem() throws {
      let namespace = try schemes.makeNamespace()
      try schemes.bind("one", schemes.root, in: namespace)
      let directory = try bench.open(.none)
      #expect(throws: SystemError.accessDenied) {
        try schemes.bind("two", schemes.root, in: directory)
      }
      #expect(throws: SystemError.isDirectory) { try bench.open(.none, "", .readWrite) }
      var read = Read()
      read.handle = directory
      read.buffer = UserSpan(address: bench.memory + 0x8000, count: 32)
      #expect(throws: SystemError.isDirectory) { try bench.call(read) }
      var path = PathOf()
      path.handle = directory
      path.buffer = UserSpan(address: bench.memory + 0x8000, count: 32)
      #expect(try bench.call(path) == 7)
      #expect(bench.load(7, at: bench.memory + 0x8000) == Array("/scheme".utf8))
      var status = Status()
      status.handle = directory
      status.buffer = UserSpan(address: bench.memory + 0x8000, count: 96)
      #expect(try bench.call(status) == 96)
      let mode = UInt32(
        truncatingIfNeeded: word(of: bench.load(24, at: bench.memory + 0x8000), at: 16))
      #expect(mode & FileMode.typeMask == FileMode.directory)
    }
  }
}
