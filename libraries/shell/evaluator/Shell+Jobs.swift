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
    guard pipeline.placement == .background, !running.processes.isEmpty else { return }
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
      number: nextJob, processes: running.processes, group: running.group,
      name: words.joined(by: " "))
    nextJob += 1
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

  /// Forgets the jobs that have ended, and tells an interactive user so.
  public func collectJobs() {
    jobs.removeAll { job in
      for process in job.processes {
        switch system.state(of: process, waits: false) {
        case .running, .stopped: return false
        case .exited, .killed: continue
        }
      }
      if isInteractive {
        writeError(
          Text { text in
            text.put("ion: [")
            text.put(decimal: job.number)
            text.put("] Done\t")
            text.put(job.name)
            text.put("\n")
          })
      }
      return true
    }
  }

  /// Tells all jobs that the terminal has gone, and lets those that are stopped take notice.
  public func hangUpJobs() {
    for job in jobs {
      for process in job.group.map({ [$0] }) ?? job.processes {
        for signal in [1, 18] {
          // A job that has ended meanwhile needs no notice.
          try? system.signal(signal, process: process, isGroup: job.group != nil)
        }
      }
    }
  }

  /// Where the job that a command names is in the list: the newest if it names none.
  func place(ofJob words: [Text]) -> Int? {
    guard words.count > 1 else { return jobs.isEmpty ? nil : jobs.count - 1 }
    let name = words[1].hasPrefix("%") ? words[1][1...] : words[1]
    guard let number = try? Int(decimal: name) else { return nil }
    return jobs.firstIndex { $0.number == number }
  }

  func resume(_ words: [Text], inForeground: Bool) {
    guard let place = place(ofJob: words) else {
      return fail(words[0], "no such job")
    }
    var job = jobs[place]
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
      guard let result = outcome(of: process) else {
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

  func waitForJobs(_ words: [Text]) {
    let chosen: [Job]
    if words.count > 1 {
      guard let place = place(ofJob: words) else { return fail(words[0], "no such job") }
      chosen = [jobs[place]]
    } else {
      chosen = jobs
    }
    for job in chosen {
      for process in job.processes { status = outcome(of: process) ?? 148 }
      jobs.removeAll { $0.number == job.number }
    }
  }
}
