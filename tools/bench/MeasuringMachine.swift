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
  /// Whether it has a disk, of `diskBytes`, whose contents are forgotten when it ends.
  public var hasDisk = false
  /// Whether the clock counts instructions. Where only success matters, the host's clock is
  /// quicker.
  public var countsInstructions = true

  public init() {}

  public static let processor = "max,-erms,-fsrm"
  public static let diskBytes = 256 << 20

  /// The options of QEMU that a figure depends on, beside memory and number of processors. To
  /// count, one thread executes all processors, and the wall clock follows the guest's own. While a
  /// guest waits its clock leaps to whatever it waits for next; but not with a disk, which would seem to
  /// take until the deadline of its driver.
  public var figureArguments: [String] {
    let clock = [
      "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=\(hasDisk ? "on" : "off")",
      "-rtc", "base=2026-01-01,clock=vm",
    ]
    return ["-cpu", Self.processor] + (countsInstructions ? clock : ["-accel", "tcg"])
  }

  /// All options of QEMU but those for kernel, console and plugin.
  public var arguments: [String] {
    ["-M", "q35", "-m", "\(memory)", "-smp", "\(processors)"] + figureArguments
      + ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"]
  }

  /// The options for the disk whose first contents are in `file`. Nothing has to outlast the host, so it
  /// is spared the flushes that the guest asks for.
  static func diskArguments(_ file: String) -> [String] {
    [
      "-drive", "if=none,id=disk0,format=raw,snapshot=on,cache=unsafe,file=\(file)",
      "-device", "virtio-blk-pci,drive=disk0",
    ]
  }

  /// For people to repeat a measurement.
  public var description: String { arguments.joined(separator: " ") }
}
