// SPDX-License-Identifier: MIT
import Core
import Mutation
import Testing

@testable import ELF

@Suite("PhysicalImage") struct PhysicalImageTests {
  /// A kernel of two segments, the second of which is linked high and loaded low, and a note.
  private static func kernel(
    _ change: (inout ELFExample) -> Void = { _ in }, note: [UInt8] = kernelNote
  ) -> [UInt8] {
    var example = ELFExample()
    example.type = 2
    example.entry = 0xFFFF_FFFF_8020_0000
    example.segments = [
      .init(flags: 7, offset: 0x1000, address: 0x10_0000, fileBytes: 0x100, memoryBytes: 0x2000),
      .init(flags: 6, offset: 0x2000, address: 0x10_3000, fileBytes: 0x800, memoryBytes: 0x900),
      .init(type: 4, flags: 4, offset: 0x1080, address: 0x10_0080, fileBytes: UInt64(note.count)),
    ]
    example.contents = [(0x1080, note)]
    change(&example)
    return example.bytes
  }

  /// Another note first, with a name and contents that need filling; then the entry, 0x100010.
  private static let kernelNote: [UInt8] =
    [2, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0x47, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0]
    + [4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6E, 0, 0x10, 0, 0x10, 0, 0, 0, 0, 0]

  private static func failure(_ file: [UInt8]) -> ELFError? {
    do throws(ELFError) {
      _ = try PhysicalImage(parsing: file.span, for: .x86_64).entry
      return nil
    } catch { return error }
  }

  @Test func aKernel() throws {
    let file = Self.kernel()
    let image = try PhysicalImage(parsing: file.span, for: .x86_64)
    let (entry, count, pages) = (image.entry, image.segmentCount, image.pages)
    #expect(entry == 0x10_0010 && count == 2)
    #expect(pages == AddressRange(start: 0x10_0000, byteCount: 0x4000))
    let second = image.segment(1)
    #expect(second.memory == AddressRange(start: 0x10_3000, byteCount: 0x900))
    let bytes = image.bytes(of: second).count
    #expect(bytes == 0x800)
  }

  @Test func whatIsNoKernel() {
    let cases: [((inout ELFExample) -> Void, ELFError)] = [
      ({ $0.type = 3 }, .notAProgram),
      ({ $0.machine = 183 }, .wrongMachine),
      ({ $0.segments.removeLast() }, .noBootNote),
      ({ $0.segments.removeFirst(2) }, .noSegments),
      ({ $0.segments[0].address = 0x20_0000 }, .entryOutsideCode),
      ({ $0.segments[1].address = 0x10_1FFF }, .segmentsOverlap),
      ({ $0.segments[1].address = 0xFFFF_F800 }, .segmentOutsideAddressSpace),
      ({ $0.segments[1].address = .max }, .segmentOutsideAddressSpace),
      ({ $0.segments[1].memoryBytes = 1 }, .segmentSmallerThanItsFilePart),
      ({ $0.segments[1].offset = .max }, .segmentOutsideFile),
      ({ $0.segments[2].offset = .max }, .segmentOutsideFile),
    ]
    for (change, error) in cases { #expect(Self.failure(Self.kernel(change)) == error) }
    #expect(Self.failure(Self.kernel(note: Array(Self.kernelNote.prefix(24)))) == .noBootNote)
    #expect(Self.failure(Self.kernel(note: Array(Self.kernelNote.prefix(40)))) == .noBootNote)
    #expect(Self.failure([]) == .tooShort)
  }

  @Test func damage() {
    var mutator = Mutator(examples: [Self.kernel()], seed: 8)
    for _ in 0..<3000 {
      let file = mutator.mutate()
      do throws(ELFError) {
        let image = try PhysicalImage(parsing: file.span, for: .x86_64)
        let count = image.segmentCount
        for index in 0..<count {
          let segment = image.segment(index)
          let bytes = image.bytes(of: segment).count
          #expect(UInt64(bytes) == segment.fileBytes && segment.memory.end <= 1 << 32)
        }
      } catch { _ = error.explanation }
    }
  }
}
