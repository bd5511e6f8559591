// SPDX-License-Identifier: MIT
import Testing
import UtilityFrame
import UtilityModel

@testable import TextUtilities

struct TestExpressionTests {
  @Test(arguments: [
    ("", 1), ("a", 0), ("-n", 0), ("! a", 1), ("!", 0), ("-z a", 1), ("-n a", 0), ("a = a", 0),
    ("a == b", 1),
    ("a != b", 0), ("! a = b", 0), ("( a )", 0), ("( a = b )", 1), ("1 -eq 01", 0), ("-5 -lt 3", 0),
    ("3 -ge 4", 1), ("a < b", 0), ("b > a", 0), ("-e f", 0), ("-f f", 0), ("-d f", 1), ("-d d", 0),
    ("-s f", 0),
    ("-s empty", 1), ("-e nope", 1), ("-h link", 0), ("-f link", 0), ("-r f", 0), ("-x f", 1),
    ("-x run", 0),
    ("a -a b", 0), ("a -o", 2), ("-z a -o -n a", 0), ("a = a -a b = c", 1),
    ("( a = b ) -o ( c = c )", 0),
    ("! ( a = b )", 0), ("! ! a", 0), ("-n = -n", 0), ("( = (", 0), ("f -ef link", 0),
    ("f -nt nope", 0),
    ("nope -ot f", 0), ("nope -nt f", 1), ("x -eq 1", 2), ("-q x", 2), ("a b", 2), ("a b c", 2),
    ("( a", 2),
    ("a = b c d", 2), ("-t 99", 1), ("-a f", 0), ("! -e nope -a a", 0),
  ])
  func expressions(line: String, status: Int32) {
    let system = ModelSystem()
    system.put("/f", "x")
    system.put("/empty", "")
    system.put("/run", "x", mode: 0o755)
    system.putDirectory("/d")
    system.putLink("/link", to: "/f")
    let run = system.run(table, "test " + line)
    #expect(run.status == status, "\(run.errors)")
    #expect(run.errors.isEmpty == (status < 2))
    let bracket = system.run(table, "[ " + line + " ]")
    #expect(bracket.status == status)
  }

  @Test func aBracketIsClosed() {
    #expect(run("[ a").status == 2)
    #expect(run("[ a").errors == "[: missing ]\nTry '[ --help'.\n")
  }

  @Test func deepNestingIsRefused() {
    let words = Array(repeating: "(", count: 100_000)
    #expect(ModelSystem().run(table, ["test"] + words).status == 2)
  }
}
