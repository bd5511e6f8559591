// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// The processor's number in ELF files.
var elfMachineNumber: UInt16 { Machine.elfMachine }

/// Init's stack and the start record on it, as `docs/abi.md` describes. The record, the program's
/// name and the random bytes share the stack's last page, which is put together in the scratch page.
struct InitStack {
  private let space: Ref<AddressSpace>
  private let thread: Ref<Thread>

  private static let byteCount: UInt = 1 << 20
  /// Places in the last page, in bytes.
  private static let recordStart = 3072
  private static let nameStart = 4032
  private static let randomStart = 4064

  init(_ space: Ref<AddressSpace>, _ thread: Ref<Thread>) {
    self.space = space
    self.thread = thread
  }

  /// Maps the stack and writes the record.
  /// - Returns: the initial stack pointer.
  func prepare(for image: InitImage) throws(SystemError) -> UInt {
    var nature = RegionNature()
    nature.access = .read | .write
    nature.maximumAccess = .read | .write
    let start = try space.map(Self.byteCount, nature, .anywhere, .kernel)
    let page = start &+ Self.byteCount &- 4096
    fillScratch(image, page)
    try copyOut(UserSpan(address: page, count: 4096), ScratchPage().address, thread)
    return page &+ UInt(Self.recordStart)
  }

  private func fillScratch(_ image: InitImage, _ page: UInt) {
    let scratch = ScratchPage()
    for index in 0..<4096 { scratch.bytes[index] = 0 }
    let name: StaticString = "bin/init"
    for index in 0..<name.utf8CodeUnitCount {
      scratch.bytes[Self.nameStart &+ index] = name.bytes[index]
    }
    let words = PageOf<UInt>(kernel.processors[Machine.currentProcessor].scratch)
    words[Self.randomStart / 8] = UInt(truncatingIfNeeded: Machine.entropy() ?? Machine.now())
    words[Self.randomStart / 8 &+ 1] = UInt(truncatingIfNeeded: Machine.entropy() ?? 0)
    // The argument count, the arguments, the empty environment.
    words[Self.recordStart / 8] = 1
    words[Self.recordStart / 8 &+ 1] = page &+ UInt(Self.nameStart)
    var place = Self.recordStart / 8 &+ 4
    func add(_ tag: UInt, _ value: UInt) {
      words[place] = tag
      words[place &+ 1] = value
      place &+= 2
    }
    add(3, image.headers)
    add(4, 56)
    add(5, image.headerCount)
    add(6, 4096)
    add(7, image.base)
    add(9, image.entry)
    add(25, page &+ UInt(Self.randomStart))
    add(31, page &+ UInt(Self.nameStart))
    add(0x1003, clockPageAddress)
    add(0, 0)
  }
}
