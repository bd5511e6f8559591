// SPDX-License-Identifier: MIT
import Architecture
import Core
import Testing

@testable import Machine

@Suite("ModelMachine", .serialized)
struct ModelMachineTests {
  init() {
    ModelMachine.reset(memoryBytes: 1 << 20, processors: 2)
  }

  /// Maps user address 0x40_0000 to `page` with tables at 0x2000, 0x3000, 0x4000, 0x5000.
  private func map(_ page: UInt64, _ access: PageAccess) {
    for (table, index, next) in [(0x2000, 0, 0x3000), (0x3000, 0, 0x4000), (0x4000, 2, 0x5000)] {
      ModelMachine.memory[word: UInt64(table + index * 8)] =
        ModelEntry(table: PhysicalAddress(UInt64(next))).rawValue
    }
    ModelMachine.memory[word: 0x5000] =
      ModelEntry(page: PhysicalAddress(page), access: access, kind: .normal).rawValue
    ModelMachine.activate(root: PhysicalAddress(0x2000))
  }

  private var entry: ModelEntry { ModelEntry(rawValue: ModelMachine.memory[word: 0x5000]) }

  @Test func copiesGoThroughThePageTables() {
    map(0x8000, .read | .write)
    let source = ModelMachine.directMapBase + 0x9000
    ModelMachine.memory[word: 0x9000] = 0x1122_3344_5566_7788
    #expect(ModelMachine.copyToUser(to: 0x40_0010, from: source, count: 8))
    #expect(ModelMachine.memory[word: 0x8010] == 0x1122_3344_5566_7788)
    #expect(entry.isDirty)
    #expect(ModelMachine.loadUser32(0x40_0014) == 0x1122_3344)
    #expect(!ModelMachine.copyFromUser(to: source, from: 0x40_0FFC, count: 8))
  }

  @Test func aReadOnlyPageFaultsOnWrite() {
    map(0x8000, .read)
    #expect(ModelMachine.userLoad(0x40_0000) == 0)
    #expect(!entry.isDirty)
    #expect(!ModelMachine.userStore(0x40_0000, 1))
    guard case .pageFault(0x40_0000, .write, true)? = ModelMachine.userAccess(0x40_0000, .write)
    else {
      Issue.record("expected a protection fault")
      return
    }
    #expect(ModelMachine.compareExchangeUser64(0x40_0000, expected: 0, desired: 1) == nil)
  }

  @Test func entriesKeepTheirFields() {
    var entry = ModelEntry(page: PhysicalAddress(0x7000), access: .read | .write, kind: .uncached)
    entry.isPrivate = true
    let narrowed = entry.with(access: .read)
    #expect(narrowed.address == PhysicalAddress(0x7000))
    #expect(narrowed.access == .read)
    #expect(narrowed.isPrivate && narrowed.isPresent && narrowed.kind == .uncached)
  }

  @Test func theTimerComesOnceAtItsDeadline() {
    ModelMachine.setTimer(100)
    #expect(!ModelMachine.takeTrap())
    ModelMachine.advance(to: 100)
    #expect(ModelMachine.takeTrap())
    #expect(!ModelMachine.takeTrap())
  }

  @Test func aStormComesBackOnlyWhenItIsUnmaskedAndEnded() {
    ModelMachine.storm(line: 20)
    #expect(!ModelMachine.takeTrap())
    ModelMachine.unmaskInterrupt(20)
    #expect(ModelMachine.takeTrap())
    #expect(ModelMachine.isMasked(line: 20))
    ModelMachine.unmaskInterrupt(20)
    #expect(!ModelMachine.takeTrap())
    ModelMachine.endInterrupt()
    #expect(ModelMachine.takeTrap())
  }

  @Test func processorsHaveTheirOwnState() {
    ModelMachine.failProcessor(1)
    #expect(!ModelMachine.startProcessor(1, isInvited: true))
    ModelMachine.interrupt(processor: 1)
    #expect(!ModelMachine.takeTrap())
    ModelMachine.currentProcessor = 1
    #expect(ModelMachine.takeTrap())
  }

  @Test func aRestartedCallIsMadeAgain() {
    var frame = ModelMachine.Registers(call: 7, 1, 2, site: 0x5000)
    frame.result = 99
    frame.restartCall()
    #expect(frame.instructionPointer == 0x5000)
    #expect(frame.result == 7)
    #expect(frame.argument(1) == 2)
  }

  @Test func theInitrdLiesAboveUsableMemory() {
    ModelMachine.installInitrd([1, 2, 3])
    let boot = ModelMachine.bootInformation
    #expect(boot.initrd.byteCount == 3)
    #expect(
      boot.regions[0].start.rawValue + boot.regions[0].byteCount == boot.initrd.start.rawValue)
  }
}
