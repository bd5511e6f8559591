// SPDX-License-Identifier: MIT
import ELF
import Mutation
import Testing

private func text(_ bytes: Span<UInt8>) -> String {
  String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
}

@Suite("SymbolTable")
struct SymbolTableTests {
  @Test(
    arguments: [
      (0x100F, nil), (0x1010, "start"), (0x102F, "start"), (0x1030, nil), (0x1040, "work"),
      (0x9999, "work"),
    ] as [(UInt64, String?)])
  func addressesHaveNames(_ address: UInt64, _ name: String?) throws {
    let bytes = ELFExample.program.bytes
    let table = try SymbolTable(parsing: bytes.span)
    let found = table.function(containing: address).map { text(table.name(of: $0)) }
    #expect(found == name)
  }

  @Test func dataIsNoFunction() throws {
    var example = ELFExample.program
    example.setSymbols([("counter", 0x11, 0x1000, 0x1000)])
    let bytes = example.bytes
    let table = try SymbolTable(parsing: bytes.span)
    check(table.count == 2)
    check(table.function(containing: 0x1000) == nil)
  }

  @Test func aStrippedFileHasNoTable() {
    var example = ELFExample.program
    example.sectionHeaderCount = 0
    let bytes = example.bytes
    #expect(throws: ELFError.noSymbolTable) { _ = try SymbolTable(parsing: bytes.span).count }
  }

  @Test func aTableOutsideTheFileIsRefused() {
    var example = ELFExample.program
    example.sectionHeaderOffset = .max - 100
    let bytes = example.bytes
    #expect(throws: ELFError.sectionHeadersOutsideFile) {
      _ = try SymbolTable(parsing: bytes.span).count
    }
  }

  @Test func aNameOutsideTheTableIsEmpty() throws {
    let bytes = ELFExample.program.bytes
    let table = try SymbolTable(parsing: bytes.span)
    var symbol = SymbolEntry()
    symbol.name = .max
    let count = table.name(of: symbol).count
    #expect(count == 0)
    check(table.symbol(at: 3) == nil)
    check(table.symbol(at: -1) == nil)
  }
}
