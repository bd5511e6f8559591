// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import TOML

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// Reads the document and finds everything in it by its key.
private func read(_ bytes: Span<UInt8>) {
  let text = Text(bytes)
  do throws(TOMLError) {
    walk(try TOMLDocument(parsing: text.bytes).root, depth: 0)
  } catch {
    precondition(error.place.line >= 1 && error.place.column >= 1)
    precondition(error.place.line <= text.split(at: 0x0A).count)
    _ = error.message(in: "fuzz")
  }
}

private func walk(_ item: TOMLItem, depth: Int) {
  precondition(depth <= TOMLDocument.Limits().depth)
  let isTable = item.value == .table
  for inner in item.items {
    if isTable {
      let found = item[inner.key]
      precondition(found?.place == inner.place, "the key leads to another value")
    }
    walk(inner, depth: depth + 1)
  }
}
