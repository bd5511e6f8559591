// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

/// `kill %1`: the program `kill` knows processes and groups; jobs are the shell's.
extension Shell {
  /// The words of a `kill` with the process groups of jobs in place of their names.
  func wordsOfKill(_ words: [Text]) throws(ShellError) -> [Text] {
    guard words.contains(where: { $0.hasPrefix("%") }) else { return words }
    var operands = 1
    var signal: Text = "TERM"
    if words[1].hasPrefix("-"), words[1] != "--" {
      let isApart = words[1] == "-s" || words[1] == "--signal"
      operands = isApart ? 3 : 2
      signal = isApart ? words[2] : words[1][1...]
    }
    // A group is a negative number, which must not be taken for a signal.
    var result = words[..<operands] + ["--"]
    for word in words[operands...] where word != "--" {
      guard word.hasPrefix("%") else {
        result.append(word)
        continue
      }
      guard let place = place(ofJob: ["kill", word]), !jobs[place].isOver else {
        throw ShellError(.command, "kill: " + word + ": no such job")
      }
      let job = jobs[place]
      if let group = job.group {
        result.append(Text { $0.put(decimal: Int64(-group)) })
      } else {
        for process in job.processes where job.ended[process] == nil {
          result.append(Text { $0.put(decimal: Int64(process)) })
        }
      }
      if job.isStopped, Self.endingSignals.contains(signal) { jobsToContinue.append(job) }
    }
    return Array(result)
  }

  /// Those that a job which is stopped has to go on to hear, and which are meant to end it.
  private static var endingSignals: [Text] { ["TERM", "SIGTERM", "15", "HUP", "SIGHUP", "1"] }

  /// Lets the stopped jobs that were told to end do so.
  func continueEndingJobs() {
    for job in jobsToContinue {
      for process in job.group.map({ [$0] }) ?? job.processes {
        // One that has ended meanwhile needs nothing.
        try? system.signal(18, process: process, isGroup: job.group != nil)
      }
    }
    jobsToContinue = []
  }
}
