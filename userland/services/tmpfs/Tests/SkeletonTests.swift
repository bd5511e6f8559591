// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Testing

@testable import TemporaryFiles

private let accounts: Text = """
  root;0;0;root;/root;/bin/ion
  user;1000;100;user;/home/user/;/bin/ion
  half;1001
  lost;1002;1002;lost;/home/lost;/bin/ion
  odd;-1;many;odd;/etc;/bin/ion
  """

private let items: [SkeletonItem] = [
  SkeletonItem("", mode: FileMode.directory | 0o755),
  SkeletonItem("bin", mode: FileMode.symbolicLink | 0o777, Text("/scheme/initfs/bin").bytes),
  SkeletonItem("etc", mode: FileMode.directory | 0o750),
  SkeletonItem("etc/passwd", mode: FileMode.regular | 0o644, accounts.bytes),
  SkeletonItem("home", mode: FileMode.directory | 0o755),
  SkeletonItem("home/user", mode: FileMode.directory | 0o700),
  SkeletonItem(
    "large", mode: FileMode.regular | 0o600, [UInt8](repeating: 7, count: 17 * 4096 + 5)),
]

@Suite struct SkeletonTests {
  @Test func aNewVolumeIsFilled() throws {
    var volume = try TestVolume(TestStore(pages: 256))
    try volume.volume.fill(with: items, now: 9)
    let link = try volume.open("bin", .read | .symbolicLink | .noFollow)
    #expect(volume.volume.text(ofLink: link) == "/scheme/initfs/bin")
    #expect(volume.volume.mode(0) == FileMode.directory | 0o755)
    let file = try volume.open("large")
    #expect(volume.content(file) == items[6].contents)
    #expect(volume.volume.mode(file) == FileMode.regular | 0o600)
    let home = volume.volume.status(try volume.open("home/user"))
    #expect((home.user, home.group, home.mode & 0o777) == (1000, 100, 0o700))
    let etc = volume.volume.status(try volume.open("etc"))
    #expect((etc.user, etc.mode & 0o777) == (0, 0o750))
    let isSound = volume.volume.isConsistent()
    #expect(isSound)
  }

  @Test func whatWasChangedSinceIsKept() throws {
    let store = TestStore(pages: 256)
    var volume = try TestVolume(store)
    try volume.volume.fill(with: items, now: 9)
    try volume.remove("bin")
    let file = try volume.open("etc/passwd", .write)
    try volume.truncate(file, to: 3)
    let picture = volume.volume.picture()
    var again = try TestVolume(store)
    let isFilled = again.volume.isFilled
    #expect(isFilled)
    try again.volume.fill(with: items, now: 10)
    #expect(again.volume.picture() == picture)
  }

  @Test func aDeathAtAnyStoreIsMadeGood() throws {
    // Few and small items, since the whole is done once for each store of the first time.
    let few = items.filter { $0.path != "large" }
    let store = TestStore(pages: 96)
    let replica = store.copy()
    store.startRecording()
    var volume = try TestVolume(store)
    try volume.volume.fill(with: few, now: 9)
    let whole = volume.volume.picture()
    for (number, stored) in store.stores.enumerated() {
      replica.apply(stored)
      // Every store would take minutes; these steps have no divisor in common with any operation.
      guard number % 7 == 0 || number + 1 == store.stores.count else { continue }
      var found = try Volume.takenUp(from: replica.copy(), now: 5)
      try found.fill(with: few, now: 9)
      let picture = found.picture()
      let isSound = found.isConsistent()
      guard picture == whole, isSound, found.isFilled else {
        Issue.record("not made good after store \(number)")
        return
      }
    }
  }

  @Test func aFullVolumeSaysSo() throws {
    var volume = try TestVolume(TestStore(pages: 64))
    let much = SkeletonItem(
      "x", mode: FileMode.regular | 0o600, [UInt8](repeating: 1, count: 64 * 4096))
    #expect(throws: SystemError.noSpace) { try volume.volume.fill(with: [much], now: 9) }
    let isFilled = volume.volume.isFilled
    #expect(!isFilled)
  }
}
