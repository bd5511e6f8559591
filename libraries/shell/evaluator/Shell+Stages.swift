// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

/// A pipeline on its way: its programs run beside the shell, its builtins and functions in it.
struct RunningPipeline {
  /// For each stage where it reads and writes.
  var streams: [Streams] = []
  /// Handles of the shell's that only its programs or stages need.
  var handles: [[Int]] = []
  /// Handles that the shell writes copies to until the programs have ended.
  var copyHandles: [Int] = []
  var isInBackground = false
  /// The statuses of the processes that are known to have ended.
  var ended = SortedMap<Int, Int>()
  var feeds: [Feed] = []
  var drains: [Drain] = []
  var processes: [Int] = []
  /// The process of each stage that is a program.
  var processOfStage: [Int?] = []
  var statuses: [Int] = []
  var group: Int?
}

extension Shell {
  /// Runs a pipeline: starts all programs, then runs what is the shell's own, then waits.
  func start(_ stages: [PreparedStage], _ pipeline: Pipeline) throws(ShellError) {
    if !jobs.isEmpty || !disowned.isEmpty { awaitEnded() }
    var running = RunningPipeline()
    running.isInBackground = pipeline.placement != .foreground
    do throws(ShellError) {
      try connect(stages, &running)
      for index in stages.indices where !stages[index].isInternal {
        try startProgram(stages[index], index, pipeline, &running)
      }
    } catch {
      release(running)
      for feed in running.feeds { feed.isFinished = true }
      _ = finish(&running, stages, pipeline)
      throw error
    }
    var failure: ShellError?
    for index in stages.indices where stages[index].isInternal {
      do throws(ShellError) {
        try runStage(stages[index], index, &running)
      } catch {
        // It ends the script: what would have read from it has nothing to do any more.
        failure = error
        break
      }
    }
    if failure != nil { release(running) }
    if pipeline.placement == .foreground {
      status = finish(&running, stages, pipeline)
      continueEndingJobs()
    } else {
      putInBackground(running, pipeline)
    }
    if let failure { throw failure }
  }

  private func startProgram(
    _ stage: PreparedStage, _ index: Int, _ pipeline: Pipeline, _ running: inout RunningPipeline
  ) throws(ShellError) {
    guard case .program(let path, let words) = stage.work else { return }
    var program = ProgramStart(path: path, words: words, environment: [])
    for (place, name) in stage.environment.keys.enumerated() {
      program.environment.append((name, stage.environment.values[place]))
    }
    let streams = running.streams[index]
    program.input = try input(streams.input, index, &running)
    program.output = try output(streams.output, index, &running)
    if case .buffer(let output) = streams.output, case .buffer(let error) = streams.error,
      output === error
    {
      program.error = program.output
    } else {
      program.error = try output(streams.error, index, &running)
    }
    if isInteractive { program.group = running.group.map { .joined($0) } ?? .new }
    let process: Int
    do throws(SystemFailure) { process = try system.start(program) } catch {
      if error.kind == .notFound { throw ShellError(.commandNotFound, words[0]) }
      throw ShellError(.notExecutable, words[0] + ": " + error.reason)
    }
    running.processes.append(process)
    running.processOfStage[index] = process
    if isInteractive, running.group == nil {
      running.group = process
      if pipeline.placement == .foreground {
        system.setForeground(process)
        // It may have asked for the terminal before it could have it, and been stopped.
        try? system.signal(18, process: process, isGroup: true)
      }
    }
    for handle in running.handles[index] { system.close(handle) }
    running.handles[index] = []
  }

  /// Runs a stage that is the shell's own, as a subshell.
  private func runStage(
    _ stage: PreparedStage, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) {
    let saved = status
    defer {
      for handle in running.handles[index] { system.close(handle) }
      running.handles[index] = []
      finish(running.streams[index].output, running)
      finish(running.streams[index].error, running)
      status = saved
    }
    try with(running.streams[index]) { () throws(ShellError) in
      try isolated { () throws(ShellError) in
        state.environment = stage.environment
        _ = try runInternal(stage)
      }
    }
    running.statuses[index] = status
  }

  /// Closes what stages that never ran would have closed.
  private func release(_ running: RunningPipeline) {
    for handles in running.handles { for handle in handles { system.close(handle) } }
  }

  private func finish(_ stream: OutputStream, _ running: RunningPipeline) {
    switch stream {
    case .feed(let feed):
      if running.feeds.contains(where: { $0 === feed }) { feed.isFinished = true }
    case .several(let streams): for stream in streams { finish(stream, running) }
    case .handle, .buffer: break
    }
  }

  /// After what was pressed to end a job the terminal shows `^C` or `^\\`, and no line feed.
  func endInterruptedLine(_ statuses: [Int]) {
    if isInteractive, statuses.contains(130) || statuses.contains(131) { writeError("\n") }
  }

  /// What the shell itself moves cannot rest: a program that is stopped meanwhile goes on.
  private func continueStopped(_ running: inout RunningPipeline) {
    for process in running.processes where running.ended[process] == nil {
      let state = system.state(of: process, waits: false)
      switch state {
      case .running, .continued: continue
      case .exited, .killed: running.ended[process] = status(after: state)
      case .stopped:
        writeError("\nion: the shell needs the output of this command, which cannot stop now\n")
        // If it has ended by now there is nobody to go on.
        try? system.signal(18, process: process, isGroup: false)
      }
    }
  }

  /// Waits for all that belongs to the pipeline; its status.
  private func finish(
    _ running: inout RunningPipeline, _ stages: [PreparedStage], _ pipeline: Pipeline
  ) -> Int {
    for feed in running.feeds { feed.isFinished = true }
    while running.feeds.contains(where: { pump.isActive($0) })
      || running.drains.contains(where: { pump.isActive($0) })
    {
      pump.turn(limit: isInteractive ? ShellLimits.stopCheckMilliseconds : nil)
      if isInteractive { continueStopped(&running) }
    }
    for handle in running.copyHandles { system.close(handle) }
    running.copyHandles = []
    for index in stages.indices {
      guard let process = running.processOfStage[index] else { continue }
      guard let result = running.ended[process] ?? outcome(of: process) else {
        system.setForeground(nil)
        suspend(running, pipeline)
        return 148
      }
      running.statuses[index] = result
    }
    if isInteractive, running.group != nil {
      system.setForeground(nil)
      endInterruptedLine(running.statuses)
    }
    let last = running.statuses.last ?? 0
    guard state.failsWithAnyStage else { return last }
    return running.statuses.last { $0 != 0 } ?? 0
  }

  /// The status of a process once it has ended; `nil` if it has been stopped.
  ///
  /// Its output may go where the shell has to move it on, so that goes on meanwhile.
  func outcome(of process: Int) -> Int? {
    var pause = 1
    while !pump.isIdle {
      let state = system.state(of: process, waits: false)
      if state != .running, state != .continued { return status(after: state) }
      pump.turn(limit: pause)
      pause = min(pause * 2, 50)
    }
    return status(after: system.state(of: process, waits: true))
  }

  func status(after state: ProcessState) -> Int? {
    switch state {
    case .exited(let status): return status
    case .killed(let signal):
      if signal == 2, isInteractive { hasInterruptedProgram = true }
      return 128 + signal
    case .stopped: return nil
    case .running, .continued: return 0
    }
  }
}
