// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS
import Testing

@testable import VolumeService

@Suite("Changes that mappings may not show yet") struct UnseenChangeTests {
  private let disk: TestDisk
  private let capsule = TestCapsule()

  init() throws { disk = TestDisk(try emptyDisk(blocks: 2048)) }

  private func mount() throws -> TestVolume { try TestVolume(mounting: disk, capsule) }

  private func expect(
    _ change: FileChange?, _ node: UInt32, _ range: Range<UInt64>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(change?.node == node && change?.range == range, sourceLocation: sourceLocation)
  }

  @Test func aSuccessorHearsOfAChangeUntilItWasSeen() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    session.sequence += 1
    session.volume.beginChange(session.mark)
    session.sequence -= 1
    try session.write(file, [1, 2, 3], at: 10)
    // Killed here, any number of times.
    for _ in 0..<2 { expect(try mount().unseenChange, file, 10..<13) }
    let successor = try mount()
    successor.endChange()
    #expect(successor.unseenChange == nil)
    #expect(try mount().unseenChange == nil)
  }

  @Test func whatWasSeenIsNotDoneAgain() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    try session.write(file, [1, 2, 3], at: 10)
    #expect(try mount().unseenChange == nil)
    // A request that began, and did nothing before its server died: the one before it was seen.
    session.sequence += 1
    session.volume.beginChange(session.mark)
    #expect(try mount().unseenChange == nil)
  }

  @Test func whatIsTakenOverFromMappingsIsNoRequest() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    session.volume.beginChange(RequestMark(description: 7, sequence: session.sequence + 1))
    try session.write(file, [UInt8](repeating: 3, count: 9000))
    session.volume.endChange()
    // The last entry of the log is this one, beside the mark of the request before it.
    try session.volume.takeOver(
      [UInt8](repeating: 4, count: 808), of: file, at: 8192, session.now)
    #expect(try mount().unseenChange == nil)
  }

  @Test func truncationsAndHolesAreChangesAsWell() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    try session.write(file, [UInt8](repeating: 3, count: 9000))
    session.volume.beginChange(RequestMark(description: 7, sequence: 50))
    try session.volume.truncate(
      file, to: 5000, now: session.now, RequestMark(description: 7, sequence: 50))
    let change = try mount().unseenChange
    expect(change, file, 5000..<5000)
    #expect(change?.oldSize == 9000 && change?.isHole == false)
  }

  @Test func allocationsAreChangesAsFarAsSomethingChanged() throws {
    var session = Session(try mount())
    let file = try session.open("f", .create | .readWrite)
    try session.write(file, [UInt8](repeating: 3, count: 9000))
    func change(_ range: Range<UInt64>, _ flags: AllocationFlags) throws -> FileChange? {
      session.volume.beginChange(
        RequestMark(description: 7, sequence: session.sequence + 1))
      try session.allocate(file, range, flags)
      return try mount().unseenChange
    }
    #expect(try change(0..<100_000, .keepSize) == nil)
    #expect(try change(0..<9000, AllocationFlags()) == nil)
    let grown = try change(100..<9500, AllocationFlags())
    expect(grown, file, 9500..<9500)
    #expect(grown?.oldSize == 9000 && grown?.isHole == false)
    let zeros = try change(100..<200, .zeroRange)
    expect(zeros, file, 100..<200)
    #expect(zeros?.isHole == true && zeros?.newSize == nil)
    let both = try change(9400..<9900, .zeroRange)
    expect(both, file, 9400..<9900)
    #expect(both?.isHole == true && both?.newSize == 9900 && both?.oldSize == 9500)
  }
}
