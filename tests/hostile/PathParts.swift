// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Questions about paths (`StatusAt`) that make no sense, each with the error that it gets, and
/// those at the edges of memory that do make sense.
struct WrongPaths {
  /// Two pages, behind which there is nothing.
  private let pages: (address: UInt, byteCount: Int)
  private let bytes: SharedBytes
  private static let end = 2 * 4096
  private static let path: StaticString = "tmp/wrong"

  init() throws(TestFailure) {
    let made = try succeed("memory") { () throws(SystemError) in
      let mapping = try Mapping(byteCount: 3 * 4096)
      let address = mapping.address
      let bytes = mapping.shared()
      _ = try perform(
        Unmap {
          $0.address = address &+ UInt(Self.end)
          $0.length = 4096
        })
      return (address, bytes)
    }
    pages = (made.0, Self.end)
    bytes = made.1
  }

  private func ask(
    _ path: UserSpan, _ buffer: UserSpan, _ flags: OpenFlags = OpenFlags(),
    below parent: Handle = .none
  ) throws(SystemError) -> UInt {
    try perform(
      StatusAt {
        $0.parent = parent
        $0.path = path
        $0.flags = flags
        $0.buffer = buffer
      })
  }

  /// The path, put so that it begins at byte `offset`.
  private func put(_ offset: Int) -> UserSpan {
    bytes.copy(Self.path.bytes, to: offset)
    return span(offset, Self.path.bytes.count)
  }

  private func span(_ offset: Int, _ count: Int) -> UserSpan {
    UserSpan(address: pages.address &+ UInt(offset), count: UInt(count))
  }

  func run() throws(TestFailure) {
    let file = try succeed("a file") { () throws(SystemError) in
      try File("/scheme/tmp/wrong", .readWrite | .create)
    }
    try atEdges()
    try nowhere()
    try fail(with: .nameTooLong, "a path without end") { () throws(SystemError) in
      try ask(span(0, 4097), span(0, 96))
    }
    for flags in [.read, .create, .symbolicLink, .noFollow | .statOnly] as [OpenFlags] {
      try fail(with: .invalidArgument, "flags for opening") { () throws(SystemError) in
        try ask(put(0), span(128, 96), flags)
      }
    }
    try fail(with: .notDirectory, "no directory") { () throws(SystemError) in
      try ask(put(0), span(128, 96), .directory)
    }
    let pipe = try succeed("a pipe") { () throws(SystemError) in try File("/scheme/pipe") }
    for (parent, error) in [
      (Handle(rawValue: 77_777), SystemError.badHandle), (pipe.handle, .notSupported),
      (file.handle, .notDirectory),
    ] {
      try fail(with: error, "a wrong place to begin at") { () throws(SystemError) in
        try ask(put(0), span(128, 96), below: parent)
      }
    }
    try succeed("removing") { () throws(SystemError) in
      try FileSystem.remove("/scheme/tmp/wrong")
    }
    performIgnoringErrors(
      Unmap {
        $0.address = pages.address
        $0.length = UInt(pages.byteCount)
      })
  }

  /// Paths and answers that end with the memory, or lie in two pages.
  private func atEdges() throws(TestFailure) {
    let count = Self.path.bytes.count
    for place in [4096 - 4, Self.end - count] {
      for answer in [4096 - 40, 4096 - 41, Self.end - 112, Self.end - 200] {
        let written = try succeed("a question at an edge") { () throws(SystemError) in
          try ask(put(place), span(answer, 96))
        }
        // The file's type is in the upper half of the mode's second byte.
        let type = bytes.load(at: answer + 17, as: UInt8.self) & 0xF0
        try expect(written == 96 && UInt32(type) << 8 == FileMode.regular, "its answer")
      }
    }
    for room in [0, 1, 8, 95] {
      bytes.store(0x5A as UInt8, at: 2048 + room)
      let written = try succeed("a question with little room") { () throws(SystemError) in
        try ask(put(0), span(2048, room))
      }
      let behind = bytes.load(at: 2048 + room, as: UInt8.self)
      try expect(written == UInt(room) && behind == 0x5A, "nothing is written behind it")
    }
  }

  /// Paths and answers where there is no memory.
  private func nowhere() throws(TestFailure) {
    for address in WrongCalls.nowhere {
      try fail(with: .badAddress, "a path nowhere") { () throws(SystemError) in
        try ask(UserSpan(address: address, count: 9), span(0, 96))
      }
      try fail(with: .badAddress, "an answer nowhere") { () throws(SystemError) in
        try ask(put(0), UserSpan(address: address, count: 96))
      }
    }
    for (path, answer) in [
      (span(Self.end - 4, 9), span(0, 96)), (span(Self.end - 4, 300), span(0, 96)),
      (put(0), span(Self.end - 40, 96)), (put(0), span(Self.end - 40, 93)),
    ] {
      bytes.copy(Self.path.bytes.extracting(0..<4), to: Self.end - 4)
      try fail(with: .badAddress, "memory that ends too soon") { () throws(SystemError) in
        try ask(path, answer)
      }
    }
  }
}
