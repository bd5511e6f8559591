// SPDX-License-Identifier: MIT
import ELF
import Mutation
import Testing

/// Reads everything that a file offers; what it holds does not matter, only that nothing traps.
private func readAll(_ bytes: [UInt8], for machine: Machine) -> Bool {
  do throws(ELFError) {
    let table = try SymbolTable(parsing: bytes.span)
    for index in 0..<min(table.count, 64) {
      if let symbol = table.symbol(at: index) { _ = table.name(of: symbol).count }
    }
    _ = table.function(containing: 0x1018)
  } catch {}
  do throws(ELFError) {
    let image = try ELFImage(parsing: bytes.span, for: machine)
    for index in image.segments.indices { _ = image.bytes(of: image.segments[index]).count }
    try image.checkRelocations()
    return true
  } catch { return false }
}

@Test(arguments: [11, 12] as [UInt64])
func hostileELFFilesDoNotTrap(seed: UInt64) {
  let examples = [ELFExample.program.bytes, ELFExample.fixedProgram.bytes]
  var mutator = Mutator(examples: examples, seed: seed)
  var accepted = 0
  for _ in 0..<50_000 where readAll(mutator.mutate(), for: .x86_64) { accepted += 1 }
  #expect(accepted > 100, "the mutations are so coarse that they test nothing")
}
