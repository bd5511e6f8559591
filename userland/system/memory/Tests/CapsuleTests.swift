// SPDX-License-Identifier: MIT
import Testing

@testable import Memory

/// Memory of the host, shared with nobody.
func hostMemory(_ count: Int) -> SharedBytes {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
  _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: memory), count: count)
}

struct Connection: BitwiseCopyable, Equatable {
  var port: UInt16 = 0
  var sequence: UInt64 = 0
  var state: UInt8 = 0
}

@Suite("Capsule")
struct CapsuleTests {
  @Test func recordsOutliveTheTable() throws {
    let memory = hostMemory(4096)
    do {
      let capsule = try Capsule<Connection>(in: memory, version: 1, slotCount: 10)
      #expect(capsule.origin == .fresh)
      #expect(capsule[3] == nil)
      capsule[3] = Connection(port: 80, sequence: 7, state: 1)
      for sequence in 0..<100 { capsule[4] = Connection(port: 1, sequence: UInt64(sequence)) }
      capsule[5] = Connection()
      capsule[5] = nil
    }
    let capsule = try Capsule<Connection>(in: memory, version: 1, slotCount: 10)
    #expect(capsule.origin == .recovered)
    #expect(capsule[3] == Connection(port: 80, sequence: 7, state: 1))
    #expect(capsule[4]?.sequence == 99)
    #expect(capsule.isEmpty(5) && capsule.firstEmpty(from: 3) == 5)
  }

  @Test func anotherVersionIsNotBelieved() throws {
    let memory = hostMemory(4096)
    let first = try Capsule<Connection>(in: memory, version: 1, slotCount: 4)
    first[0] = Connection(port: 5)
    let second = try Capsule<Connection>(in: memory, version: 2, slotCount: 4)
    #expect(second.origin == .replaced && second[0] == nil)
    #expect(throws: CapsuleError.tooSmall) {
      _ = try Capsule<Connection>(in: memory, version: 2, slotCount: 1000)
    }
  }

  /// Copies the memory after every store of an update, as a death there would leave it.
  @Test func aDeathInAnUpdateLeavesTheOldRecord() throws {
    let memory = hostMemory(1024)
    let capsule = try Capsule<Connection>(in: memory, version: 1, slotCount: 1)
    capsule[0] = Connection(port: 1, sequence: 1)
    capsule[0] = Connection(port: 2, sequence: 2)
    // The other copy is written first: as long as the commit word is old, its content is not seen.
    for offset in 64 + 8..<64 + 8 + 48 where offset % 8 == 0 {
      let saved = memory.load(at: offset, as: UInt64.self)
      if capsule[0] == Connection(port: 2, sequence: 2) {
        memory.store(UInt64.max, at: offset)
        let recovered = try Capsule<Connection>(in: memory, version: 1, slotCount: 1)
        let isOther = offset >= 64 + 8 + 24
        #expect((recovered[0] == Connection(port: 2, sequence: 2)) == isOther)
        memory.store(saved, at: offset)
      }
    }
  }

  @Test func anOperationThatWasCutShortIsSeen() throws {
    let memory = hostMemory(1024)
    let capsule = try Capsule<Connection>(in: memory, version: 1, slotCount: 2)
    capsule.begin(7, detail: 42)
    let recovered = try Capsule<Connection>(in: memory, version: 1, slotCount: 2)
    #expect(recovered.unfinished?.kind == 7 && recovered.unfinished?.detail == 42)
    recovered.end()
    #expect(recovered.unfinished == nil)
  }
}

@Suite("Ring")
struct RingTests {
  private func makeRing(_ capacity: UInt32) throws -> SharedBytes {
    let memory = hostMemory(RingSize.byteCount(of: UInt64.self, capacity: capacity))
    try RingSize.prepare(memory, of: UInt64.self, capacity: capacity)
    return memory
  }

  @Test func entriesArriveInOrderAndAFullRingRefuses() throws {
    let memory = try makeRing(4)
    var producer = try RingProducer<UInt64>(memory)
    var consumer = try RingConsumer<UInt64>(memory)
    var next: UInt64 = 0
    var expected: UInt64 = 0
    for _ in 0..<100 {
      var added = 0
      while try producer.push(next) {
        next += 1
        added += 1
      }
      #expect(added <= 4)
      let before = try consumer.pop()
      #expect(before == nil)
      _ = producer.publish()
      for _ in 0..<3 {
        let entry = try consumer.pop()
        if let entry {
          #expect(entry == expected)
          expected += 1
        }
      }
      while let entry = try consumer.pop() {
        #expect(entry == expected)
        expected += 1
      }
    }
    #expect(next == 400 && expected == 400)
  }

  @Test func theDoorbellIsAskedForOnlyByAWaiter() throws {
    let memory = try makeRing(8)
    var producer = try RingProducer<UInt64>(memory)
    var consumer = try RingConsumer<UInt64>(memory)
    _ = try producer.push(1)
    let unasked = producer.publish()
    let mayWait = try consumer.prepareToWait()
    #expect(!unasked && !mayWait)
    _ = try consumer.pop()
    let waits = try consumer.prepareToWait()
    _ = try producer.push(2)
    let asked = producer.publish()
    let again = producer.publish()
    #expect(waits && asked && !again)
  }

  @Test func aPeerThatLiesIsFound() throws {
    let memory = try makeRing(8)
    var consumer = try RingConsumer<UInt64>(memory)
    memory.store(UInt32(100), at: RingLayout.added)
    #expect(throws: RingError.broken) { _ = try consumer.pop() }
    memory.store(UInt32(3), at: 8)
    #expect(throws: RingError.mismatch) { _ = try RingProducer<UInt64>(memory) }
    memory.store(UInt32(65_536), at: 8)
    #expect(throws: RingError.tooSmall) { _ = try RingProducer<UInt64>(memory) }
  }

  @Test func aPairCarriesRequestsAndAnswers() throws {
    let memory = hostMemory(
      RingPair.byteCount(UInt64.self, Connection.self, capacity: 16))
    try RingPair.prepare(memory, UInt64.self, Connection.self, capacity: 16)
    var client = try RingClientSide<UInt64, Connection>(memory)
    var server = try RingServerSide<UInt64, Connection>(memory)
    for number: UInt64 in 0..<40 {
      _ = try client.submissions.push(number)
      _ = client.submissions.publish()
      let request = try server.submissions.pop()
      #expect(request == number)
      _ = try server.completions.push(Connection(sequence: number))
      _ = server.completions.publish()
      let answer = try client.completions.pop()
      #expect(answer?.sequence == number)
    }
  }
}
