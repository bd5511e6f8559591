// SPDX-License-Identifier: MIT
import ABI
import Testing

@testable import Documentation

@Test func everyCallNumberHasExactlyOneRow() {
  let numbers = CallTable.all.map { $0.number.rawValue }
  #expect(Set(numbers).count == numbers.count)
  for raw in UInt(0)..<1024 where CallNumber(rawValue: raw) != nil {
    #expect(numbers.contains(raw), "call \(raw) is not in the table")
  }
}

@Test func noCallTakesMoreThanSixRegisters() {
  for type in CallTable.all { #expect(CallDescription(type).arguments.count <= 6) }
}

@Test func spansTakeTwoRegistersAndOneCName() {
  let open = CallDescription(Open.self)
  #expect(open.arguments.map(\.name) == ["parent", "path", "count", "flags", "mode"])
  #expect(
    open.prototype
      == "long apus_open(apus_handle_t parent, uintptr_t path, uintptr_t path_count, uint32_t flags, uint32_t mode);"
  )
}

@Test func aGraphThatIsNotJSONIsAnError() {
  #expect(throws: DocumentError.unreadableSymbolGraph) {
    _ = try CallDocuments(symbolGraph: .init([1, 2, 3]))
  }
}
