// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing

@testable import TemporaryFiles

/// A file system as simple as can be: paths to file numbers, file numbers to bytes.
private struct Model {
  var names: [Text: Int] = [:]
  var files: [Int: [UInt8]] = [:]
  var made = 0

  func isDirectory(_ path: Text) -> Bool {
    path.isEmpty || names[path].map { files[$0] == nil } ?? false
  }

  func parent(_ path: Text) -> Text {
    path.lastIndex(of: 0x2F).map { path[0..<$0] } ?? Text()
  }

  func children(_ path: Text) -> [Text] { names.keys.filter { $0.hasPrefix(path + "/") } }
}

private struct Random {
  var state: UInt64
  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
}

/// Random operations do the same to the volume as to the model, also when the server starts again
/// in between.
@Test(arguments: [1, 2, 3, 4]) func theVolumeBehavesAsTheModel(_ seed: UInt64) throws {
  var random = Random(state: seed &* 0x9E37_79B9_7F4A_7C15)
  let store = TestStore(pages: 1024)
  var volume = try TestVolume(store)
  var model = Model()
  func path() -> Text {
    var path = Text()
    for level in 0...random.next(3) {
      if level > 0 { path += "/" }
      path.put(UInt8(ascii: "a") + UInt8(random.next(4)))
    }
    return path
  }
  for step in 0..<3000 {
    let name = path()
    let other = path()
    let parent = model.isDirectory(model.parent(name))
    var failed = false
    var shouldFail = false
    do throws(any Error) {
      switch random.next(9) {
      case 0:
        shouldFail = !parent || model.names[name] != nil
        try volume.makeDirectory(name)
        model.made += 1
        model.names[name] = model.made
      case 1, 2:
        shouldFail = !parent || model.isDirectory(name)
        let file = try volume.open(name, .create | .write)
        if model.names[name] == nil {
          model.made += 1
          model.names[name] = model.made
          model.files[model.made] = []
        }
        guard let number = model.names[name], let old = model.files[number] else { break }
        let offset = random.next(20_000)
        let bytes = [UInt8](repeating: UInt8(1 + random.next(255)), count: 1 + random.next(9000))
        try volume.write(file, bytes, at: offset)
        var content = old
        while content.count < offset + bytes.count { content.append(0) }
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        model.files[number] = content
      case 3:
        let number = model.names[name]
        shouldFail = number.map { model.files[$0] == nil } ?? true
        let file = try volume.open(name, .write)
        let length = random.next(30_000)
        try volume.truncate(file, to: length)
        guard let number, var content = model.files[number] else { break }
        while content.count < length { content.append(0) }
        model.files[number] = Array(content[0..<length])
      case 4:
        shouldFail = model.names[name] == nil || model.isDirectory(name)
        try volume.remove(name)
        model.names[name] = nil
      case 5:
        shouldFail =
          model.names[name] == nil || !model.isDirectory(name) || !model.children(name).isEmpty
        try volume.remove(name, ofDirectory: true)
        model.names[name] = nil
      case 6:
        shouldFail =
          model.names[name] == nil || model.isDirectory(name) || model.names[other] != nil
          || !model.isDirectory(model.parent(other))
        try volume.link(try volume.open(name), as: other)
        model.names[other] = model.names[name]
      case 7:
        let isDirectory = model.isDirectory(name)
        shouldFail =
          model.names[name] == nil || !model.isDirectory(model.parent(other))
          || isDirectory && (other.hasPrefix(name + "/"))
        if let old = model.names[other], !shouldFail, old != model.names[name] {
          shouldFail =
            model.isDirectory(other) != isDirectory || !model.children(other).isEmpty
        }
        try volume.rename(name, to: other)
        guard name != other, let number = model.names[name], number != model.names[other] else {
          break
        }
        for child in model.children(name) {
          model.names[other + child[name.count..<child.count]] = model.names[child]
          model.names[child] = nil
        }
        model.names[other] = number
        model.names[name] = nil
      default:
        if random.next(10) == 0 { volume = try TestVolume(store) }
        if random.next(20) == 0, let number = model.names[name], model.files[number] != nil {
          _ = try volume.volume.mapping(try volume.open(name))
        }
        volume.volume.freeHeldPages()
      }
    } catch {
      failed = true
    }
    #expect(failed == shouldFail, "step \(step) of seed \(seed)")
    if failed != shouldFail { return }
    guard step % 50 == 0 else { continue }
    for (path, number) in model.names {
      let inode = try volume.open(path)
      guard let content = model.files[number] else { continue }
      let found = volume.content(inode)
      #expect(found == content, "step \(step) of seed \(seed)")
    }
    let count = volume.volume.picture().count
    let isSound = volume.volume.isConsistent()
    #expect(count == model.names.count && isSound, "step \(step) of seed \(seed)")
  }
}
