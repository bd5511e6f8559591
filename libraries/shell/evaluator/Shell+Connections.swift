// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension Shell {
  /// Makes what joins the stages.
  func connect(
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
        let (reading, writing) = try makePipe()
        running.streams[index + 1].input = .handle(reading)
        running.handles[index + 1].append(reading)
        if isInternal {
          let feed = makeFeed(writing, &running)
          feed.isUnbounded = stages[index + 1].isInternal
          output = .feed(feed)
        } else {
          output = .handle(writing)
          running.handles[index].append(writing)
        }
        if pipe != .error { running.streams[index].output = output }
        if pipe != .output { running.streams[index].error = output }
      }
      running.streams[index] = try redirect(
        running.streams[index], stages[index].redirections, &running.handles[index],
        joinsInput: index > 0, joinsOutput: stages[index].pipe.map { $0 != .error } ?? false,
        joinsError: stages[index].pipe.map { $0 != .output } ?? false)
      if case .function = stages[index].work {
        let input = running.streams[index].input
        running.streams[index].input = .handle(try self.input(input, index, &running))
      }
    }
  }

  func makePipe() throws(ShellError) -> (reading: Int, writing: Int) {
    do throws(SystemFailure) { return try system.pipe() } catch {
      throw ShellError(.other, "could not create pipe: " + error.reason)
    }
  }

  func makeFeed(_ handle: Int, _ running: inout RunningPipeline) -> Feed {
    let feed = Feed(handle: handle)
    pump.add(feed)
    running.feeds.append(feed)
    return feed
  }

  /// The streams after redirections; `opened` gets the handles to be closed in the end. Several
  /// inputs are read one after another, that from the stage before first; several outputs, and the
  /// next stage is one, all get the same.
  func redirect(
    _ streams: Streams, _ redirections: [(kind: Redirection.Kind, target: Text)],
    _ opened: inout [Int], joinsInput: Bool = false, joinsOutput: Bool = false,
    joinsError: Bool = false
  ) throws(ShellError) -> Streams {
    var inputs = joinsInput ? [streams.input] : []
    var outputs = joinsOutput ? [streams.output] : []
    var errors = joinsError ? [streams.error] : []
    var streams = streams
    for (kind, target) in redirections {
      switch kind {
      case .hereString: inputs.append(.buffer(StreamBuffer(target.bytes + [0x0A])))
      case .hereDocument: inputs.append(.buffer(StreamBuffer(target.bytes)))
      case .input: inputs.append(.handle(try open(target, .reading, &opened)))
      case .output: outputs.append(.handle(try open(target, .writing, &opened)))
      case .append: outputs.append(.handle(try open(target, .appending, &opened)))
      case .error: errors.append(.handle(try open(target, .writing, &opened)))
      case .errorAppend: errors.append(.handle(try open(target, .appending, &opened)))
      case .both, .bothAppend:
        let handle = try open(target, kind == .both ? .writing : .appending, &opened)
        outputs.append(.handle(handle))
        errors.append(.handle(handle))
      }
    }
    if let output = outputs.first {
      streams.output = outputs.count > 1 ? .several(outputs) : output
    }
    if let error = errors.first { streams.error = errors.count > 1 ? .several(errors) : error }
    if inputs.count == 1 { streams.input = inputs[0] }
    if inputs.count > 1 { streams.input = .several(InputSequence(inputs)) }
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
        .command, "failed to redirect " + stream + " to file '" + path + "': " + error.reason)
    }
  }

  func input(
    _ stream: InputStream, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) -> Int {
    switch stream {
    case .handle(let handle): return handle
    case .buffer, .several:
      let (reading, feed) = try piped(stream, &running.handles[index])
      running.feeds.append(feed)
      return reading
    }
  }

  /// A pipe out of which all of an input comes. `handles` are those to be closed for whoever reads.
  func piped(
    _ stream: InputStream, _ handles: inout [Int]
  ) throws(ShellError) -> (reading: Int, feed: Feed) {
    let (reading, writing) = try makePipe()
    let feed = Feed(handle: writing)
    pump.add(feed)
    if case .several(let sequence) = stream {
      for case .handle(let handle) in sequence.parts { handles.removeAll { $0 == handle } }
    }
    handles.append(reading)
    pump.splice([stream], into: feed)
    feed.isFinished = true
    return (reading, feed)
  }

  func output(
    _ stream: OutputStream, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) -> Int {
    switch stream {
    case .handle(let handle): return handle
    case .feed(let feed) where feed.isUnbounded:
      // Its reader does not run yet, so the pipe itself would soon be full.
      return try drained(into: feed.waiting, index, &running)
    case .feed(let feed):
      // What the shell itself has written comes first.
      while feed.waiting.count > 0, pump.isActive(feed) { pump.turn() }
      return feed.handle
    case .buffer(let buffer): return try drained(into: buffer, index, &running)
    case .several(let streams): return try copied(to: streams, index, &running)
    }
  }

  /// A pipe from which all goes to each of the streams.
  private func copied(
    to streams: [OutputStream], _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) -> Int {
    // Nobody would move the copies later.
    if running.isInBackground {
      throw ShellError(.other, "in the background an output cannot be copied to several places")
    }
    var feeds: [Feed] = []
    for stream in streams {
      switch stream {
      case .feed(let feed): feeds.append(feed)
      case .handle(let handle):
        // It is needed for as long as the program writes, and not only until that has started.
        if running.handles[index].contains(handle) {
          running.handles[index].removeAll { $0 == handle }
          running.copyHandles.append(handle)
        }
        let feed = Feed(handle: handle)
        (feed.ownsHandle, feed.isFinished) = (false, true)
        pump.add(feed)
        running.feeds.append(feed)
        feeds.append(feed)
      case .buffer, .several:
        throw ShellError(.other, "this output cannot be copied to several places")
      }
    }
    let (reading, writing) = try makePipe()
    running.handles[index].append(writing)
    let drain = Drain(handle: reading, copies: feeds)
    pump.add(drain)
    running.drains.append(drain)
    return writing
  }

  /// A pipe from which all goes into a buffer.
  private func drained(
    into buffer: StreamBuffer, _ index: Int, _ running: inout RunningPipeline
  ) throws(ShellError) -> Int {
    let (reading, writing) = try makePipe()
    running.handles[index].append(writing)
    let drain = Drain(handle: reading, buffer: buffer)
    pump.add(drain)
    running.drains.append(drain)
    return writing
  }
}
