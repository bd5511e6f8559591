// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import RedoxFS
import Testing

@testable import VolumeService

@Suite("Space on volumes") struct SpaceTests {
  private let disk: TestDisk
  private let capsule = TestCapsule(pages: 1000)

  init() throws { disk = TestDisk(try emptyDisk(blocks: 1200)) }

  private func mount() throws -> TestVolume { try TestVolume(mounting: disk, capsule) }

  private static let noise: [UInt8] = {
    var random = Generator(3)
    return (0..<100_000).map { _ in UInt8(random.below(255) + 1) }
  }()

  /// The file's length, the range, the flags, the length afterwards, and whether the range becomes zeros.
  @Test(
    arguments: [
      (10, 0..<5, [], 10, false), (10, 5..<20, [], 20, false), (0, 3..<9000, [], 9000, false),
      (10, 0..<300_000, [.keepSize], 10, false), (9000, 100..<9500, [.zeroRange], 9500, true),
      (9000, 100..<200, [.zeroRange], 9000, true), (100, 50..<150, [.zeroRange], 150, true),
      (100, 50..<90_000, [.zeroRange], 90_000, true),
      (90_000, 4096..<200_000, [.zeroRange, .keepSize], 90_000, true),
      (90_000, 4096..<200_000, [.punchHole], 90_000, true),
      (90_000, 100_000..<200_000, [.zeroRange], 200_000, true),
    ] as [(Int, Range<UInt64>, [AllocationFlags], Int, Bool)])
  func whatRangesBecome(_ row: (Int, Range<UInt64>, [AllocationFlags], Int, Bool)) throws {
    var flags = AllocationFlags()
    for flag in row.2 { flags = flags | flag }
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    let bytes = Array(Self.noise.prefix(row.0))
    if row.0 > 0 { try session.write(file, bytes) }
    try session.setMode(file, 0o6755)
    try session.allocate(file, row.1, flags, user: 5)
    var model = bytes + [UInt8](repeating: 0, count: row.3 - row.0)
    if row.4 { for index in model.indices where row.1.contains(UInt64(index)) { model[index] = 0 } }
    #expect(try session.read(file) == model)
    let status = try session.volume.status(file)
    #expect(status.size == UInt64(row.3) && status.mode & 0o7777 == 0o755)
    #expect(status.modified == session.now && status.changed == session.now)
    // A successor knows what it came to, and has the same.
    let expected = try Picture(session)
    let successor = Session(try mount())
    #expect(try Picture(successor) == expected)
    #expect(successor.volume.result(of: session.mark, opens: false) == 0)
    // Nobody else's rights go.
    try session.setMode(file, 0o6755)
    try session.allocate(file, row.1, flags)
    #expect(try session.volume.status(file).mode & 0o7777 == 0o6755)
  }

  @Test func whatThereIsNoRoomForIsRefused() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    try session.setMode(file, 0o4755)
    let before = try Picture(session)
    let available = session.volume.fileSystemStatus().availableBlocks * 4096
    let sequence = session.sequence
    for flags in [AllocationFlags(), .keepSize, .zeroRange] {
      #expect(throws: SystemError.noSpace) {
        try session.allocate(file, 0..<available, flags, user: 5)
      }
      session.sequence = sequence
      #expect(try Picture(session) == before)
    }
    #expect(throws: SystemError.noSpace) { try session.allocate(file, 0..<1 << 50) }
    #expect(throws: SystemError.fileTooLarge) { try session.allocate(file, 0..<1 << 62) }
    #expect(throws: SystemError.fileTooLarge) { try session.allocate(file, 5..<1 << 63 - 1) }
    // What is to be written can be.
    let length = available / 11 * 10 - 8192
    try session.allocate(file, 0..<length)
    for offset in stride(from: 0, to: Int(length), by: 100_000) {
      try session.write(file, Self.noise, at: UInt64(offset))
    }
    // A file that is there already needs little room to be written again.
    try session.allocate(file, 0..<length)
    #expect(throws: SystemError.noSpace) { try session.allocate(file, 0..<2 * length) }
    // What a snapshot has is not given back.
    try session.volume.commit()
    try session.volume.files.makeSnapshot("s", now: Timestamp())
    #expect(throws: SystemError.noSpace) { try session.allocate(file, 0..<length) }
    try session.punch(file, 0..<length)
    #expect(throws: SystemError.noSpace) { try session.allocate(file, 0..<length) }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    let directory = try session.open("d", .create | .directory)
    #expect(throws: SystemError.isDirectory) { try session.allocate(directory, 0..<1) }
    #expect(throws: SystemError.invalidArgument) { try session.allocate(file, 5..<5) }
    #expect(throws: SystemError.invalidArgument) {
      try session.allocate(file, 0..<1, .punchHole | .zeroRange)
    }
    #expect(try session.volume.status(file).size == 0)
  }

  /// It was asked whether there was room; whoever does it again does not ask.
  @Test func aSuccessorDoesAgainWhatWouldBeRefusedNow() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    let available = session.volume.fileSystemStatus().availableBlocks * 4096
    try session.allocate(file, 0..<available / 10 * 8)
    let other = try session.open("other", .create | .readWrite)
    var offset: UInt64 = 0
    while offset < available / 10 * 3 {
      try session.write(other, Self.noise, at: offset)
      offset += UInt64(Self.noise.count)
    }
    #expect(throws: SystemError.noSpace) { try session.allocate(file, 0..<available / 10 * 8) }
    let expected = try Picture(session)
    let successor = Session(try mount())
    #expect(successor.volume.replayed > 5)
    #expect(try Picture(successor) == expected)
    #expect(try successor.volume.status(file).size == available / 10 * 8)
  }

  /// What there is no room for is left away, up to the end of the first record.
  @Test func longWritesEndWhereTheRoomEnds() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    let bytes = (0..<7).flatMap { _ in Self.noise }
    let available = session.volume.fileSystemStatus().availableBlocks * 4096
    try session.write(file, [1])
    var (end, count) = (1, 0)
    do throws(SystemError) {
      while true {
        try session.setMode(file, 0o4755)
        count = try session.write(file, bytes, at: UInt64(end), user: 5)
        end += count
      }
    } catch { #expect(error == .noSpace) }
    #expect(count < bytes.count && end % 131_072 == 0)
    #expect(UInt64(end) + 131_072 >= available)
    #expect(session.volume.fileSystemStatus().availableBlocks == 0)
    // One that was refused has changed nothing.
    let status = try session.volume.status(file)
    #expect(status.size == UInt64(end) && status.mode & 0o7777 == 0o4755)
    let expected = try session.volume.files.record(of: file)
    #expect(try mount().files.record(of: file) == expected)
  }
}
