// SPDX-License-Identifier: MIT
import Base
import Mutation
import Testing

@Suite("Growing collections")
struct CollectionTests {
  @Test func aQueueAgreesWithAnArray() {
    var generator = SeededGenerator(seed: 1)
    var queue = Queue<UInt64>()
    var model: [UInt64] = []
    for _ in 0..<20_000 {
      let number = generator.next()
      switch number % 8 {
      case 0...3:
        queue.append(number)
        model.append(number)
      case 4...6:
        let taken = queue.removeFirst()
        #expect(taken == (model.isEmpty ? nil : model.removeFirst()))
      default:
        let taken = queue.remove { $0 % 3 == 0 }
        let index = model.firstIndex { $0 % 3 == 0 }
        #expect(taken == index.map { model.remove(at: $0) })
      }
      #expect(queue.count == model.count)
      #expect(queue.first == model.first)
    }
  }

  @Test func aSlotTableForgetsOldKeys() {
    var table = SlotTable<String>()
    let first = table.insert("first")
    let second = table.insert("second")
    #expect(table[first] == "first")
    #expect(table.remove(first) == "first")
    #expect(table.remove(first) == nil)
    let third = table.insert("third")
    #expect(third.word != first.word)
    #expect(table[first] == nil)
    table[first] = "late"
    #expect(table[third] == "third")
    table[second] = "changed"
    #expect(table[second] == "changed")
    table[third] = nil
    #expect(table.count == 1)
    #expect(table.keys == [second])
    #expect(table[SlotTable.Key(word: second.word)] == "changed")
    #expect(table[SlotTable.Key(word: .max)] == nil)
    #expect(table[SlotTable.Key(word: 0)] == nil)
  }

  @Test func aSortedMapAgreesWithADictionary() {
    var generator = SeededGenerator(seed: 2)
    var map = SortedMap<UInt64, UInt64>()
    var model: [UInt64: UInt64] = [:]
    for _ in 0..<5_000 {
      let key = generator.next() % 64
      let value = generator.next() % 3 == 0 ? nil : generator.next()
      let other = generator.next() % 64
      #expect(map.replace(key, of: other) == (model[other] != nil))
      if model[other] != nil { model[other] = key }
      #expect(map[other] == model[other])
      #expect(map.modify(other) { $0 &+= 1 } == (model[other] != nil))
      model[other]? &+= 1
      #expect(map[other] == model[other])
      map[key] = value
      model[key] = value
      #expect(map[key] == model[key])
      #expect(map.keys == model.keys.sorted())
      #expect(map.count == map.values.count)
    }
  }
}
