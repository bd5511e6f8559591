// SPDX-License-Identifier: MIT
import Foundation
import Host
import RedoxFS
import Testing

@testable import Volumes

@Suite("Images as stores") struct ImageStoreTests {
  @Test func blocksAreReadWhereTheyAre() throws {
    let path = NSTemporaryDirectory() + "apus-image-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? Files.remove(path) }
    var contents: [UInt8] = []
    for block in 0..<3 { contents += [UInt8](repeating: UInt8(block), count: 4096) }
    try Files.write(contents + [9, 9], to: path)
    let store = try ImageStore(reading: path)
    #expect(store.blockCount == 3)
    var bytes: [UInt8] = [7]
    #expect(store.read(1, count: 2, onto: &bytes))
    #expect(bytes.count == 8193 && bytes[0] == 7 && bytes[1] == 1 && bytes[8192] == 2)
    #expect(!store.read(3, count: 1, onto: &bytes) && !store.read(2, count: 2, onto: &bytes))
    #expect(!store.read(UInt64.max, count: 1, onto: &bytes))
  }

  @Test func whatIsNoFileIsNamed() {
    #expect(throws: HostError.self) { try ImageStore(reading: "/nowhere/at/all") }
    #expect(throws: HostError.self) { try ImageStore(reading: "/") }
  }
}
