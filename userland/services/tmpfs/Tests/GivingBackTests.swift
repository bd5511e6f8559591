// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory
import Testing

@testable import TemporaryFiles

@Suite struct GivingBackTests {
  /// What is given back is made something that no file had, so that a page that a file has would show.
  private func giveBack(
    _ test: inout TestVolume, _ store: TestStore, all: Bool = false
  ) -> [Range<Int>] {
    var given: [Range<Int>] = []
    test.volume.giveBackPages(all: all) { range in
      given.append(range)
      for word in range.lowerBound / 8..<range.upperBound / 8 { store.setWord(word, 0x5A5A) }
    }
    return given
  }

  private func pages(_ given: [Range<Int>]) -> Int { given.reduce(0) { $0 + $1.count / 4096 } }

  @Test func muchThatIsFreedGoesBackAndLittleStays() throws {
    let store = TestStore(pages: 8192)
    var test = try TestVolume(store)
    let kept = try test.open("kept", .create | .readWrite)
    let large = try test.open("large", .create | .readWrite)
    for page in 0..<4000 {
      try test.write(large, [UInt8](repeating: 1, count: 4096), at: page * 4096)
      if page % 500 == 0 { try test.write(kept, [UInt8](repeating: 7, count: 4096), at: page * 8) }
    }
    let picture = test.volume.picture()
    #expect(giveBack(&test, store).isEmpty)
    try test.truncate(large, to: 3500 * 4096)
    #expect(giveBack(&test, store).isEmpty)
    let before = test.content(kept)
    try test.truncate(large, to: 0)
    let given = giveBack(&test, store)
    // All but the reserve, the tree's own pages among them.
    #expect(4000 - 1024 - 16 * 8...4016 - 1024 ~= pages(given))
    #expect(test.content(kept) == before)
    #expect(giveBack(&test, store).isEmpty)
    // What was given back is asked for again before it is used, and reads as zeros.
    store.memoryPages = 100
    try test.write(large, [1], at: 2000 * 4096)
    #expect(test.content(large).dropLast().allSatisfy { $0 == 0 })
    var written = 0
    do {
      while true {
        try test.write(large, [UInt8](repeating: 2, count: 4096), at: written * 4096)
        written += 1
      }
    } catch { #expect(error == .noSpace) }
    #expect(1000...1150 ~= written)
    #expect(test.content(kept) == before)
    store.memoryPages = Int.max
    for page in 0..<4000 {
      try test.write(large, [UInt8](repeating: 1, count: 4096), at: page * 4096)
    }
    #expect(test.volume.picture() == picture)
  }

  @Test func aSuccessorGivesBackWhatItsPredecessorUsed() throws {
    let store = TestStore(pages: 2048)
    var test = try TestVolume(store)
    let kept = try test.open("kept", .create | .readWrite)
    let large = try test.open("large", .create | .readWrite)
    for page in 0..<500 {
      try test.write(large, [UInt8](repeating: 1, count: 4096), at: page * 4096)
    }
    try test.write(kept, [3, 4, 5], at: 10_000)
    try test.remove("large")
    let picture = test.volume.picture()
    var successor = try TestVolume(store)
    let isRecovered = successor.volume.isRecovered
    #expect(isRecovered)
    #expect(pages(giveBack(&successor, store, all: true)) > 500)
    #expect(successor.volume.picture() == picture)
    let again = try successor.open("again", .create | .readWrite)
    try successor.write(again, [9], at: 70_000)
    #expect(successor.content(again) == [UInt8](repeating: 0, count: 70_000) + [9])
    let last = successor.volume.picture()
    #expect(try TestVolume(store).volume.picture() == last)
  }
}
