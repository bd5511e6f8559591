// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Project

extension Processor: ExpressibleByArgument {}

/// What `run` and `exec` let the user choose of the machine.
struct MachineOptions: ParsableArguments {
  @Option(name: .customLong("arch"), help: "The processor: x86_64 (aarch64, riscv64: not yet).")
  var processor: Processor = .x86_64

  @Option(name: .customLong("smp"), help: "How many processors, 1 to 8.")
  var processorCount = 1

  @Option(help: ArgumentHelp("How much memory.", valueName: "MiB"))
  var memory = 256

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Further arguments for QEMU, as one text.", valueName: "arguments"))
  var qemu = ""

  /// The machine for a system that has been built.
  func machine(for system: BootableSystem) throws(Failure) -> Machine {
    guard let extra = shellWords(qemu) else {
      throw .usage("--qemu: a quote in '\(qemu)' does not end")
    }
    var machine = Machine(kernel: system.kernel, initrd: system.initrd)
    machine.processorCount = processorCount
    machine.memory = memory
    machine.extra = extra
    return machine
  }

  /// Refuses what cannot be before anything is built.
  func check() throws(Failure) {
    guard processor.isComplete else { throw .notYet("--arch \(processor)") }
    guard (1...8).contains(processorCount) else { throw .usage("--smp is 1 to 8") }
    guard (1...1_048_576).contains(memory) else { throw .usage("--memory is 1 MiB or more") }
  }
}
