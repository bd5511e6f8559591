// SPDX-License-Identifier: MIT
import FuzzInput
import RedoxFS
import RedoxFSExample

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// Each five bytes of the input change one byte of the example volume: a block, an offset, a value.
/// The hashes are right all the same. Then everything is read.
private func read(_ span: Span<UInt8>) {
  let input = span.indices.map { span[$0] }
  let image = VolumeExample.image { block, bytes in
    var place = 0
    while place + 5 <= input.count {
      let target = UInt64(input[place]) | UInt64(input[place + 1] & 1) << 8
      let offset = Int(input[place + 2]) | Int(input[place + 3]) << 8
      if target == block, offset < bytes.count { bytes[offset] = input[place + 4] }
      place += 5
    }
  }
  guard let volume = try? Volume(opening: MemoryStore(image)) else { return }
  var checker = Checker(volume)
  checker.run { _, node in
    let bytes = try? volume.read(node, from: node.record.byteCount / 2, count: 5000)
    precondition((bytes?.count ?? 0) <= 5000, "no more than was asked for")
  }
  for finding in checker.findings { precondition(!finding.explanation.isEmpty) }
}
