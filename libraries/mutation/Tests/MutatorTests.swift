// SPDX-License-Identifier: MIT
import Testing

@testable import Mutation

@Test func aSeedRepeatsItsMutations() {
  var first = Mutator(examples: [[1, 2, 3], Array(0..<100)], seed: 7)
  var second = Mutator(examples: [[1, 2, 3], Array(0..<100)], seed: 7)
  for _ in 0..<1_000 { #expect(first.mutate() == second.mutate()) }
}

@Test func mostMutationsDifferFromTheExample() {
  let example = [UInt8](repeating: 9, count: 64)
  var mutator = Mutator(examples: [example], seed: 1)
  let changed = (0..<1_000).count { _ in mutator.mutate() != example }
  #expect(changed > 900)
}
