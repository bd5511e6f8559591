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
    var running = RunningPipeline()
    do throws(ShellError) {
      try connect(stages, &running)
      for index in stages.indices where !stages[index].isInternal {
        try startProgram(stages[index], index, pipeline, &running)
      }
    } catch {
      for handles in running.handles { for handle in handles { system.close(handle) } }
      for feed in running.feeds { feed.isFinished = true }
      _ = finish(&running, stages, pipeline)
      throw error
    }
    var failure: ShellError?
    for index in stages.indices where stages[index].isInternal {
      do throws(ShellError) {
        try runStage(stages[index], index, &running)
      } catch {
        failure = failure ?? error
      }
    }
    if pipeline.placement == .foreground {
      status = finish(&running, stages, pipeline)
    } else {
      putInBackground(running, pipeline)
    }
    if let failure { throw failure }
  }

  /// Makes what joins the stages.
  private func connect(
    _ stages: [PreparedStage], _ running: inout RunningPipeline
  ) throws(ShellError) {
    running.streams = Array(repeating: streams, count: stages.count)
    running.handles = Array(repeating: [], count: stages.count)
    running.processOfStage = Array(repeating: nil, count: stages.count)
    running.statuses = Array(repeating: 0, count: stages.count)
    for index in stages.indices {
      if index + 1 < stages.count, let pipe = stages[index].pipe {
        let isInternal = stages[index].isInternal
        let output: OutputStream
        if isInternal, stages[index + 1].isInternal {
          let buffer = StreamBuffer()
          output = .buffer(buffer)
          running.streams[index + 1].input = .buffer(buffer)
        } else {
          let (reading, writing) = try makePipe()
          running.streams[index + 1].input = .handle(reading)
          running.handles[index + 1].append(reading)
          if isInternal {
            output = .feed(makeFeed(writing, &running))
          } else {
            output = .handle(writing)
            running.handles[index].append(writing)
          }
        }
        if pipe != .error { running.streams[index].output = output }
        if pipe != .output { running.streams[index].error = output }
      }
      running.streams[index] = try redirect(
        running.streams[index], stages[index].redirections, &running.handles[index])
    }
  }

  private func makePipe() throws(ShellError) -> (reading: Int, writing: Int) {
    do throws(SystemFailure) { return try system.pipe() } catch {
      throw ShellError(.other, "could not create pipe: " + error.reason)
    }
  }

  private func makeFeed(_ handle: Int, _ running: inout RunningPipeline) -> Feed {
    let feed = Feed(handle: handle)
    pump.add(feed)
    running.feeds.append(feed)
    return feed
  }

  /// The streams after redirections; `opened` gets the handles to be closed in the end.
  func redirect(
    _ streams: Streams, _ redirections: [(kind: Redirection.Kind, target: Text)],
    _ opened: inout [Int]
  ) throws(ShellError) -> Streams {
    var streams = streams
    for (kind, target) in redirections {
      switch kind {
      case .hereString: streams.input = .buffer(StreamBuffer(target.bytes + [0x0A]))
      case .hereDocument: streams.input = .buffer(StreamBuffer(target.bytes))
      case .input: streams.input = .handle(try open(target, .reading, &opened))
      case .output: streams.output = .handle(try open(target, .writing, &opened))
      case .append: streams.output = .handle(try open(target, .appending, &opened))
      case .error: streams.error = .handle(try open(target, .writing, &opened))
      case .errorAppend: streams.error = .handle(try open(target, .appending, &opened))
      case .both, .bothAppend:
        let handle = try open(target, kind == .both ? .writing : .appending, &opened)
        streams.output = .handle(handle)
        streams.error = .handle(handle)
      }
    }
    return streams
  }

  private func open(
    _ path: Text, _ use: FileUse, _ opened: inout [Int]
  ) throws(ShellError) -> Int {
    do throws(SystemFailure) {
      let handle = try system.open(path, for: use)
      opened.append(handle)
      return handle
    } catch {
      let stream: Text = use == .reading ? "stdin" : "output"
      throw ShellError(
        .other, "failed to redirect " + stream + " to file '" + path + "': " + error.reason)
    }
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
      throw ShellError(.other, "command exec error: " + words[0] + ": " + error.reason)
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

  private func input(
    _ stream: InputStream, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) -> Int {
    switch stream {
    case .handle(let handle): return handle
    case .buffer(let buffer):
      let (reading, writing) = try makePipe()
      running.handles[index].append(reading)
      let feed = makeFeed(writing, &running)
      feed.waiting.bytes = buffer.take(buffer.count)
      feed.isFinished = true
      return reading
    }
  }

  private func output(
    _ stream: OutputStream, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) -> Int {
    switch stream {
    case .handle(let handle): return handle
    case .feed(let feed):
      // What the shell itself has written comes first.
      while feed.waiting.count > 0, pump.isActive(feed) { _ = pump.turn() }
      return feed.handle
    case .buffer(let buffer):
      let (reading, writing) = try makePipe()
      running.handles[index].append(writing)
      let drain = Drain(handle: reading, buffer: buffer)
      pump.add(drain)
      running.drains.append(drain)
      return writing
    }
  }

  /// Runs a stage that is the shell's own, as a subshell.
  private func runStage(
    _ stage: PreparedStage, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) {
    let saved = status
    defer {
      for handle in running.handles[index] { system.close(handle) }
      running.handles[index] = []
      if case .feed(let feed) = running.streams[index].output { finish(feed, running) }
      if case .feed(let feed) = running.streams[index].error { finish(feed, running) }
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

  private func finish(_ feed: Feed, _ running: RunningPipeline) {
    if running.feeds.contains(where: { $0 === feed }) { feed.isFinished = true }
  }

  /// Waits for all that belongs to the pipeline; its status.
  private func finish(
    _ running: inout RunningPipeline, _ stages: [PreparedStage], _ pipeline: Pipeline
  ) -> Int {
    for feed in running.feeds { feed.isFinished = true }
    while running.feeds.contains(where: { pump.isActive($0) })
      || running.drains.contains(where: { pump.isActive($0) })
    {
      _ = pump.turn()
    }
    for index in stages.indices {
      guard let process = running.processOfStage[index] else { continue }
      guard let result = outcome(of: process) else {
        system.setForeground(nil)
        suspend(running, pipeline)
        return 148
      }
      running.statuses[index] = result
    }
    if isInteractive, running.group != nil { system.setForeground(nil) }
    let last = running.statuses.last ?? 0
    guard state.failsWithAnyStage else { return last }
    return running.statuses.last { $0 != 0 } ?? 0
  }

  /// The status of a process once it has ended; `nil` if it has been stopped.
  func outcome(of process: Int) -> Int? {
    switch system.state(of: process, waits: true) {
    case .exited(let status): status
    case .killed(let signal): 128 + signal
    case .stopped: nil
    case .running: 0
    }
  }
}
