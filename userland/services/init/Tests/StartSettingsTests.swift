// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Supervision

@Suite struct StartSettingsTests {
  @Test func variablesAreRead() {
    var variables = Variables()
    #expect(StartSettings { variables[$0] } == StartSettings())
    variables["INIT_SKIP"] = "pcid-spawner, 10_net,,"
    variables["INIT_LOG_LEVEL"] = "DEBUG"
    let settings = StartSettings { variables[$0] }
    #expect(settings.skipped == ["pcid-spawner", "10_net"])
    #expect(settings.level == .debug && settings.unknownLevel == nil)
    #expect(settings.skips("pcid-spawner", of: "00_drivers"))
    #expect(settings.skips("smolnetd", of: "10_net"))
    #expect(!settings.skips("/bin/pcid-spawner", of: "00_drivers"))
    variables["INIT_LOG_LEVEL"] = "LOUD"
    #expect(StartSettings { variables[$0] }.unknownLevel == "LOUD")
    #expect(StartSettings { variables[$0] }.level == .info)
  }

  @Test func eachVariableIsThereOnce() {
    var variables = Variables()
    variables["A"] = "1"
    variables["AB"] = "2"
    variables["A"] = "3=4"
    #expect(variables.texts == ["AB=2", "A=3=4"])
    #expect(variables["A"] == "3=4" && variables["B"] == nil)
    variables["A"] = nil
    #expect(variables.texts == ["AB=2"])
  }
}
