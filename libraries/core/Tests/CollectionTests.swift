// SPDX-License-Identifier: MIT
import Core
import Mutation
import Testing

/// Counts how many of it are alive.
private struct Owned: ~Copyable {
  nonisolated(unsafe) static var alive = 0
  let number: Int
  init(_ number: Int) {
    self.number = number
    unsafe Self.alive += 1
  }
  deinit { unsafe Self.alive -= 1 }
}

private func isNil(_ value: consuming Owned?) -> Bool { value == nil }

@Suite("Collections of fixed size", .serialized)
struct CollectionTests {
  @Test func aFixedArrayOwnsItsElements() {
    do {
      var list = FixedArray<3, Owned>()
      for number in 0..<3 { check(isNil(list.append(Owned(number)))) }
      check(list.isFull)
      check(!isNil(list.append(Owned(9))))
      check(list[1].number == 1)
      check(list.removeBySwapping(at: 0).number == 0)
      check(list[0].number == 2)
      check(list.count == 2)
      check(unsafe Owned.alive == 2)
    }
    check(unsafe Owned.alive == 0)
  }

  @Test func aFixedArrayChangesInPlace() {
    var list = FixedArray<4, Int>()
    _ = list.append(1)
    list[0] += 41
    check(list[0] == 42)
    list.removeAll()
    check(list.isEmpty)
    check(list.removeLast() == nil)
  }

  @Test func aFixedArrayCanBeginFull() {
    var table = FixedArray<3, Int>(repeating: 7)
    check(table.isFull && table[2] == 7)
    table[1] = 8
    table.swapAt(0, 1)
    check(table[0] == 8 && table[1] == 7)
  }

  @Test func aRingBufferOwnsItsElements() {
    do {
      var queue = RingBuffer<2, Owned>()
      check(isNil(queue.append(Owned(1))))
      check(isNil(queue.append(Owned(2))))
      check(!isNil(queue.append(Owned(3))))
      check(!isNil(queue.removeFirst()))
      check(unsafe Owned.alive == 1)
      check(isNil(queue.append(Owned(4))))
      check(queue[0].number == 2)
      check(queue[1].number == 4)
    }
    check(unsafe Owned.alive == 0)
  }

  @Test func aRingBufferIsFirstInFirstOut() {
    var generator = SeededGenerator(seed: 3)
    var queue = RingBuffer<5, UInt64>()
    var model: [UInt64] = []
    for _ in 0..<10_000 {
      let number = generator.next()
      if number % 2 == 0 {
        let refused = queue.append(number) != nil
        check(refused == (model.count == 5))
        if !refused { model.append(number) }
      } else {
        check(queue.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
      }
      check(queue.count == model.count)
      for (index, value) in model.enumerated() { check(queue[index] == value) }
    }
  }

  @Test func aTraceKeepsTheNewest() {
    var trace = RingBuffer<3, Int>()
    for number in 0..<10 { trace.appendDroppingOldest(number) }
    check(trace.removeFirst() == 7)
    check(trace.removeFirst() == 8)
    check(trace.removeFirst() == 9)
    var none = RingBuffer<0, Int>()
    none.appendDroppingOldest(1)
    check(none.isEmpty)
  }

  @Test func aBitSetAgreesWithASet() {
    var generator = SeededGenerator(seed: 4)
    var bits = BitSet<3>()
    var model: Set<Int> = []
    for _ in 0..<5_000 {
      let number = Int(generator.next() % 192)
      switch generator.next() % 3 {
      case 0: check(bits.insert(number) == model.insert(number).inserted)
      case 1: check(bits.remove(number) == (model.remove(number) != nil))
      default: check(bits.contains(number) == model.contains(number))
      }
      check(bits.count == model.count)
      check(bits.firstMember(from: number) == model.filter { $0 >= number }.min())
      check(bits.firstAbsent(from: number) == (number..<192).first { !model.contains($0) })
    }
  }

  @Test func aBitSetHasEdges() {
    var bits = BitSet<2>()
    check(BitSet<2>.capacity == 128)
    check(!bits.contains(-1))
    check(!bits.contains(128))
    check(!bits.remove(128))
    check(bits.firstMember() == nil)
    check(bits.firstMember(from: 128) == nil)
    for number in 0..<128 { bits.insert(number) }
    check(bits.firstAbsent() == nil)
    check(bits.firstMember(from: -5) == 0)
    bits.removeAll()
    check(bits.isEmpty)
  }

  @Test func aHeapYieldsItsElementsInOrder() {
    var generator = SeededGenerator(seed: 5)
    for count in 0..<40 {
      var heap = PriorityHeap<40, UInt64>()
      var model = (0..<count).map { _ in generator.next() % 50 }
      for number in model { check(heap.insert(number)) }
      if count > 0 {
        let chosen = model[Int(generator.next() % UInt64(count))]
        check(heap.remove { $0 == chosen } == chosen)
        model.remove(at: model.firstIndex(of: chosen)!)
      }
      check(heap.remove { $0 > 50 } == nil)
      for number in model.sorted() {
        check(heap.first == number)
        check(heap.removeFirst() == number)
      }
      check(heap.removeFirst() == nil)
    }
  }

  @Test func aFullHeapRefuses() {
    var heap = PriorityHeap<1, Int>()
    check(heap.insert(1))
    check(!heap.insert(0))
    check(heap.isFull)
  }
}

@Suite("Checked arithmetic")
struct CheckedArithmeticTests {
  @Test func sumsThatDoNotFitAreNil() {
    #expect(UInt64.max.checkedSum(1) == nil)
    #expect((UInt64.max - 1).checkedSum(1) == .max)
    #expect(UInt8(3).checkedDifference(4) == nil)
    #expect(UInt8(16).checkedProduct(16) == nil)
    #expect(UInt8(15).checkedProduct(17) == 255)
  }

  @Test func roundingKeepsToItsLimits() {
    #expect(UInt64(0x1001).roundedDown(to: 0x1000) == 0x1000)
    #expect(UInt64(0x1001).roundedUp(to: 0x1000) == 0x2000)
    #expect(UInt64(0x1000).roundedUp(to: 0x1000) == 0x1000)
    #expect(UInt64.max.roundedUp(to: 0x1000) == nil)
    #expect(UInt64(0x1000).isAligned(to: 8))
    #expect(!UInt64(0x1004).isAligned(to: 8))
    #expect(!UInt64(0).isPowerOfTwo)
    #expect(UInt64(1).isPowerOfTwo)
    #expect(!UInt64(12).isPowerOfTwo)
  }

  @Test func rangesKnowTheirOverlaps() throws {
    #expect(AddressRange(start: .max, byteCount: 1) == nil)
    let range = try #require(AddressRange(start: 0x1000, byteCount: 0x1000))
    let inside = try #require(AddressRange(start: 0x1FFF, byteCount: 1))
    let after = try #require(AddressRange(start: 0x2000, byteCount: 1))
    let empty = try #require(AddressRange(start: 0x1800, byteCount: 0))
    #expect(range.contains(inside) && range.overlaps(inside))
    #expect(!range.contains(after) && !range.overlaps(after))
    #expect(range.contains(empty) && !range.overlaps(empty))
    #expect(range.contains(0x1FFF) && !range.contains(0x2000 as UInt64))
    #expect(inside.roundedOutward(to: 0x1000) == range)
    let last = try #require(AddressRange(start: .max - 1, byteCount: 1))
    #expect(last.roundedOutward(to: 0x1000) == nil)
  }
}
