// SPDX-License-Identifier: MIT
public import Base
import Core

/// What can be measured, by the names that people use.
public enum Metric: Sendable {
  case bootToPrompt, nullCall, schemeCall, schemeCallCross, schemeRead4K, pipeRoundTrip
  case threadCreateJoin, pageFault, mapUnmap, forkExitWait, spawnExitWait, longestEntry
  case shellStart, shellLoop, shellPipeline
  case socketRoundTrip, socketMessage4K
  case fileOpenClose, fileStat, fileRead4K, fileWrite4K, fileCreateUnlink4K, makeRemoveDirectory
  case rename, fileSequentialRead64K, fileSequentialWrite64K, fileSynchronise4K, fileSpawn

  /// All of them, in the order in which they are run.
  public static var all: [Metric] {
    [
      .bootToPrompt, .nullCall, .schemeCall, .schemeRead4K, .schemeCallCross, .pipeRoundTrip,
      .socketRoundTrip, .socketMessage4K, .threadCreateJoin, .pageFault, .mapUnmap, .forkExitWait,
      .spawnExitWait, .shellStart,
      .shellLoop, .shellPipeline, .fileOpenClose, .fileStat, .fileRead4K, .fileWrite4K,
      .fileCreateUnlink4K, .makeRemoveDirectory, .rename, .fileSequentialRead64K,
      .fileSequentialWrite64K, .fileSynchronise4K, .fileSpawn, .longestEntry,
    ]
  }

  public var name: StaticString {
    switch self {
    case .bootToPrompt: "boot_to_prompt"
    case .nullCall: "null_call"
    case .schemeCall: "scheme_call"
    case .schemeCallCross: "scheme_call_cross"
    case .schemeRead4K: "scheme_read_4k"
    case .pipeRoundTrip: "pipe_round_trip"
    case .socketRoundTrip: "socket_round_trip"
    case .socketMessage4K: "socket_message_4k"
    case .threadCreateJoin: "thread_create_join"
    case .pageFault: "page_fault"
    case .mapUnmap: "map_unmap"
    case .forkExitWait: "fork_exit_wait"
    case .spawnExitWait: "spawn_exit_wait"
    case .shellStart: "shell_start"
    case .shellLoop: "shell_loop"
    case .shellPipeline: "shell_pipeline"
    case .fileOpenClose: "file_open_close"
    case .fileStat: "file_stat"
    case .fileRead4K: "file_read_4k"
    case .fileWrite4K: "file_write_4k"
    case .fileCreateUnlink4K: "file_create_unlink_4k"
    case .makeRemoveDirectory: "mkdir_rmdir"
    case .rename: "rename"
    case .fileSequentialRead64K: "file_seq_read_64k"
    case .fileSequentialWrite64K: "file_seq_write_64k"
    case .fileSynchronise4K: "file_fsync_4k"
    case .fileSpawn: "file_spawn"
    case .longestEntry: "longest_entry"
    }
  }

  @export(interface)
  public init?(_ name: Text) {
    for metric in Self.all where name == metric.name {
      self = metric
      return
    }
    return nil
  }

  /// Operations in one timed loop: enough that the loop's own cost disappears.
  public var turns: Int {
    switch self {
    case .bootToPrompt, .longestEntry, .shellLoop, .shellPipeline: 1
    case .nullCall: 20_000
    case .schemeCall, .schemeCallCross, .schemeRead4K: 4_000
    case .pipeRoundTrip, .socketRoundTrip, .socketMessage4K: 2_000
    case .pageFault, .mapUnmap: 1_000
    case .fileOpenClose, .fileStat, .fileRead4K, .fileWrite4K: 1_000
    case .threadCreateJoin, .fileCreateUnlink4K, .makeRemoveDirectory, .rename: 200
    case .fileSequentialRead64K, .fileSequentialWrite64K: 64
    case .fileSynchronise4K: 60
    case .forkExitWait, .spawnExitWait, .shellStart, .fileSpawn: 40
    }
  }
}

/// The lines that `tools/bench` reads.
public enum Report {
  @export(interface)
  public static func measured(_ metric: Metric, turns: Int, ticks: UInt64) -> Text {
    var line = start(metric)
    line.put(decimal: UInt64(turns))
    line.put(" ")
    line.put(decimal: ticks)
    line.put("\n")
    return line
  }

  @export(interface)
  public static func missing(_ metric: Metric, _ reason: Text) -> Text {
    var line = start(metric)
    line.put("missing ")
    line.put(reason)
    line.put("\n")
    return line
  }

  private static func start(_ metric: Metric) -> Text {
    var line: Text = "bench "
    line.put(metric.name)
    line.put(" ")
    return line
  }
}
