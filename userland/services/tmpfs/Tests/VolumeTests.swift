// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Testing

@testable import TemporaryFiles

@Test func filesKeepWhatIsWritten() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  try volume.write(file, [1, 2, 3], at: 0)
  try volume.write(file, [4], at: 0, appends: true)
  let content = volume.content(file)
  #expect(content == [1, 2, 3, 4])
  try volume.write(file, [9], at: 3 << 20)
  let blocks = volume.volume.status(file).blocks
  #expect(blocks < 100)
  try volume.truncate(file, to: 2)
  try volume.truncate(file, to: 6)
  let end = volume.content(file)
  #expect(end == [1, 2, 0, 0, 0, 0])
  let isSound = volume.volume.isConsistent()
  #expect(isSound)
}

@Test func pagesComeBack() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let free = volume.volume.freePages
  let file = try volume.open("a", .create | .write)
  for index in 0..<40 { try volume.write(file, [1], at: index * 300_000) }
  try volume.remove("a")
  let after = volume.volume.freePages
  #expect(after == free)
  #expect(throws: SystemError.notFound) { try volume.open("a") }
}

@Test func aFullVolumeRefusesAndLosesNothing() throws {
  let store = TestStore(pages: 64)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  let page = [UInt8](repeating: 5, count: 8192)
  var size = 0
  do {
    while true {
      try volume.write(file, page, at: size)
      size += page.count
    }
  } catch { #expect(error == .noSpace) }
  let found = Int(volume.volume.size(file))
  let isSound = volume.volume.isConsistent()
  #expect(size > 0 && found == size && isSound)
}

@Test func namesMove() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  try volume.makeDirectory("d")
  try volume.makeDirectory("d/e")
  let file = try volume.open("d/f", .create | .write)
  try volume.write(file, [1], at: 0)
  try volume.link(file, as: "g")
  #expect(throws: SystemError.invalidArgument) { try volume.rename("d", to: "d/e/x") }
  #expect(throws: SystemError.directoryNotEmpty) { try volume.remove("d", ofDirectory: true) }
  #expect(throws: SystemError.isDirectory) { try volume.remove("d") }
  try volume.rename("d/e", to: "e")
  try volume.rename("d/f", to: "e/g")
  let found = try volume.open("e/g")
  #expect(found == file)
  let path = try volume.volume.path(of: 0)
  #expect(path.isEmpty)
  let other = try volume.open("h", .create)
  try volume.rename("h", to: "g")
  let replaced = try volume.open("g")
  let links = volume.volume.links(file)
  #expect(replaced == other && links == 1)
  let isSound = volume.volume.isConsistent()
  #expect(isSound)
}

@Test func aFileWithoutANameLivesWhileItIsOpen() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  try volume.write(file, [1, 2], at: 0)
  let word = volume.volume.word(for: file)
  let last = try volume.unlink("a")
  #expect(last == file)
  var successor = try TestVolume(store)
  successor.volume.deleteOrphans { $0 == word }
  let content = successor.content(file)
  #expect(content == [1, 2])
  successor.volume.deleteOrphans { _ in false }
  #expect(throws: SystemError.gone) { try successor.volume.inode(for: word) }
}

@Test func linksAreFollowed() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  try volume.makeDirectory("d")
  let file = try volume.open("d/f", .create)
  try volume.makeLink("l", to: "d/../d/f")
  try volume.makeLink("loop", to: "loop")
  try volume.makeLink("out", to: "/scheme/file/x")
  let found = try volume.open("l")
  #expect(found == file)
  #expect(throws: SystemError.tooManySymbolicLinks) { try volume.open("loop") }
  #expect(throws: SystemError.crossDevice) { try volume.open("out/y") }
  let place = try volume.volume.follow("out/y", from: 0, followsLast: true, root)
  #expect(place == .elsewhere("/scheme/file/x/y"))
}

@Test func modesAreHeeded() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let alice = FileUser(user: 5, group: 5)
  let bob = FileUser(user: 6, group: 6)
  _ = try volume.open("a", .create | .write, mode: 0o600, alice)
  #expect(throws: SystemError.accessDenied) { try volume.open("a", .read, bob) }
  _ = try volume.open("a", .read, alice)
  // The root directory is sticky.
  let mark = volume.mark()
  #expect(throws: SystemError.notPermitted) {
    try volume.volume.unlink("a", below: 0, ofDirectory: false, bob, now: 1, mark)
  }
}

@Test func aMappedFileKeepsItsPages() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
  try volume.write(file, bytes, at: 0)
  let (start, count) = try volume.volume.mapping(file)
  let content = volume.content(file)
  #expect(content == bytes && count >= 3)
  #expect(store.byte(at: start * 4096 + 9_999) == bytes[9_999])
  try volume.write(file, [77], at: 5)
  #expect(store.byte(at: start * 4096 + 5) == 77)
  try volume.truncate(file, to: 0)
  try volume.truncate(file, to: 10)
  let cleared = volume.content(file)
  #expect(cleared == [UInt8](repeating: 0, count: 10))
  try volume.remove("a")
  let holds = volume.volume.holdsPages
  let isSound = volume.volume.isConsistent()
  #expect(holds && isSound)
  volume.volume.freeHeldPages()
  let soundAfter = volume.volume.isConsistent()
  #expect(soundAfter)
}

@Test func aMappedFileHasZerosBehindItsEnd() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  try volume.write(file, [UInt8](repeating: 9, count: 9_500), at: 0)
  try volume.truncate(file, to: 9_000)
  let (start, count) = try volume.volume.mapping(file)
  func firstByteBehind(_ length: Int) -> Int? {
    (length..<count * 4096).first { store.byte(at: start * 4096 + $0) != 0 }
  }
  #expect(firstByteBehind(9_000) == nil)
  try volume.truncate(file, to: 5_000)
  #expect(firstByteBehind(5_000) == nil)
  // Who has it mapped writes behind the end: that is worth nothing once the file grows.
  store.put([UInt8](repeating: 8, count: 100).span, at: start * 4096 + 5_000)
  try volume.truncate(file, to: 5_050)
  try volume.write(file, [7], at: 5_070)
  let content = volume.content(file)
  #expect(content.count == 5_071 && content[4_999] == 9 && content[5_070] == 7)
  #expect(content[5_000..<5_070].allSatisfy { $0 == 0 })
  let other = try volume.volume.mapping(file)
  #expect(other == (start, count))
  _ = try volume.open("a", .write | .truncate)
  #expect(firstByteBehind(0) == nil)
}

@Test func aMappedFileGrowsWhereItLies() throws {
  let store = TestStore(pages: 1024)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  var expected: [UInt8] = []
  func append(_ byte: UInt8, _ count: Int, _ volume: inout TestVolume) throws {
    try volume.write(file, [UInt8](repeating: byte, count: count), at: expected.count)
    expected += [UInt8](repeating: byte, count: count)
  }
  try append(1, 9_000, &volume)
  let (start, first) = try volume.volume.mapping(file)
  let free = volume.volume.freePages
  var count = first
  for turn: UInt8 in 2..<8 {
    try append(turn, 60_001, &volume)
    // Other files take pages meanwhile, and give them back.
    let other = try volume.open("b", .create | .write)
    try volume.write(other, [UInt8](repeating: 77, count: 20_000), at: 0)
    let run = try volume.volume.mapping(file)
    #expect(run.start == start && run.count >= count && run.count * 4096 >= expected.count)
    count = run.count
    let bytes = (0..<count * 4096).map { store.byte(at: start * 4096 + $0) }
    #expect(Array(bytes.prefix(expected.count)) == expected)
    #expect(bytes.dropFirst(expected.count).allSatisfy { $0 == 0 })
    // Who has the beginning mapped writes there, and the file has it.
    store.put([turn].span, at: start * 4096 + Int(turn))
    expected[Int(turn)] = turn
    let isSame = volume.content(file) == expected
    let isSound = volume.volume.isConsistent()
    #expect(isSame && isSound)
    try volume.remove("b")
  }
  #expect(count > 5 * first)
  // It gave back what it had outside of its run.
  let used = free - volume.volume.freePages
  #expect(used == count - first)
  try volume.remove("a")
  volume.volume.freeHeldPages()
  let isSound = volume.volume.isConsistent()
  #expect(isSound)
}

@Test func mappedFilesLieFarFromOneAnother() throws {
  let store = TestStore(pages: 1024)
  var volume = try TestVolume(store)
  var runs: [Range<Int>] = []
  for index in 0..<8 {
    let name = Text { $0.put(decimal: UInt64(index)) }
    let file = try volume.open(name, .create | .write)
    try volume.write(file, [1], at: 0)
    let (start, count) = try volume.volume.mapping(file)
    runs.append(start..<start + count)
  }
  let sorted = runs.sorted { $0.lowerBound < $1.lowerBound }
  for (run, next) in zip(sorted, sorted.dropFirst()) {
    #expect(next.lowerBound - run.upperBound >= 30)
  }
}

@Test func aMappedFileThatCannotGrowStaysAsItIs() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  try volume.write(file, [1, 2, 3], at: 0)
  let before = try volume.volume.mapping(file)
  // The file itself takes what lies behind its run.
  var length = 4096
  do {
    while true {
      try volume.write(file, [UInt8](repeating: 9, count: 4096), at: length)
      length += 4096
    }
  } catch SystemError.noSpace {}
  let content = volume.content(file)
  #expect(throws: SystemError.noSpace) { _ = try volume.volume.mapping(file) }
  let same = volume.content(file)
  let isSound = volume.volume.isConsistent()
  #expect(content == same && isSound)
  try volume.truncate(file, to: 9_000)
  let after = try volume.volume.mapping(file)
  #expect(after == before)
}

@Test func whatIsMappedOutlivesItsFile() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  try volume.write(file, [UInt8](repeating: 9, count: 9_000), at: 0)
  let (start, count) = try volume.volume.mapping(file)
  // Pages behind the run, too.
  try volume.write(file, [1], at: count * 4096 + 10)
  try volume.remove("a")
  var isSound = volume.volume.isConsistent()
  #expect(isSound)
  for _ in 0..<4 {
    let other = try volume.open("b", .create | .write)
    try volume.write(other, [UInt8](repeating: 3, count: 40_000), at: 0)
    let bytes = (0..<9_000).map { store.byte(at: start * 4096 + $0) }
    #expect(bytes.allSatisfy { $0 == 9 })
    try volume.remove("b")
  }
  volume.volume.freeHeldPages()
  isSound = volume.volume.isConsistent()
  #expect(isSound)
}

@Test func aWriteWithoutRoomChangesNothing() throws {
  let store = TestStore(pages: 128)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  let bytes = [UInt8](repeating: 5, count: 4096)
  try volume.write(file, bytes, at: 0)
  let filler = try volume.open("b", .create | .write)
  var length = 0
  while volume.volume.fileSystemStatus().freeBlocks > 2 {
    try volume.write(filler, bytes, at: length)
    length += 4096
  }
  #expect(throws: SystemError.noSpace) {
    try volume.write(file, [UInt8](repeating: 6, count: 20_000), at: 0)
  }
  let content = volume.content(file)
  let isSound = volume.volume.isConsistent()
  #expect(content == bytes && isSound)
  try volume.remove("b")
  try volume.write(file, [UInt8](repeating: 6, count: 20_000), at: 0)
}

@Test func withoutMemoryNothingChangesAndPagesServeAgain() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  let old = try volume.open("b", .create | .write)
  try volume.write(old, [UInt8](repeating: 1, count: 40_000), at: 0)
  store.memoryPages = 20
  var length = 0
  do {
    while true {
      try volume.write(file, [UInt8](repeating: 9, count: 4096), at: length)
      length += 4096
    }
  } catch SystemError.noSpace {}
  #expect(length >= 15 * 4096 && length <= 20 * 4096)
  let content = volume.content(file)
  #expect(content == [UInt8](repeating: 9, count: length))
  #expect(throws: SystemError.noSpace) { _ = try volume.volume.mapping(old) }
  // Names and inodes lie in pages of their own, which may be new.
  var made = 0
  do {
    while made < 50 {
      _ = try volume.open(
        Text {
          $0.put("n")
          $0.put(decimal: UInt64(made))
        }, .create)
      made += 1
    }
  } catch SystemError.noSpace {}
  #expect(made < 50)
  var isSound = volume.volume.isConsistent()
  #expect(isSound)
  // What is given back has memory.
  try volume.remove("b")
  try volume.write(file, [UInt8](repeating: 8, count: 30_000), at: length)
  store.memoryPages = .max
  _ = try volume.volume.mapping(file)
  isSound = volume.volume.isConsistent()
  #expect(isSound)
}

@Test func damageIsFound() throws {
  let store = TestStore(pages: 256)
  var volume = try TestVolume(store)
  let file = try volume.open("a", .create | .write)
  try volume.write(file, [1], at: 0)
  let layout = volume.volume.layout
  store.setWord(layout.inode(file, Layout.Inode.root), UInt64.max)
  #expect(throws: VolumeError.damaged) { _ = try TestVolume(store) }
  let other = TestStore(pages: 256)
  _ = try TestVolume(other)
  other.setWord(Layout.journalCount, 1)
  other.setWord(Layout.journal, UInt64.max)
  #expect(throws: VolumeError.damaged) { _ = try TestVolume(other) }
}
