// SPDX-License-Identifier: MIT

/// The machine that figures hold for, the same for both systems.
///
/// `-icount shift=0` makes one tick of the time stamp counter one executed instruction, so a figure
/// repeats on any host. Each turn of a string instruction counts as one; `-erms,-fsrm` keeps Linux
/// from choosing byte-wise string instructions, which would make it look dearer than it is.
public struct MeasuringMachine: Equatable, Sendable {
  public var processors = 1
  /// In MiB.
  public var memory = 512
  /// Whether the clock counts instructions. Where only success matters, the host's clock is
  /// quicker.
  public var countsInstructions = true

  public init() {}

  public static let processor = "max,-erms,-fsrm"

  /// The options of QEMU that a figure depends on, beside memory and number of processors. To
  /// count, one thread executes all processors, and the wall clock follows the guest's own.
  public var figureArguments: [String] {
    let clock = [
      "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off",
      "-rtc", "base=2026-01-01,clock=vm",
    ]
    return ["-cpu", Self.processor] + (countsInstructions ? clock : ["-accel", "tcg"])
  }

  /// All options of QEMU but those for kernel, console and plugin.
  public var arguments: [String] {
    ["-M", "q35", "-m", "\(memory)", "-smp", "\(processors)"] + figureArguments
      + ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"]
  }

  /// For people to repeat a measurement.
  public var description: String { arguments.joined(separator: " ") }
}
