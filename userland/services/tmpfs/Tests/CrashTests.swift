// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Testing

@testable import TemporaryFiles

/// Stops after every store of an operation, takes the volume up again, and looks whether it shows
/// the state before or after, and knows the request exactly if it is after.
private func checkEveryStop(
  _ prepare: (inout TestVolume) throws -> Void, _ change: (inout TestVolume) throws -> Void
) throws {
  let store = TestStore(pages: 96)
  var volume = try TestVolume(store)
  try prepare(&volume)
  let before = volume.volume.picture()
  let replica = store.copy()
  store.startRecording()
  try change(&volume)
  let after = volume.volume.picture()
  // The marks of a test volume are numbered, so the next is one more than that of the change.
  let mark = volume.mark()
  let request = RequestMark(description: mark.description, sequence: mark.sequence - 1)
  #expect(before != after)
  var seenAfter = false
  for stop in 0...store.stores.count {
    if stop > 0 { replica.apply(store.stores[stop - 1]) }
    var found = try Volume.takenUp(from: replica.copy(), now: 5)
    found.deleteOrphans { _ in false }
    let picture = found.picture()
    let isAnswered =
      found.result(of: request, opens: false) ?? found.result(of: request, opens: true) != nil
    if picture == after, isAnswered {
      seenAfter = true
    } else if picture != before || isAnswered || seenAfter {
      Issue.record("a mixture after store \(stop) of \(store.stores.count)")
      return
    }
    guard found.isConsistent() else {
      Issue.record("damage after store \(stop) of \(store.stores.count)")
      return
    }
  }
  #expect(seenAfter)
}

@Suite struct CrashTests {
  @Test func making() throws {
    try checkEveryStop({ _ in }) { _ = try $0.open("new", .create | .write) }
    try checkEveryStop({ _ in }) { try $0.makeDirectory("new") }
  }

  @Test func appending() throws {
    try checkEveryStop({
      let file = try $0.open("a", .create)
      try $0.write(file, [1, 2, 3], at: 0)
    }) {
      let file = try $0.open("a", .write)
      try $0.write(file, [UInt8](repeating: 7, count: 300), at: 4000, appends: true)
    }
  }

  @Test func writingFarBehindTheEnd() throws {
    try checkEveryStop({
      let file = try $0.open("a", .create)
      try $0.write(file, [1, 2, 3], at: 0)
    }) { try $0.write(try $0.open("a", .write), [1], at: 3 << 20) }
  }

  @Test func truncating() throws {
    let prepare = { (volume: inout TestVolume) throws in
      let file = try volume.open("a", .create)
      for index in 0..<5 { try volume.write(file, [1, 2, 3], at: index * 700_000) }
    }
    try checkEveryStop(prepare) { try $0.truncate(try $0.open("a", .write), to: 1) }
    try checkEveryStop(prepare) { _ = try $0.open("a", .write | .truncate) }
  }

  @Test func renaming() throws {
    let prepare = { (volume: inout TestVolume) throws in
      try volume.makeDirectory("d")
      try volume.makeDirectory("e")
      try volume.makeDirectory("d/x")
      let file = try volume.open("a", .create)
      try volume.write(file, [1, 2, 3], at: 0)
      let other = try volume.open("e/b", .create)
      try volume.write(other, [UInt8](repeating: 4, count: 9000), at: 0)
    }
    try checkEveryStop(prepare) { try $0.rename("a", to: "e/b") }
    try checkEveryStop(prepare) { try $0.rename("a", to: "d/c") }
    try checkEveryStop(prepare) { try $0.rename("d", to: "e/d") }
  }

  @Test func removing() throws {
    let prepare = { (volume: inout TestVolume) throws in
      try volume.makeDirectory("d")
      let file = try volume.open("a", .create)
      try volume.write(file, [UInt8](repeating: 4, count: 9000), at: 0)
      try volume.link(file, as: "b")
    }
    try checkEveryStop(prepare) { try $0.remove("a") }
    try checkEveryStop(prepare) { try $0.remove("d", ofDirectory: true) }
    try checkEveryStop({
      try prepare(&$0)
      try $0.remove("b")
    }) { try $0.remove("a") }
  }

  @Test func linking() throws {
    try checkEveryStop({ _ = try $0.open("a", .create) }) {
      try $0.link(try $0.open("a"), as: "b")
    }
  }

  @Test(arguments: [false, true])
  func mappingChangesNothingThatIsSeen(hasGrown: Bool) throws {
    let store = TestStore(pages: 160)
    var volume = try TestVolume(store)
    let file = try volume.open("a", .create)
    try volume.write(file, [UInt8](repeating: 4, count: 9000), at: 0)
    if hasGrown {
      let (_, count) = try volume.volume.mapping(file)
      try volume.write(file, [UInt8](repeating: 5, count: 60_000), at: 9000)
      try volume.write(file, [UInt8](repeating: 6, count: 20_000), at: 69_000)
      #expect(count * 4096 < 89_000)
    }
    let before = volume.volume.picture()
    let replica = store.copy()
    store.startRecording()
    _ = try volume.volume.mapping(file)
    for (number, stored) in store.stores.enumerated() {
      replica.apply(stored)
      // What is copied into pages that nobody has yet is seen by nobody.
      if stored.index >= volume.volume.layout.firstPage * 512, number % 101 != 0 { continue }
      let found = try Volume.takenUp(from: replica.copy(), now: 5)
      let picture = found.picture()
      let isSound = found.isConsistent()
      guard picture == before, isSound else {
        Issue.record("mapping changed the file")
        return
      }
    }
  }
}
