// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import PCI
import Schemes

/// What keeps a function from reaching memory and raising interrupts.
extension FunctionServer {
  /// The holder of a function is gone: the function is stopped, and what it could reach is given up as
  /// soon as it cannot any more.
  ///
  /// Bus mastering keeps a function from asking for memory; answers to what it asked before may be on
  /// their way until it is reset.
  mutating func quiet(_ slot: Int) {
    guard var record = table.functions[slot] else { return }
    let address = record.address
    var command = access.command(address)
    command.isBusMaster = false
    command.hasNoPinInterrupt = true
    access.setCommand(address, command)
    let capabilities = CapabilityList.of(address, access)
    silence(record, capabilities)
    let wasReset = reset(record, capabilities)
    for place in table.places(of: record.key) {
      guard var holding = table.holdings[place] else { continue }
      if wasReset || holding.kind == .interrupt {
        drop(place)
      } else {
        holding.kind = .retired
        table.holdings[place] = holding
      }
    }
    record.holder = 0
    table.functions[slot] = record
  }

  func drop(_ place: Int) {
    session?.dropKept(place)
    table.holdings[place] = nil
  }

  private func silence(_ record: FunctionRecord, _ capabilities: [Capability]) {
    for capability in capabilities where !capability.isExtended {
      switch capability.identifier {
      case CapabilityIdentifier.messages:
        MessageCapability(capability, record.address, access)?.disable(record.address, access)
      case CapabilityIdentifier.messageTable:
        MessageTableCapability(capability, record.address, access, record.baseAddresses)?
          .setEnabled(false, record.address, access)
      default: break
      }
    }
  }

  /// - Returns: false if the function cannot be reset alone.
  private func reset(_ record: FunctionRecord, _ capabilities: [Capability]) -> Bool {
    guard let found = capabilities.first(CapabilityIdentifier.express),
      let express = ResetCapability(found, record.address, access)
    else { return false }
    var waited: UInt64 = 0
    while waited < ResetCapability.recovery, express.isBusy(record.address, access) {
      machine.pause(milliseconds: 1)
      waited += 1
    }
    express.begin(record.address, access)
    machine.pause(milliseconds: ResetCapability.recovery)
    var registers = record.registers
    var command = FunctionCommand(rawValue: registers.command)
    command.isBusMaster = false
    registers.command = command.rawValue
    registers.restore(record.address, access, count: record.header.baseAddressCount)
    return true
  }

  /// Ends the turns of holders that died while nobody served the scheme.
  mutating func reconcile(_ open: [UInt64]) {
    for slot in 0..<table.functions.slotCount {
      guard let record = table.functions[slot], record.holder != 0,
        !open.contains(record.holder)
      else { continue }
      quiet(slot)
    }
  }
}
