// SPDX-License-Identifier: MIT
public import Architecture
import Boot
import CMachine
import Core
import Firmware

/// From the loader's hand-off to a machine that the portable kernel can run on, in order. Each step
/// uses only what the ones above it have set up; until `ProcessorArea.load` a fault resets the
/// machine, from then on it is reported.
///
/// - Parameter handOff: Physical address of `hvm_start_info`.
/// - Returns: The top of this processor's stack, which the caller changes to.
@c(machine_start)
public func machineStart(_ handOff: UInt64) -> UInt64 {
  Clock.shared.counterAtBoot = read_counter()
  startConsole()
  setUpProcessor()
  let loader = adoptHandOff(handOff)
  buildAddressSpace(loader)
  let area = ProcessorArea(0)
  area.prepare()
  InterruptTable.build()
  area.load()
  Board.shared = Board.discover(root: loader.acpiRoot, bootProcessor: LocalAPIC.identifier)
  setUpInterrupts()
  setUpClock()
  setUpOtherProcessors()
  describeMemory(loader)
  return area.stackTop
}

private func startConsole() {
  for port in X86_64.serialPorts.indices { X86_64.serialPorts[port].initialise() }
}

private func setUpProcessor() {
  ProcessorFeatures.shared = ProcessorFeatures.detect()
  if !ProcessorFeatures.shared.hasSMAP { UserAccess.removeProtectionSwitches() }
  ProcessorFeatures.shared.enable()
  ProcessorFeatures.shared.measureFloatingPoint()
  if !ProcessorFeatures.shared.hasSMEP {
    EarlyMessage.print("no SMEP: the processor would let the kernel execute user memory")
  }
  if !ProcessorFeatures.shared.hasSMAP {
    EarlyMessage.print("no SMAP: the processor would let the kernel touch user memory by mistake")
  }
}

private func adoptHandOff(_ address: UInt64) -> HandOff {
  guard let loader = HandOff(at: address, in: DirectMemory()) else {
    EarlyFailure.stop("the loader left no PVH start information with a memory map")
  }
  BootMemory.adopt(loader)
  CommandLine.keep(loader)
  return loader
}

private func buildAddressSpace(_ loader: HandOff) {
  KernelTables.build()
  loader.forEachRange(in: DirectMemory()) { range, type in
    switch type {
    case .usable, .tables, .firmwareStorage:
      KernelTables.mapDirect(from: range.start, to: range.end)
      if type == .usable { BootInformation.extend(to: range.end) }
    case .reserved, .defective: break
    }
  }
  // Memory that the loader's map does not call usable may hold the initrd: firmware that set more aside
  // for itself than the loader knew of.
  if let initrd = loader.initrd {
    KernelTables.mapDirect(from: initrd.start, to: initrd.end)
    BootInformation.extend(to: initrd.end)
  }
  write_cr3(KernelTables.root)
  DirectMemory.isComplete = true
}

private func setUpInterrupts() {
  LegacyInterruptController.disable()
  LocalAPIC.discover()
  LocalAPIC.enable()
  InterruptLines.discover(Board.shared.topology)
}

private func setUpClock() {
  let rates = ClockCalibration.run()
  Clock.shared.setFrequencies(counter: rates.counter, timer: rates.timer)
  LocalAPIC.enable()
  let seconds = RealTimeClock.read(centuryIndex: Board.shared.centuryIndex)
  let sinceBoot = X86_64.now()
  Clock.shared.wallClockAtBoot = seconds &* Clock.nanosecondsPerSecond
  if seconds > 0 { Clock.shared.wallClockAtBoot &-= sinceBoot }
}

private func setUpOtherProcessors() {
  let topology = Board.shared.topology
  guard topology.processorCount > 1 else { return }
  for index in 1..<topology.processorCount {
    ProcessorArea(index).prepare()
  }
  Processors.prepareTrampoline()
}

private func describeMemory(_ loader: HandOff) {
  BootMemory.describe(in: &BootInformation.shared)
  BootInformation.shared.acpiRoot = PhysicalAddress(Board.shared.acpiRoot)
  if let initrd = loader.initrd {
    BootInformation.shared.initrd = MemoryRegion(
      start: PhysicalAddress(initrd.start), byteCount: initrd.byteCount)
  }
  BootInformation.shared.commandLine = CommandLine.region
  describeSeed(loader)
}

private func describeSeed(_ loader: HandOff) {
  if let seed = loader.seed, seed.end <= Layout.physicalLimit {
    BootInformation.shared.seed = MemoryRegion(
      start: PhysicalAddress(seed.start), byteCount: seed.byteCount)
  } else if loader.seed != nil || loader.hasRefusedSeed {
    EarlyMessage.print("the loader's boot seed has a wrong length or place, and is left out")
  }
}

/// The loader's command line, copied to where nothing overwrites it.
private enum CommandLine {
  /// As much as Linux takes on this processor.
  static let limit = 2048
  @safe nonisolated(unsafe) static var region = MemoryRegion(
    start: PhysicalAddress(0), byteCount: 0)

  static func keep(_ loader: HandOff) {
    let count = loader.commandLineByteCount(in: DirectMemory(), limit: limit)
    guard count > 0 else { return }
    let page = BootMemory.takePage()
    copy_bytes(Layout.direct(page), Layout.direct(loader.commandLine), UInt64(count))
    region = MemoryRegion(start: PhysicalAddress(page), byteCount: UInt64(count))
  }
}

extension BootInformation {
  @safe nonisolated(unsafe) fileprivate static var shared = BootInformation()

  fileprivate static func extend(to end: UInt64) {
    let end = min(end, Layout.physicalLimit)
    shared.memoryEnd = max(shared.memoryEnd, PhysicalAddress(end))
  }
}

extension X86_64 {
  public static var bootInformation: BootInformation { BootInformation.shared }
}
