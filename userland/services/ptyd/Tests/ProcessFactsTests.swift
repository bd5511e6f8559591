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

  @Test(
    arguments: [
      ("state: stopped\nthreads: 2\n", StopReaction.stopped),
      ("state: alive\nthreads: 1\nheld_signals: 1048576\n", .none),
      ("state: alive\nthreads: 1\nheld_signals: 18446744073709551615\n", .none),
      ("state: alive\nthreads: 1\nheld_signals: 1\n", .unknown),
      ("state: alive\nthreads: 2\nheld_signals: 1048576\n", .unknown),
    ] as [(Text, StopReaction)])
  func aStatusTellsWhatASignalDid(status: Text, reaction: StopReaction) {
    let facts = ProcessFacts(status: status + "parent: 4\ngroup: 8\nsession: 4\n")
    #expect(facts?.reaction(to: 21) == reaction)
  }

  @Test func aParentElsewhereInTheSessionGuardsAGroup() {
    #expect(ProcessFacts(parent: 1, group: 4, session: 4).guards(group: 8, session: 4))
    #expect(!ProcessFacts(parent: 1, group: 8, session: 4).guards(group: 8, session: 4))
    #expect(!ProcessFacts(parent: 1, group: 1, session: 1).guards(group: 8, session: 4))
  }
}
