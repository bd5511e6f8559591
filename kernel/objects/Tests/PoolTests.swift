// SPDX-License-Identifier: MIT
import Architecture
import Machine
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

@Suite(.serialized)
struct PoolTests {
  /// Pages for pools, from the model's memory.
  private final class Pages {
    var next: UInt64 = 0x10_0000
    var left: Int
    init(_ count: Int) { left = count }
    func take() -> UInt? {
      guard left > 0 else { return nil }
      left -= 1
      next += 4096
      return PhysicalAddress(next).kernelAddress
    }
  }

  init() { ModelMachine.reset() }

  @Test func aPoolGrowsByPagesAndFindsByIndex() {
    var pool = Pool<Thing>()
    let pages = Pages(8)
    #expect(pool.take() == nil)
    #expect(pool.grow(pages.take))
    var taken: [Ref<Thing>] = []
    while let thing = pool.take() { taken.append(thing) }
    #expect(taken.count == Pool<Thing>.slabCapacity && pool.inUse == taken.count)
    for thing in taken {
      #expect(thing.value.number == 7)
      #expect(pool[thing.value.slot.index] == thing)
    }
    #expect(pool[UInt32(taken.count)] == nil && pool[UInt32.max] == nil)
  }

  @Test func aFreedSlotIsNotFoundAndItsOldNameStaysWrong() throws {
    var pool = Pool<Thing>()
    #expect(pool.grow(Pages(8).take))
    let thing = try #require(pool.take())
    let (index, generation) = (thing.value.slot.index, thing.value.slot.generation)
    #expect(pool.find(index: index, generation: generation) == thing)
    pool.put(thing)
    #expect(pool[index] == nil)
    let again = try #require(pool.take())
    #expect(again == thing)
    #expect(pool.find(index: index, generation: generation) == nil)
  }

  @Test(arguments: 0...2)
  func aPoolWithoutPagesDoesNotGrow(_ count: Int) {
    var pool = Pool<Thing>()
    #expect(!pool.grow(Pages(count).take))
    #expect(pool.take() == nil)
  }

  @Test func listsKeepTheirOrder() throws {
    var pool = Pool<Thing>()
    #expect(pool.grow(Pages(8).take))
    var things: [Ref<Thing>] = []
    for _ in 0..<4 { things.append(try #require(pool.take())) }
    var list = List<ThingRole>()
    list.append(things[1])
    list.append(things[3])
    list.prepend(things[0])
    list.insert(things[2], before: things[3])
    #expect(list.count == 4 && list.first == things[0] && list.last == things[3])
    list.remove(things[2])
    #expect(list.next(after: things[1]) == things[3])
    #expect(list.previous(before: things[3]) == things[1])
    #expect(list.popFirst() == things[0] && list.popFirst() == things[1])
    #expect(list.popFirst() == things[3] && list.popFirst() == nil && list.isEmpty)
  }
}
