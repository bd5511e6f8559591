// SPDX-License-Identifier: MIT
import Testing

@testable import Objects

private struct Thing: PoolObject {
  var slot = PoolSlot<Thing>()
  var link = Link<Thing>()
  var number = 7
}

private enum ThingRole: LinkRole {
  static func link(of element: Ref<Thing>) -> Link<Thing> { element.value.link }
  static func setLink(of element: Ref<Thing>, _ link: Link<Thing>) { element.value.link = link }
}

@Suite
struct PoolTests {
  /// Pages for pools, from the host's memory; never freed, as pools never give one back.
  private final class Pages {
    var left: Int
    init(_ count: Int) { left = count }
    func take() -> UInt? {
      guard left > 0 else { return nil }
      left -= 1
      return UInt(
        bitPattern: UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096))
    }
  }

  /// A pool with one page of slots.
  private func grown() -> Pool<Thing> {
    var pool = Pool<Thing>()
    let hasGrown = pool.grow(Pages(8).take)
    #expect(hasGrown)
    return pool
  }

  @Test func aPoolGrowsByPagesAndFindsByIndex() {
    var empty = Pool<Thing>()
    let nothing = empty.take()
    #expect(nothing == nil)
    var pool = grown()
    var taken: [Ref<Thing>] = []
    while let thing = pool.take() { taken.append(thing) }
    let inUse = pool.inUse
    #expect(taken.count == Pool<Thing>.slabCapacity && inUse == taken.count)
    for thing in taken {
      let found = pool[thing.value.slot.index]
      #expect(thing.value.number == 7 && found == thing)
    }
    let beyond = [pool[UInt32(taken.count)], pool[UInt32.max]]
    #expect(beyond == [nil, nil])
  }

  @Test func aFreedSlotIsNotFoundAndItsOldNameStaysWrong() throws {
    var pool = grown()
    let first = pool.take()
    let thing = try #require(first)
    let (index, generation) = (thing.value.slot.index, thing.value.slot.generation)
    let before = pool.find(index: index, generation: generation)
    #expect(before == thing)
    pool.put(thing)
    let freed = pool[index]
    #expect(freed == nil)
    let again = pool.take()
    let stale = pool.find(index: index, generation: generation)
    #expect(again == thing && stale == nil)
  }

  @Test(arguments: 0...2)
  func aPoolWithoutPagesDoesNotGrow(_ count: Int) {
    var pool = Pool<Thing>()
    let hasGrown = pool.grow(Pages(count).take)
    let thing = pool.take()
    #expect(!hasGrown && thing == nil)
  }

  @Test func listsKeepTheirOrder() throws {
    var pool = grown()
    var things: [Ref<Thing>] = []
    while things.count < 4, let thing = pool.take() { things.append(thing) }
    try #require(things.count == 4)
    var list = List<ThingRole>()
    list.append(things[1])
    list.append(things[3])
    list.prepend(things[0])
    list.insert(things[2], before: things[3])
    #expect(list.count == 4 && list.first == things[0] && list.last == things[3])
    list.remove(things[2])
    #expect(list.next(after: things[1]) == things[3])
    #expect(list.previous(before: things[3]) == things[1])
    var order: [Ref<Thing>] = []
    while let thing = list.popFirst() { order.append(thing) }
    #expect(order == [things[0], things[1], things[3]] && list.isEmpty)
  }
}
