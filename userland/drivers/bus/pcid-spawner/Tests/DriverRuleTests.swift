// SPDX-License-Identifier: MIT
import Base
import PCI
import Testing

@testable import DriverMatching

private let file: Text = """
  [[drivers]]
  name = "VirtIO block"
  class = 1
  vendor = 0x1AF4
  device_id_range = { start = 0x1001, end = 0x1002 }
  scheme = "disk.$NAME-virtio"
  command = ["virtio-blkd", "$NAME"]

  [[drivers]]
  class = 1
  subclass = 8
  interface = 2
  command = ["nvmed"]

  [[drivers]]
  ids = { "0x8086" = [0x100E, 0x10D3], "0x10ec" = [0x8168] }
  command = ["/usr/bin/e1000d"]

  """

@Suite("Rules for drivers")
struct DriverRuleTests {
  private func function(
    _ vendor: UInt16, _ device: UInt16, _ kind: (UInt8, UInt8, UInt8) = (1, 0, 0)
  ) -> FunctionDescription {
    var function = FunctionDescription()
    function.key = FunctionAddress(bus: 0, device: 4).key
    function.vendor = vendor
    function.device = device
    (function.baseClass, function.subclass, function.interface) = kind
    return function
  }

  @Test func theyFitWhatTheyName() throws {
    let rules = try DriverRule.rules(in: file.bytes, file: "x.toml")
    #expect(rules.count == 3)
    func first(_ function: FunctionDescription) -> Int? {
      rules.firstIndex { $0.fits(function) }
    }
    #expect(first(function(0x1AF4, 0x1001)) == 0)
    #expect(first(function(0x1AF4, 0x1002)) == nil)
    #expect(first(function(0x1B36, 0x0010, (1, 8, 2))) == 1)
    #expect(first(function(0x1B36, 0x0010, (1, 8, 1))) == nil)
    #expect(first(function(0x8086, 0x10D3, (2, 0, 0))) == 2)
    #expect(first(function(0x10EC, 0x8168, (2, 0, 0))) == 2)
    #expect(first(function(0x10EC, 0x10D3, (2, 0, 0))) == nil)
    #expect(
      rules[0].launchLine(for: FunctionAddress(bus: 0, device: 4))
        == """
        launch virtio-blkd@pci-00-04.0 view=pci scheme=disk.pci-00-04.0-virtio virtio-blkd \
        pci-00-04.0
        """ as Text)
    #expect(
      rules[2].launchLine(for: FunctionAddress(bus: 1, device: 0))
        == "launch e1000d@pci-01-00.0 view=pci /usr/bin/e1000d" as Text)
  }

  @Test(arguments: [
    ("drivers = 1\n", "x:1:1: "), ("[[drivers]]\nclass = 1\n", "x:1:3: a driver needs"),
    ("[[drivers]]\ncommand = []\n", "x:2:1: command is"),
    ("[[drivers]]\nclass = 256\n", "x:2:1: the number"),
    ("[[drivers]]\ncommand = [\"a b\"]\n", "x:2:12: a text without"),
    ("[[drivers]]\nclas = 1\n", "x:2:1: drivers have no"),
    ("[[drivers]]\nids = { 8086 = [] }\n", "x:2:9: ids has"), ("[[drivers\n", "x:1:"),
  ])
  func mistakesAreNamed(_ text: String, _ message: String) {
    #expect {
      try DriverRule.rules(in: Array(text.utf8), file: "x")
    } throws: { error in
      let found = String(decoding: (error as? RuleError)?.message.bytes ?? [], as: UTF8.self)
      return found.hasPrefix(message)
    }
  }

  @Test func nothingFitsARuleWithoutWords() throws {
    let rules = try DriverRule.rules(
      in: Array("[[drivers]]\nsubclass = 0\ncommand = [\"x\"]\n".utf8), file: "x")
    #expect(!rules[0].fits(function(1, 2)))
  }
}
