// SPDX-License-Identifier: MIT
import Base
import PCI
import Testing

@testable import FunctionListing

@Suite("lspci")
struct FunctionLineTests {
  private var function: FunctionDescription {
    var function = FunctionDescription()
    function.key = FunctionAddress(bus: 0, device: 31, function: 2).key
    (function.vendor, function.device, function.revision) = (0x8086, 0x2922, 2)
    (function.baseClass, function.subclass, function.interface) = (1, 6, 1)
    function.baseAddresses[4] = BaseAddress(.ports, address: 0xC060, byteCount: 32)
    function.baseAddresses[5] = BaseAddress(.memory, address: 0xFEBF_1000, byteCount: 4096)
    function.baseAddresses[0] = BaseAddress(.malformed, address: 0, byteCount: 0)
    function.interruptCount = 1
    return function
  }

  @Test func aFunctionIsALine() {
    #expect(
      FunctionLines.line(function, isNumeric: false)
        == "00:1f.2 SATA controller, AHCI: 8086:2922 (rev 02)\n" as Text)
    #expect(
      FunctionLines.line(function, isNumeric: true) == "00:1f.2 0106: 8086:2922 (rev 02)\n" as Text)
  }

  @Test func moreIsSaidWhenAsked() {
    let capability = Capability(identifier: 5, offset: 0x80, isExtended: false)
    let lines = FunctionLines.details(function, [capability]).lines()
    #expect(lines[0] == "\tno driver has it" as Text)
    #expect(lines[1] == "\tbase address 0: makes no sense" as Text)
    #expect(lines[2].hasPrefix("\tbase address 4: ports at c060, "))
    #expect(lines[3].hasPrefix("\tbase address 5: memory at febf1000, "))
    #expect(lines[4] == "\tmessage interrupts: 1" as Text)
    #expect(lines[5] == "\tcapability 05 at 80: MSI" as Text)
  }

  @Test func argumentsAreRead() throws {
    #expect(try !ListRequest([]).isNumeric)
    #expect(try ListRequest(["-vn"]).isVerbose)
    #expect(try ListRequest(["-s", "00:1f.2"]).only == "00:1f.2" as Text)
    #expect(throws: ListUsage.help) { try ListRequest(["--help"]) }
    for wrong in [["-s"], ["-x"], ["00:1f.2"]] as [[Text]] {
      #expect(throws: ListUsage.self) { try ListRequest(wrong) }
    }
  }
}
