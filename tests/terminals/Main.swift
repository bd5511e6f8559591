// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// `terminals`: what terminals do with bytes, settings, jobs and hanging up. It is its own cast: the
/// programs on its terminals are this one with a role as its argument.
@main struct TerminalTests {
  static func main() {
    if Arguments.count > 1 { Role.play(Text(Arguments.bytes(at: 1))) }
    var run = TestRun("terminals")
    run.test("lines are edited, shown and read", Lines.areEdited)
    run.test("bytes pass as they are without lines", Lines.passRaw)
    run.test("a read without lines ends after a pause", Lines.endAfterPause)
    run.test("reads and writes that would wait say so", Lines.wouldWait)
    run.test("settings and sizes are kept", Settings.areKept)
    run.test("what is no terminal says so", Settings.areRefused)
    run.test("a terminal cannot be opened before its master lets it", Settings.lock)
    run.test("who has no terminal has no controlling terminal", Settings.noController)
    run.test("jobs are stopped, continued and told of signals", Jobs.obeyTheTerminal)
    run.test("a terminal that hangs up ends what is read from it", Lines.endWithMaster)
    run.test("the master reads the end when nobody has the terminal", Lines.endWithTerminal)
    run.test("what the shell has in the background is waited for", ShellJobs.areWaitedFor)
    run.test("getty has login ask for names and passwords", Login.asksForPasswords)
    run.test("login in root's session leaves root the terminal", Login.inSessionOfRoot)
    run.test("who has logged out does not get the console again", Console.isTakenFromWhoWasThere)
    exit(run.end())
  }
}
