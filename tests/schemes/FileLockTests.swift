// SPDX-License-Identifier: MIT
import Synchronization
import System
import TestRuntime

/// Locks on files among descriptions, threads and processes; space of files; and permissions by the
/// groups that a process is in beside its own. On tmpfs, and on the volume of redoxfs if there is one.
struct FileLockTests {
  func run(_ run: inout TestRun) {
    let folders = folders
    run.test("locks belong to open descriptions") { () throws(TestFailure) in
      for folder in folders { try descriptions(folder + "/locks") }
    }
    run.test("a lock is waited for, and the wait ends with a signal") { () throws(TestFailure) in
      for folder in folders { try waits(folder + "/locks") }
    }
    run.test("groups beside a process's own decide") { () throws(TestFailure) in
      for folder in folders { try groups(folder + "/grouped") }
    }
    run.test("a hole reads as zeros") { () throws(TestFailure) in
      for folder in folders { try holes(folder + "/hole") }
    }
    run.test("what is allocated in tmpfs has pages") { () throws(TestFailure) in
      try allocation("/scheme/tmp/allocated")
    }
    run.test("space is asked for, and ranges become zeros") { () throws(TestFailure) in
      for folder in folders + ["/root"] { try ranges(folder + "/ranges") }
    }
    run.test("what cannot be locked says so") { () throws(TestFailure) in
      try fail(with: .notSupported, "locking null") { () throws(SystemError) in
        let file = try File("/scheme/null")
        try file.handle.lock(.shared)
      }
      try fail(with: .notSupported, "locking a text of the kernel's") { () throws(SystemError) in
        let file = try File("/scheme/sys/uname")
        try file.handle.lock(.shared)
      }
    }
  }

  private var folders: [Text] {
    do throws(SystemError) { _ = try FileSystem.status("/scheme/volume") } catch {
      return ["/scheme/tmp"]
    }
    return ["/scheme/tmp", "/scheme/volume"]
  }

  private func remove(_ path: Text) throws(TestFailure) {
    try succeed("removing") { () throws(SystemError) in try FileSystem.remove(path) }
  }

  // MARK: Locks

  private func descriptions(_ path: Text) throws(TestFailure) {
    try succeed("locking") { () throws(SystemError) in
      let one = try File(path, .readWrite | .create)
      let two = try File(path, .read)
      try one.handle.lock(.exclusive, start: 10, length: 10)
      guard try !two.handle.tryLock(.shared, start: 19, length: 1),
        try two.handle.tryLock(.exclusive, start: 20)
      else { throw .protocolError }
      guard let held = try two.handle.lockInTheWay(of: .shared), held.start == 10,
        held.length == 10, held.operation == LockOperation.exclusive.rawValue,
        held.process == Process.currentNumber
      else { throw .protocolError }
      // A duplicate is the same description, and the lock ends with the last of both.
      let copy = OwnedHandle(try one.handle.duplicate(flags: .runtimeHandle))
      guard try copy.handle.tryLock(.exclusive, start: 0, length: 15) else { throw .protocolError }
      _ = consume one
      guard try !two.handle.tryLock(.shared, start: 5, length: 1) else { throw .protocolError }
      _ = consume copy
      guard try two.handle.tryLock(.exclusive) else { throw .protocolError }
    }
    try remove(path)
  }

  private func waits(_ path: Text) throws(TestFailure) {
    let outcome = try succeed("waiting") { () throws(SystemError) in
      let holder = try File(path, .readWrite | .create)
      try holder.handle.lock(.exclusive)
      // A process that waits for the lock, and ends with what came of it.
      guard let child = try Process.fork() else { Self.waitForLock(path) }
      Clock.sleep(.milliseconds(30))
      try Process.signal(Int(child), .user1)
      let interrupted = try Process.wait(.process(child)).status
      guard let second = try Process.fork() else { Self.waitForLock(path) }
      Clock.sleep(.milliseconds(20))
      try holder.handle.unlock()
      return (interrupted, try Process.wait(.process(second)).status)
    }
    try expect(outcome.0 == .exited(4), "a wait that a signal ends")
    try expect(outcome.1 == .exited(0), "a lock when it is to be had")
    try remove(path)
  }

  private static func waitForLock(_ path: Text) -> Never {
    do throws(SystemError) {
      try Signals.setAction(.user1, .handle { _ in })
      let file = try File(path, .read)
      try file.handle.lock(.shared)
      exit(0)
    } catch { exit(error == .interrupted ? 4 : 5) }
  }

  // MARK: Space

  private func holes(_ path: Text) throws(TestFailure) {
    try succeed("a hole") { () throws(SystemError) in
      let file = try File(path, .readWrite | .create | .truncate)
      let bytes = [UInt8](repeating: 7, count: 100_000)
      try file.writeAll(bytes.span)
      try file.handle.allocate(from: 1000, byteCount: 90_000, .punchHole)
      var read = [UInt8](repeating: 1, count: 100_000)
      var done = 0
      while done < read.count {
        var part = [UInt8](repeating: 1, count: 50_000)
        let count = try file.read(into: part.mutableSpan, at: UInt64(done))
        guard count > 0 else { throw .protocolError }
        for index in 0..<count { read[done + index] = part[index] }
        done += count
      }
      for index in read.indices {
        guard read[index] == (1000..<91_000 ~= index ? 0 : 7) else { throw .protocolError }
      }
      guard try file.status().size == 100_000 else { throw .protocolError }
    }
    try remove(path)
  }

  private func ranges(_ path: Text) throws(TestFailure) {
    try succeed("ranges of a file") { () throws(SystemError) in
      let file = try File(path, .readWrite | .create | .truncate)
      let bytes = [UInt8](repeating: 7, count: 10_000)
      try file.writeAll(bytes.span)
      // Whoever has the file mapped sees the same.
      let mapping = try Mapping(file.handle, byteCount: 16_384, .read | .write | .shared).shared()
      mapping.store(UInt8(9), at: 6000)
      try file.handle.allocate(from: 5000, byteCount: 195_000)
      try file.handle.allocate(from: 200_000, byteCount: 50_000, .keepSize)
      guard try file.status().size == 200_000 else { throw .protocolError }
      try file.handle.allocate(from: 7000, byteCount: 1000, .zeroRange)
      try file.handle.allocate(from: 199_000, byteCount: 2000, .zeroRange)
      guard try file.status().size == 201_000 else { throw .protocolError }
      var read = [UInt8](repeating: 1, count: 16_384)
      guard try file.read(into: read.mutableSpan, at: 0) == read.count else { throw .protocolError }
      for index in read.indices {
        let isZero = 7000..<8000 ~= index || index >= 10_000
        guard read[index] == (isZero ? 0 : index == 6000 ? 9 : 7),
          mapping.load(at: index, as: UInt8.self) == read[index]
        else { throw .protocolError }
      }
    }
    try fail(with: .noSpace, "more than there is") { () throws(SystemError) in
      let file = try File(path, .readWrite)
      try file.handle.allocate(from: 0, byteCount: 1 << 38)
    }
    try remove(path)
  }

  private func allocation(_ path: Text) throws(TestFailure) {
    try succeed("allocating") { () throws(SystemError) in
      let file = try File(path, .readWrite | .create | .truncate)
      try file.handle.allocate(from: 0, byteCount: 200_000)
      guard try file.status().size == 200_000, try file.status().blocks >= 392 else {
        throw .protocolError
      }
      try file.handle.allocate(from: 200_000, byteCount: 100_000, .keepSize)
      guard try file.status().size == 200_000, try file.status().blocks >= 584 else {
        throw .protocolError
      }
    }
    try fail(with: .noSpace, "more than there is") { () throws(SystemError) in
      let file = try File(path, .readWrite)
      try file.handle.allocate(from: 0, byteCount: 1 << 38)
    }
    try remove(path)
  }

  // MARK: Groups

  /// A file that root made for a group: another user may read it if it is in the group.
  private func groups(_ path: Text) throws(TestFailure) {
    try succeed("a file of a group") { () throws(SystemError) in
      let file = try File(path, .readWrite | .create, mode: 0o640)
      var owner = FileAttributes()
      owner.valid = 1 | 2 | 4
      owner.mode = 0o640
      owner.user = 0
      owner.group = 70
      try file.setAttributes(owner)
    }
    try expect(try status(path, []) == 13, "refused without the group")
    try expect(try status(path, [69, 71]) == 13, "refused with other groups")
    try expect(try status(path, [69, 70]) == 0, "allowed with the group")
    try remove(path)
  }

  /// What opening the file comes to for a user with these groups, as an error's number.
  private func status(_ path: Text, _ groups: [UInt32]) throws(TestFailure) -> UInt32 {
    let status = try succeed("another user") { () throws(SystemError) in
      guard let child = try Process.fork() else { Self.open(path, groups) }
      return try Process.wait(.process(child)).status
    }
    guard case .exited(let number) = status else { throw TestFailure("a child that died") }
    return number
  }

  private static func open(_ path: Text, _ groups: [UInt32]) -> Never {
    do throws(SystemError) {
      let authority = try File("/scheme/sys/authority", .read | .runtimeHandle)
      try Process.setGroups(groups, authority: authority.handle)
      for property in [ProcessProperty.realGroup, .effectiveGroup, .savedGroup] {
        try Process.setProperty(property, 1000, authority: authority.handle)
      }
      for property in [ProcessProperty.realUser, .effectiveUser, .savedUser] {
        try Process.setProperty(property, 1000, authority: authority.handle)
      }
      guard Process.groups == groups else { exit(99) }
      _ = try File(path, .read)
      exit(0)
    } catch { exit(Int32(error.rawValue)) }
  }
}
