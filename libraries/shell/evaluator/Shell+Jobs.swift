// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension Shell {
  func putInBackground(_ running: RunningPipeline, _ pipeline: Pipeline) {
    status = 0
    for feed in running.feeds { feed.isFinished = true }
    // What it reads from the shell it gets now: nobody would move it later.
    while running.feeds.contains(where: { pump.isActive($0) }) { pump.turn() }
    guard pipeline.placement == .background else {
      disowned += running.processes
      return
    }
    guard !running.processes.isEmpty else { return }
    let job = addJob(running, pipeline)
    guard isInteractive else { return }
    writeError(
      Text { text in
        text.put("ion: bg [")
        text.put(decimal: job.number)
        text.put("] ")
        text.put(decimal: job.processes[0])
        text.put("\n")
      })
  }

  func suspend(_ running: RunningPipeline, _ pipeline: Pipeline) {
    var job = addJob(running, pipeline)
    job.isStopped = true
    jobs[jobs.count - 1] = job
    writeError("\nion: " + describe(job) + "\n")
  }

  private func addJob(_ running: RunningPipeline, _ pipeline: Pipeline) -> Job {
    var words: [Text] = []
    for (index, stage) in pipeline.stages.enumerated() {
      if index > 0 { words.append("|") }
      words += stage.words.map { $0.plainText ?? "…" }
    }
    let job = Job(
      number: (jobs.map { $0.number }.max() ?? 0) + 1, processes: running.processes,
      group: running.group,
      name: words.joined(by: " "))
    jobs.append(job)
    return job
  }

  func describe(_ job: Job) -> Text {
    Text { text in
      text.put("[")
      text.put(decimal: job.number)
      text.put("] ")
      text.put(decimal: job.processes[0])
      text.put(job.isStopped ? " Stopped\t" : " Running\t")
      text.put(job.name)
    }
  }

  /// Forgets the jobs that have ended, notes which have stopped, and tells an interactive user so.
  public func collectJobs() {
    awaitEnded()
    for job in jobs where job.isOver { tellEnd(of: job) }
    jobs.removeAll { $0.isOver }
  }

  /// Waits for the processes in the background that have ended, so that nobody sees them any more: before
  /// programs start. An interactive user is told later, by `collectJobs`; a script may ask how they ended,
  /// but one that starts programs for days does not.
  func awaitEnded() {
    if !isInteractive, jobs.count > ShellLimits.endedJobs { jobs.removeAll { $0.isOver } }
    for place in jobs.indices { collect(&jobs[place]) }
    disowned.removeAll { process in
      switch system.state(of: process, waits: false) {
      case .exited, .killed: true
      case .running, .stopped, .continued: false
      }
    }
  }

  /// What has become of a job's processes; each tells of its end only once.
  private func collect(_ job: inout Job) {
    for process in job.processes where job.ended[process] == nil {
      let state = system.state(of: process, waits: false)
      switch state {
      case .running: continue
      case .stopped:
        note(&job, isStopped: true)
        continue
      case .continued:
        note(&job, isStopped: false)
        continue
      case .exited(0): job.end = "Done"
      case .exited(let status):
        job.end = "Exit "
        job.end.put(decimal: status)
      case .killed(let signal):
        job.end = "Signal "
        job.end.put(decimal: signal)
      }
      job.ended[process] = state
    }
  }

  private func tellEnd(of job: Job) {
    guard isInteractive else { return }
    writeError(
      Text { text in
        text.put("ion: [")
        text.put(decimal: job.number)
        text.put("] ")
        text.put(job.end)
        text.put("\t")
        text.put(job.name)
        text.put("\n")
      })
  }

  private func note(_ job: inout Job, isStopped: Bool) {
    if job.isStopped == isStopped { return }
    job.isStopped = isStopped
    if isInteractive { writeError("ion: " + describe(job) + "\n") }
  }

  /// Tells all jobs that the terminal has gone, and lets those that are stopped take notice.
  public func hangUpJobs() {
    for job in jobs where !job.isOver {
      for process in job.group.map({ [$0] }) ?? job.processes {
        for signal in [1, 18] {
          // A job that has ended meanwhile needs no notice.
          try? system.signal(signal, process: process, isGroup: job.group != nil)
        }
      }
    }
  }

  /// Where the job that a command names is in the list: the newest if it names none. `%2` is the second,
  /// `%%` and `%+` the newest, `%-` the one before, `%make` the newest that begins with this.
  func place(ofJob words: [Text]) -> Int? {
    guard words.count > 1 else { return jobs.isEmpty ? nil : jobs.count - 1 }
    let isMarked = words[1].hasPrefix("%")
    let name = isMarked ? words[1][1...] : words[1]
    if let number = try? Int(decimal: name) { return jobs.firstIndex { $0.number == number } }
    guard isMarked else { return nil }
    switch name {
    case "", "%", "+": return jobs.isEmpty ? nil : jobs.count - 1
    case "-": return jobs.isEmpty ? nil : max(0, jobs.count - 2)
    default: return jobs.lastIndex { $0.name.hasPrefix(name) }
    }
  }

  func resume(_ words: [Text], inForeground: Bool) {
    guard let place = place(ofJob: words) else {
      return fail(words[0], "no such job")
    }
    var job = jobs[place]
    guard !job.isOver else { return fail(words[0], "the job has ended") }
    if inForeground, let group = job.group { system.setForeground(group) }
    for process in job.group.map({ [$0] }) ?? job.processes {
      try? system.signal(18, process: process, isGroup: job.group != nil)
    }
    job.isStopped = false
    guard inForeground else {
      jobs[place] = job
      return writeError("ion: " + describe(job) + "\n")
    }
    jobs.remove(at: place)
    if isInteractive { writeError(job.name + "\n") }
    for process in job.processes {
      let known = job.ended[process].flatMap { status(after: $0) }
      guard let result = known ?? outcome(of: process) else {
        job.isStopped = true
        jobs.append(job)
        status = 148
        break
      }
      status = result
    }
    system.setForeground(nil)
    if job.isStopped { return writeError("\nion: " + describe(job) + "\n") }
    endInterruptedLine([status])
  }

  func waitForJobs(_ words: [Text]) throws(ShellError) {
    let chosen: [Job]
    if words.count > 1 {
      guard let place = place(ofJob: words) else { return fail(words[0], "no such job") }
      chosen = [jobs[place]]
    } else {
      chosen = jobs
    }
    for job in chosen {
      for process in job.processes {
        if let state = job.ended[process] {
          status = status(after: state) ?? 148
        } else {
          status = try end(of: process) ?? 148
        }
      }
      jobs.removeAll { $0.number == job.number }
      // Who was waited for was not in the foreground.
      hasInterruptedProgram = false
    }
    // All of them have ended: that is what was asked for, whatever came of each.
    if words.count == 1 { status = 0 }
  }

  /// The status of a process in the background once it has ended; `nil` if it has been stopped.
  /// - Throws: `interrupted`, by the user, who wants to wait no longer.
  private func end(of process: Int) throws(ShellError) -> Int? {
    var pause = 1
    while true {
      let state = system.state(of: process, waits: false)
      if state != .running, state != .continued { return status(after: state) }
      try checkInterrupt()
      if pump.isIdle {
        _ = system.ready(reading: [], writing: [], limit: pause)
      } else {
        pump.turn(limit: pause)
      }
      pause = min(pause * 2, 50)
    }
  }
}
