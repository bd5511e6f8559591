// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import Manual
import OptionParser

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

private let rows: [Manual.Entry] = [
  .init("-a, --all", ""), .init("-n NUMBER", ""), .init("-w, --width=COLUMNS", ""),
  .init("--color[=WHEN]", ""), .init("-NUM", ""), .init("-l", ""),
]

/// Each line is an argument. No argument is lost: it is an option's spelling, a value or an operand.
private func read(_ bytes: Span<UInt8>) {
  let words = Text(bytes).split(at: 0x0A)
  for operandsEndOptions in [false, true] {
    do throws(OptionError) {
      let options = try Options(words, rows, operandsEndOptions: operandsEndOptions)
      precondition(options.operands.count <= words.count)
      var values = 0
      for name: StaticString in ["-n", "-w", "--color", "-NUM"] {
        values += options.values(name).count
      }
      precondition(values <= options.found.count)
      precondition(options.count("-a") + options.count("-l") + values <= options.found.count)
    } catch {
      precondition(!error.message.isEmpty)
    }
  }
  for word in words { _ = Quantity.parse(word) }
}
