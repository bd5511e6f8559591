// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// `LockFile` with an operation that there is not.
private struct RawLockFile: SystemCall {
  typealias Reply = UInt
  static var number: CallNumber { .lockFile }
  var handle = Handle()
  var operation: UInt32 = 0

  mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    var (start, length): (UInt64, UInt64) = (0, 0)
    try coder.word("handle", &handle)
    try coder.word("operation", &operation)
    try coder.word("start", &start)
    try coder.word("length", &length)
  }
}

/// Calls about locks, space and groups that make no sense, each with the error that it gets.
struct WrongCalls {
  /// Places where no memory of a program's is.
  static let nowhere: [UInt] = [
    0, 8, 0x7FFF_FFFF_F000, 0xFFFF_8000_0000_0000, UInt.max - 15,
  ]

  func locks() throws(TestFailure) {
    let file = try open("/scheme/tmp/wrong", .readWrite | .create)
    for operation: UInt32 in [7, 8, 0xFF, UInt32.max] {
      try fail(with: .invalidArgument, "an operation that there is not") { () throws(SystemError) in
        try perform(
          RawLockFile {
            $0.handle = file.handle
            $0.operation = operation
          })
      }
    }
    for (start, length) in [
      (1 << 63, 1), (UInt64.max, 0), (UInt64.max, UInt64.max), (1, UInt64.max), (1 << 62, 3 << 61),
    ] as [(UInt64, UInt64)] {
      for kind in [LockKind.shared, .exclusive] {
        try fail(with: .invalidArgument, "a range behind the end") { () throws(SystemError) in
          try file.handle.tryLock(kind, start: start, length: length)
        }
      }
      try fail(with: .invalidArgument, "a range behind the end") { () throws(SystemError) in
        try file.handle.unlock(start: start, length: length)
      }
    }
    try succeed("the last byte") { () throws(SystemError) in
      try file.handle.lock(.exclusive, start: 1 << 63 - 1, length: 1)
      try file.handle.unlock()
    }
    try askingWhere(file)
    try fail(with: .badHandle, "no handle") { () throws(SystemError) in
      try Handle(rawValue: 77_777).lock(.shared)
    }
    try fail(with: .accessDenied, "a handle that may neither read nor write") {
      () throws(SystemError) in
      let file = try File("/scheme/tmp/wrong", .statOnly)
      try file.handle.lock(.shared)
    }
    let pipe = try succeed("a pipe") { () throws(SystemError) in try File("/scheme/pipe") }
    try fail(with: .notSupported, "a pipe") { () throws(SystemError) in
      try pipe.handle.lock(.shared)
    }
    try remove("/scheme/tmp/wrong")
  }

  /// What is to be told goes where there is no memory, or too little.
  private func askingWhere(_ file: borrowing File) throws(TestFailure) {
    let other = try open("/scheme/tmp/wrong", .read)
    try succeed("a lock to be asked for") { () throws(SystemError) in
      try other.handle.lock(.exclusive)
    }
    for address in Self.nowhere {
      try fail(with: .badAddress, "a record nowhere") { () throws(SystemError) in
        try ask(file.handle, UserSpan(address: address, count: 64))
      }
    }
    for count: UInt in [0, 1, 31] {
      var bytes = [UInt8](repeating: 0x5A, count: 64)
      var span = bytes.mutableSpan
      try fail(with: .invalidArgument, "a record without room") { () throws(SystemError) in
        try span.withClaim { (claim) throws(SystemError) in
          try ask(file.handle, UserSpan(address: claim.address, count: count))
        }
      }
      try expect(bytes.allSatisfy { $0 == 0x5A }, "nothing is written")
    }
  }

  private func ask(_ file: Handle, _ record: UserSpan) throws(SystemError) -> UInt {
    try perform(
      LockFile {
        $0.handle = file
        $0.operation = .findShared
        $0.record = record
      })
  }

  func space() throws(TestFailure) {
    let file = try open("/scheme/tmp/wrong", .readWrite | .create)
    let wrong: [(UInt64, UInt64, AllocationFlags, SystemError)] = [
      (0, 0, AllocationFlags(), .invalidArgument),
      (1, UInt64.max, AllocationFlags(), .fileTooLarge),
      (UInt64.max, 1, AllocationFlags(), .fileTooLarge), (1 << 62, 1, .keepSize, .fileTooLarge),
      (0, 1 << 38, AllocationFlags(), .noSpace),
      (0, 5, .punchHole | .zeroRange, .invalidArgument),
    ]
    for (offset, count, flags, error) in wrong {
      try fail(with: error, "space that cannot be") { () throws(SystemError) in
        try file.handle.allocate(from: offset, byteCount: count, flags)
      }
    }
    let size = try succeed("its size") { () throws(SystemError) in try file.status().size }
    try expect(size == 0, "nothing has changed")
    try fail(with: .accessDenied, "a handle that may not write") { () throws(SystemError) in
      let file = try File("/scheme/tmp/wrong")
      try file.handle.allocate(from: 0, byteCount: 1)
    }
    try fail(with: .badHandle, "no handle") { () throws(SystemError) in
      try Handle(rawValue: 77_777).allocate(from: 0, byteCount: 1)
    }
    try remove("/scheme/tmp/wrong")
  }

  func groups() throws(TestFailure) {
    let before = Process.groups
    for count: UInt in [1, 6, 4 * 33, 4096, 1 << 40] {
      try fail(with: .invalidArgument, "a list of no such length") { () throws(SystemError) in
        try set(UserSpan(address: 4096, count: count), .none, .none)
      }
    }
    for address in Self.nowhere {
      try fail(with: .badAddress, "a list nowhere") { () throws(SystemError) in
        try set(UserSpan(address: address, count: 16), .none, .none)
      }
    }
    let file = try open("/scheme/tmp/wrong", .readWrite | .create)
    let process = try succeed("asking by a wrong handle") { () throws(SystemError) in
      try File("/scheme/null", .readWrite)
    }
    // Whoever may not is refused, also with something else in the authority's place.
    for authority in [Handle.none, file.handle, Handle(rawValue: 77_777)] {
      do throws(SystemError) {
        try Process.setGroups(before + [4242], authority: authority)
        throw SystemError.protocolError
      } catch {
        try expect(
          error == .notPermitted || error == .badHandle || error == .accessDenied,
          "groups need the authority")
      }
    }
    do throws(SystemError) {
      _ = try perform(GetGroups { $0.process = process.handle })
      throw SystemError.protocolError
    } catch { try expect(error != .protocolError, "a file is no process") }
    for server in [Handle.none, file.handle, Handle(rawValue: 77_777)] {
      do throws(SystemError) {
        _ = try perform(
          CallerGroups {
            $0.server = server
            $0.tag = 1
          })
        throw SystemError.protocolError
      } catch { try expect(error != .protocolError, "only servers ask for their callers' groups") }
    }
    try expect(Process.groups == before, "the groups are as before")
    try remove("/scheme/tmp/wrong")
  }

  private func set(
    _ list: UserSpan, _ process: Handle, _ authority: Handle
  ) throws(SystemError) {
    _ = try perform(
      SetGroups {
        $0.process = process
        $0.groups = list
        $0.authority = authority
      })
  }

  private func open(_ path: Text, _ flags: OpenFlags) throws(TestFailure) -> File {
    try succeed("opening a file") { () throws(SystemError) in try File(path, flags) }
  }

  private func remove(_ path: Text) throws(TestFailure) {
    try succeed("removing a file") { () throws(SystemError) in try FileSystem.remove(path) }
  }
}
