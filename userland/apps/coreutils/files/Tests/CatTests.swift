// SPDX-License-Identifier: MIT
import Testing
import UtilityFrame
import UtilityModel

@testable import FileUtilities

private let table = UtilityTable(fileUtilities)

@Test func filesAndStandardInputAreJoined() {
  let system = ModelSystem()
  system.put("/a", "one\n")
  system.input = Array("two\n".utf8)
  #expect(system.run(table, "cat a - a").output == "one\ntwo\none\n")
  let missing = system.run(table, "cat a nowhere a")
  #expect(missing.output == "one\none\n" && missing.status == 1)
  #expect(missing.errors == "cat: nowhere: no such file or directory\n")
}

@Test func linesAreNumberedAndMarked() {
  let system = ModelSystem()
  system.put("/a", "x\n\n\n\ty\u{1}\u{e9}")
  #expect(
    system.run(table, "cat -n a").output == "     1\tx\n     2\t\n     3\t\n     4\t\ty\u{1}é")
  #expect(system.run(table, "cat -b a").output == "     1\tx\n\n\n     2\t\ty\u{1}é")
  #expect(system.run(table, "cat -sA a").output == "x$\n$\n^Iy^AM-CM-)")
}
