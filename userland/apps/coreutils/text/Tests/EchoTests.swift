// SPDX-License-Identifier: MIT
import Testing
import UtilityFrame
import UtilityModel

@testable import TextUtilities

@Test func wordsAreJoinedBySpaces() {
  let table = UtilityTable(textUtilities)
  #expect(ModelSystem().run(table, ["echo", "a", "b c"]).output == "a b c\n")
  #expect(ModelSystem().run(table, ["echo", "-n", "a"]).output == "a")
}
