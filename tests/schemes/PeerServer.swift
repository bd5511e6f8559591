// SPDX-License-Identifier: MIT
import System

/// What travels in the rings: squared, and answered from the last to the first of each batch.
struct RingEntry: BitwiseCopyable {
  var number: UInt64 = 0
  var value: UInt64 = 0
}

/// The scheme `peer`: a file, links into other schemes, rings, and a file whose pages come when they
/// are touched.
struct PeerServer: SchemeServer, ~Copyable {
  /// The words of open files: rings are numbered from `firstRing` on,
  /// what links lead to from `firstPlace` on.
  typealias File = UInt64

  static let file: UInt64 = 1
  static let pages: UInt64 = 2
  static let firstRing: UInt64 = 64
  static let firstPlace: UInt64 = 1 << 32

  static let contents: StaticString = "the peer's file\n"
  static let pageCount = 64
  /// This page can never be had.
  static let badPage: UInt64 = 40
  /// Calls on the file of pages.
  static let writeBack: UInt32 = 1
  static let dropAll: UInt32 = 2

  private var session: SchemeSession?
  private var provided: ProvidedMemory?
  private var rings = SortedMap<UInt64, Int>()
  private var ringServers: [RingBox] = []
  private var nextWord = PeerServer.firstRing
  private var places: [Text] = []

  /// Where each link leads.
  private static func target(_ link: Int) -> StaticString {
    switch link {
    case 0: "/scheme/tmp/created"
    case 1: "/scheme/tmp/loop"
    case 2: "initfs:bin"
    default: "/scheme/tmp/chain"
    }
  }

  mutating func start(_ session: SchemeSession) { self.session = session }

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    guard let name = try path.next() else { return 0 }
    if name.equals("file") { return Self.file }
    if name.equals("pages") { return Self.pages }
    if name.equals("rings") {
      nextWord += 1
      return nextWord
    }
    let links: [StaticString] = ["out", "loop", "programs", "chain"]
    for (index, link) in links.enumerated() where name.equals(link) {
      // A link out of the scheme is followed by the client, who asks for its text.
      guard request.openFlags.contains(.symbolicLink) else { throw .crossDevice }
      return keep(Text(Self.target(index)), path.rest)
    }
    throw .notFound
  }

  /// The path that takes the place of a link and of what follows it.
  private mutating func keep(_ target: Text, _ rest: Span<UInt8>) -> UInt64 {
    var place = target
    if !rest.isEmpty {
      place.put(0x2F)
      place.put(rest)
    }
    places.append(place)
    return Self.firstPlace + UInt64(places.count - 1)
  }

  mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    guard file == Self.file || file >= Self.firstPlace else { throw .isDirectory }
    let text =
      file == Self.file ? Text(Self.contents) : places[Int(file - Self.firstPlace)]
    guard offset < UInt64(text.count) else { return }
    output.put(text.span.extracting(Int(offset)..<text.count))
  }

  mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = file + 1
    status.links = 1
    status.mode = file == 0 ? FileMode.directory | 0o755 : FileMode.regular | 0o644
    if file == Self.file { status.size = UInt64(Self.contents.bytes.count) }
    if file == Self.pages { status.size = UInt64(Self.pageCount) * 4096 }
    return status
  }

  mutating func close(_ file: UInt64, for request: inout Request) { rings[file] = nil }

  // MARK: Rings

  mutating func receive(
    _ handle: Handle, on file: UInt64, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt {
    let owned = OwnedHandle(handle)
    guard code == RingOperation.attach, file > Self.firstRing else { throw .notSupported }
    rings[file] = ringServers.count
    ringServers.append(try RingBox(owned, byteCount: word))
    try serveRing(file)
    return 0
  }

  mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    if file == Self.pages { return try callPages(code, &output) }
    guard code == RingOperation.doorbell else { throw .noSystemCall }
    try serveRing(file)
    return 0
  }

  private func serveRing(_ file: UInt64) throws(SystemError) {
    guard let index = rings[file], let session else { throw .notConnected }
    try ringServers[index].serve(session, file)
  }

  // MARK: Memory

  mutating func map(
    _ file: UInt64, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle {
    guard file == Self.pages, let session else { throw .noDevice }
    if provided == nil {
      provided = try ProvidedMemory(
        server: session.handle, word: 5, byteCount: UInt64(Self.pageCount) * 4096)
    }
    guard let handle = try provided?.handleToPass(.read | .write | .map) else { throw .noDevice }
    return handle
  }

  /// Each byte of page n is n, and the page's number stands at its start.
  mutating func supply(
    _ word: UInt64, offset: UInt64, length: UInt64, for request: inout Request
  ) {
    var place = offset
    while place < offset + length {
      do throws(SystemError) {
        if word != 5 || place >> 12 == Self.badPage {
          try provided?.fail(at: place, byteCount: 4096)
        } else {
          let page = [UInt8](repeating: UInt8(truncatingIfNeeded: place >> 12), count: 4096)
          try provided?.supply(page.span, at: place)
        }
      } catch { return }
      place += 4096
    }
  }

  /// `writeBack` gives the first changed page and what it begins with; `dropAll` takes all back.
  private mutating func callPages(
    _ code: UInt32, _ output: inout OutputSpan<UInt8>
  ) throws(SystemError) -> UInt {
    let byteCount = UInt64(Self.pageCount) * 4096
    switch code {
    case Self.writeBack:
      guard let dirty = try provided?.dirtyPages(at: 0, byteCount: byteCount) else {
        throw .notFound
      }
      guard let first = dirty.first else { return 0 }
      var page = [UInt8](repeating: 0, count: 4096)
      _ = try provided?.withdraw(at: first, into: page.mutableSpan)
      output.put(page.span.extracting(0..<16))
      return UInt(dirty.count) << 32 | UInt(first >> 12)
    case Self.dropAll:
      return UInt(try provided?.withdraw(at: 0, byteCount: byteCount) ?? 0)
    default: throw .noSystemCall
    }
  }
}

/// One client's rings.
final class RingBox {
  private var server: RingServer<RingEntry, RingEntry>

  init(_ handle: consuming OwnedHandle, byteCount: UInt64) throws(SystemError) {
    server = try RingServer(handle, byteCount: byteCount)
  }

  func serve(_ session: SchemeSession, _ word: UInt64) throws(SystemError) {
    while true {
      var batch: [RingEntry] = []
      while batch.count < 8, let entry = try server.take() { batch.append(entry) }
      if batch.isEmpty { return }
      for entry in batch.reversed() {
        var answer = entry
        answer.value = entry.value &* entry.value
        guard try server.complete(answer) else { throw .protocolError }
      }
      server.flush(session, word)
    }
  }
}
