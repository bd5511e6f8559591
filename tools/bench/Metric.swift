// SPDX-License-Identifier: MIT

/// One figure of `./apus bench`: what it is called, what it counts, and what Apus may spend on it.
public struct Metric: Equatable, Sendable {
  public enum Unit: Sendable {
    /// Executed by the processor, in all privilege levels, for one operation.
    case instructions
    /// Of memory given to the machine, in MiB.
    case mebibytes
    /// Of files, in millions of bytes.
    case megabytes

    public var name: String {
      switch self {
      case .instructions: "instructions"
      case .mebibytes: "MiB"
      case .megabytes: "MB"
      }
    }
  }

  /// How a figure comes about.
  public enum Method: Sendable {
    /// The guest's benchmark program times a loop, and the counting plugin counts the same loop.
    case loop
    /// As `loop`, but the loop waits for a disk: the plugin's count is the figure, since the guest's
    /// own clock leaps while it waits.
    case countedLoop
    /// The guest's benchmark program reads the clock, once, when it runs as the first command.
    case clockAtFirstCommand
    /// The kernel keeps a maximum, which the guest's benchmark program asks it for.
    case kernelMaximum
    /// The harness boots with less and less memory.
    case leastMemory
    /// The harness adds up the files of the minimal image.
    case imageSize
  }

  /// Also what the guest's benchmark program knows it by.
  public var name: String
  public var unit: Unit = .instructions
  public var method: Method = .loop
  /// What Apus may cost; nil where the figure is only reported.
  public var budget: Double?
  /// Whether Linux has something of the kind to compare with.
  public var hasLinuxCounterpart: Bool
  public var processors = 1
  /// It is measured on a file system on a disk: RedoxFS on Apus, ext4 on Linux.
  public var usesDisk = false
}

extension Metric {
  // swift-format-ignore
  /// Every metric, in the order in which they are printed.
  public static let all: [Metric] = [
    Metric(name: "null_call", budget: 120, hasLinuxCounterpart: true),
    Metric(name: "scheme_call", budget: 600, hasLinuxCounterpart: false),
    Metric(name: "scheme_call_cross", hasLinuxCounterpart: false, processors: 2),
    Metric(name: "scheme_read_4k", budget: 2_000, hasLinuxCounterpart: false),
    Metric(name: "pipe_round_trip", budget: 3_200, hasLinuxCounterpart: true),
    Metric(name: "socket_round_trip", hasLinuxCounterpart: false),
    Metric(name: "socket_message_4k", hasLinuxCounterpart: false),
    Metric(name: "thread_create_join", budget: 12_000, hasLinuxCounterpart: true),
    Metric(name: "page_fault", budget: 1_600, hasLinuxCounterpart: true),
    Metric(name: "map_unmap", budget: 6_000, hasLinuxCounterpart: true),
    Metric(name: "fork_exit_wait", budget: 80_000, hasLinuxCounterpart: true),
    Metric(name: "spawn_exit_wait", budget: 150_000, hasLinuxCounterpart: true),
    Metric(name: "shell_start", budget: 300_000, hasLinuxCounterpart: true),
    Metric(name: "shell_loop", hasLinuxCounterpart: true),
    Metric(name: "shell_pipeline", hasLinuxCounterpart: true),
    .onDisk("file_open_close", budget: 6_000),
    .onDisk("file_stat", budget: 3_500),
    .onDisk("file_read_4k", budget: 2_400),
    .onDisk("file_write_4k", budget: 3_200),
    .onDisk("file_create_unlink_4k", budget: 50_000),
    .onDisk("mkdir_rmdir", budget: 40_000),
    .onDisk("rename", budget: 20_000),
    .onDisk("file_seq_read_64k", budget: 150_000),
    .onDisk("file_seq_write_64k", budget: 350_000),
    .onDisk("file_fsync_4k", budget: 80_000),
    .onDisk("file_spawn", budget: 180_000),
    Metric(name: "boot_to_prompt", method: .clockAtFirstCommand, budget: 120_000_000,
           hasLinuxCounterpart: true),
    Metric(name: "least_memory", unit: .mebibytes, method: .leastMemory, budget: 24,
           hasLinuxCounterpart: true),
    Metric(name: "image_size", unit: .megabytes, method: .imageSize, budget: 6,
           hasLinuxCounterpart: false),
    Metric(name: "longest_entry", method: .kernelMaximum, budget: 50_000,
           hasLinuxCounterpart: false),
  ]

  /// What a file system does is counted from outside: now and then it waits for its disk.
  private static func onDisk(_ name: String, budget: Double) -> Metric {
    Metric(
      name: name, method: .countedLoop, budget: budget, hasLinuxCounterpart: true, usesDisk: true)
  }

  /// The metrics with these names, in the order of `all`; every one when there are no names.
  ///
  /// - Throws: `unknownMetric` for a name that is none.
  public static func selected(_ names: [String]) throws(BenchError) -> [Metric] {
    for name in names where !all.contains(where: { $0.name == name }) {
      throw .unknownMetric(name)
    }
    return names.isEmpty ? all : all.filter { names.contains($0.name) }
  }

  /// Whether the guest's benchmark program says the figure; otherwise the harness finds it.
  public var isMeasuredInGuest: Bool { method != .leastMemory && method != .imageSize }

  /// Whether `value` is more than Apus may cost.
  public func isOverBudget(_ value: Double) -> Bool {
    guard let budget else { return false }
    return value > budget
  }
}
