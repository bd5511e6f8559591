// SPDX-License-Identifier: MIT
import Testing

@testable import VolumeService

@Suite("Open counts") struct OpenCountsTests {
  @Test func nothingIsKnownUntilItBegins() {
    var counts = OpenCounts()
    #expect(counts.mayBeOpen(7))
    counts.begin(with: nil)
    counts.opened(7)
    counts.closed(7)
    #expect(counts.mayBeOpen(7) && counts.mayBeOpen(8))
  }

  @Test func nodesThatEndAlikeAreCountedTogether() {
    var counts = OpenCounts()
    counts.begin(with: [5])
    counts.opened(5 + 4096)
    counts.closed(5 + 4096)
    #expect(counts.mayBeOpen(5) && counts.mayBeOpen(5 + 8192) && !counts.mayBeOpen(6))
    counts.closed(5)
    #expect(!counts.mayBeOpen(5) && !counts.mayBeOpen(5 + 4096))
  }

  @Test func closesOfAPredecessorsFilesDoNotCount() {
    var counts = OpenCounts()
    counts.begin(with: [5])
    // Three that were closed before: one that nobody has, two beside one that is open.
    for node in [6, 5, 5] as [UInt32] { counts.closed(node) }
    #expect(counts.mayBeOpen(5) && !counts.mayBeOpen(6))
    counts.opened(6)
    #expect(counts.mayBeOpen(6))
  }

  @Test func moreClosesThanOpensDoNotGoBelowNothing() {
    var counts = OpenCounts()
    counts.begin(with: [])
    counts.opened(9)
    for _ in 0..<3 { counts.closed(9) }
    counts.opened(9)
    #expect(counts.mayBeOpen(9))
    counts.closed(9)
    #expect(!counts.mayBeOpen(9))
  }

  /// What is open is never said not to be; and where no close was lost, the reverse holds.
  @Test(arguments: [(0, 1), (0, 2), (20, 3), (20, 4)] as [(Int, UInt64)])
  func theyAreNeverTooLow(_ lostOfHundred: Int, _ seed: UInt64) {
    var random = Generator(seed)
    for _ in 0..<40 {
      // Some of them end alike, and the highest there are.
      let nodes: [UInt32] = [
        0, 1, 2, 4096, 4097, 8192, 8195, 12_288, 65_537, 1 << 20, .max, .max - 4096,
      ]
      var open = (0..<random.below(6)).map { _ in nodes[random.below(nodes.count)] }
      var lost: Set<UInt32> = []
      var counts = OpenCounts()
      counts.begin(with: open)
      for _ in 0..<random.below(4) { counts.closed(nodes[random.below(nodes.count)]) }
      // Before something is opened, closes are overlooked.
      var hasOpened = false
      for _ in 0..<200 {
        if open.isEmpty || random.below(2) == 0 {
          let node = nodes[random.below(nodes.count)]
          counts.opened(node)
          // An open of which no client hears is never closed.
          if random.below(100) < lostOfHundred {
            lost.insert(node & 4095)
          } else {
            open.append(node)
          }
          hasOpened = true
        } else {
          let node = open.remove(at: random.below(open.count))
          counts.closed(node)
          if !hasOpened { lost.insert(node & 4095) }
        }
        for node in nodes {
          let isOpen = open.contains { $0 & 4095 == node & 4095 }
          #expect(counts.mayBeOpen(node) == (isOpen || lost.contains(node & 4095)))
        }
      }
    }
  }
}
