// SPDX-License-Identifier: MIT
import ABI
import Testing
import UtilityFrame
import UtilityModel

@testable import ProcessUtilities

private let table = UtilityTable(processUtilities)

private func terminal() -> ModelSystem {
  let system = ModelSystem()
  system.terminalColumns = 80
  #expect(system.run(table, "stty sane").status == 0)
  return system
}

struct SttyTests {
  @Test func usualSettingsHaveNothingToShow() {
    let system = terminal()
    #expect(system.run(table, "stty").output == "speed 115200 baud; rows 24; columns 80;\n")
    #expect(system.run(table, "stty size").output == "24 80\n")
    #expect(system.run(table, "stty -echo -icanon min 3 intr ^A eol ^-").status == 0)
    #expect(!system.settings.local.contains(.echo) && system.settings[.minimum] == 3)
    #expect(
      system.run(table, "stty").output
        == "speed 115200 baud; rows 24; columns 80;\nintr = ^A; -icanon -echo\n")
    let all = system.run(table, "stty -a").output
    #expect(all.contains("erase = ^?;") && all.contains("-echo echoe") && all.contains("min = 3;"))
  }

  @Test func whatIsSavedIsTakenBack() {
    let system = terminal()
    let saved = system.run(table, "stty -g").output
    let before = system.settings
    #expect(system.run(table, "stty raw").status == 0 && system.settings != before)
    #expect(system.run(table, "stty " + saved.dropLast()).status == 0)
    #expect(system.settings == before)
    #expect(system.run(table, "stty raw").status == 0)
    #expect(system.run(table, "stty -raw cols 99").status == 0)
    #expect(system.settings.local == before.local && system.terminalColumns == 99)
  }

  @Test(arguments: [
    ("stty nonsense", "invalid setting 'nonsense'"), ("stty rows", "'rows' needs a value"),
    ("stty rows x", "invalid value of rows: 'x'"), ("stty intr abc", "invalid value of intr"),
    ("stty -a raw", "nothing is changed"), ("stty min 256", "invalid value of min"),
    ("stty --x", "unknown option '--x'"), ("stty -F /nope", "/nope: no such file or directory"),
  ])
  func faultsAreNamed(line: String, message: String) {
    let run = terminal().run(table, line)
    #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
  }

  @Test func aTerminalHasAName() {
    #expect(terminal().run(table, "tty").output == "/scheme/pty/7\n")
    let run = ModelSystem().run(table, "tty")
    #expect(run.output == "not a tty\n" && run.status == 1)
    #expect(ModelSystem().run(table, "stty").errors.contains("standard input: "))
  }
}
