// SPDX-License-Identifier: MIT
import Core
import RedoxFS
import RedoxFSExample
import Testing

@Suite("Volumes in few bytes")
struct CompactVolumeTests {
  @Test func unpackedTheyAreWhatTheyWere() throws {
    let image = VolumeExample.image()
    let compact = CompactVolume(image: image).bytes
    #expect(compact.count < 20_000)
    let store = CompactVolume.store(compact)
    var bytes: [UInt8] = []
    #expect(store.read(0, count: Int(store.blockCount), onto: &bytes))
    #expect(bytes == image)
    var checker = Checker(try Volume(opening: store))
    checker.run()
    #expect(checker.findings.map { $0.explanation } == [])
  }

  @Test func anyBytesAreAStore() {
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8((count * 7 + $0 * $0 / 3) % 3) }
      let store = CompactVolume.store(bytes)
      #expect(store.blockCount <= 16_384)
      _ = try? Volume(opening: store)
    }
  }
}
