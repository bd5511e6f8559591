// SPDX-License-Identifier: MIT
import Base
import Terminals
import Testing

@Suite struct ProcessFactsTests {
  @Test func factsAreReadFromAStatus() {
    let status: Text = """
      name: cat
      state: alive
      process: 9
      parent: 4
      group: 8
      session: 4
      users: 0 0 0
      """
    #expect(ProcessFacts(status: status) == ProcessFacts(parent: 4, group: 8, session: 4))
    #expect(ProcessFacts(status: "group: 8\nsession: x\nparent: 1\n") == nil)
    #expect(ProcessFacts(status: "") == nil)
  }

  @Test func aParentElsewhereInTheSessionGuardsAGroup() {
    #expect(ProcessFacts(parent: 1, group: 4, session: 4).guards(group: 8, session: 4))
    #expect(!ProcessFacts(parent: 1, group: 8, session: 4).guards(group: 8, session: 4))
    #expect(!ProcessFacts(parent: 1, group: 1, session: 1).guards(group: 8, session: 4))
  }
}
