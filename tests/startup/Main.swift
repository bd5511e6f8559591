// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Sees what has become of a start in which much was wrong.
@main struct Startup {
  static func main() {
    switch Path.name(of: Arguments.text(at: 0)) {
    case "startup": break
    case "crash": crash()
    case "slow": while true { Clock.sleep(.seconds(100)) }
    default: exit(0)
    }
    var run = TestRun("startup")
    run.test("every unit and table that is wrong is named with its cause") {
      () throws(TestFailure) in try expectInLog(Expected.mistakes)
    }
    run.test("what does not come to an end is named, and others go on") {
      () throws(TestFailure) in try expectInLog(Expected.delays)
    }
    run.test("what is right among them is done, and nothing else") {
      () throws(TestFailure) in
      try expectInLog(Expected.right)
      let lines = try log()
      for line in Expected.nowhere where lines.contains(line) {
        throw TestFailure("the log should not have: " + line)
      }
    }
    run.test("the first scripts ever written for this system do what they say") {
      () throws(TestFailure) in try expectFolder()
    }
    run.test("a service that dies at once is given up, and its clients hear of it") {
      () throws(TestFailure) in try expectGivenUp()
    }
    run.test("all other services run") { () throws(TestFailure) in try expectServices() }
    run.test("a processor that does not start is named and left out") {
      () throws(TestFailure) in try expectOneProcessor()
    }
    exit(run.end())
  }

  /// An index out of range: the program traps.
  private static func crash() -> Never {
    let numbers: [Int32] = [1]
    exit(numbers[Arguments.count + 1])
  }
}

/// Lines of the log.
private enum Expected {
  static var mistakes: [Text] {
    [
      unit("11_control:2: the line holds a control character"),
      unit("12_nothing:2: there is no program to start"),
      unit("17_long_line:2: the line is longer than 4096 bytes"),
      unit("18_words:2: the line has more than 256 words"),
      unit("19_program:1: the script is longer than 64 KiB"),
      unit("20_cut_off:3: there is no program to start"),
      unit("21_cut_off:3: requires_weak names no unit"),
      unit("22_variable:2: a dollar sign is not followed by the name of a variable"),
      unit("23_path:2: requires_weak names something that is no unit"),
      circle("13_circle_a requires 13_circle_b requires 13_circle_c requires 13_circle_a"),
      circle("14_itself requires 14_itself"),
      unit("50_syntax.service:5:7: the string is not closed"),
      unit("51_key.service:3:1: there is no such key: after"),
      unit(
        "52_type.service:6:1: type is notify, oneshot, oneshot_async or {scheme = NAME}, not: "
          + "forking"),
      unit("53_ending.conf: a unit's name ends in .service or .target, or has no dot"),
      "init: unit left out: /usr/lib/init.d/30_wrong.service:1:1: the key is missing: type",
      circle(
        "54_circle_a.target requires 54_circle_b.service requires 54_circle_a.target"),
      "init: /scheme/initfs/lib/environment.d/hostile:5: the line is no variable",
      "init: INIT_LOG_LEVEL is INFO, DEBUG or TRACE, not LOUD",
      "init: INIT_SKIP leaves out: skipped",
      table("table-key:2: the line begins with no known key"),
      table("table-value:3: the key has no value"),
      table("table-number:2: the value is no decimal number"),
      table("table-range:2: the number is too large"),
      table("table-rule:2: restart is always, on-failure, never or immediately"),
      table("table-twice:3: the key was given before"),
      table("table-name:2: a scheme's name has 1 to 63 bytes without slash, colon and controls"),
      table("table-huge:1: the table is longer than 16 KiB"),
    ]
  }

  static var delays: [Text] {
    [
      "init: unit 15_never_ready: line 2 is still not done; going on without it",
      "init: a variable has no value: $UNDEFINED",
      "a unit behind units that fail",
      "init: crash ended: signal 4 (SIGILL)",
      "init: three deaths in a row, so what it kept is dropped: crash",
      "init: unit 55_waiting.service: line 6 is still not done; going on without it",
      "init: died ten times within a minute and is given up: dying",
      "a service behind services that fail",
    ]
  }

  /// What units come to that are right, and those of the root file system among them.
  static var right: [Text] {
    [
      "an instance of a template: one hello", "an instance of a template: two hello",
      "in place of the one in usr: good day",
    ]
  }

  /// What nobody may say.
  static var nowhere: [Text] {
    [
      "never", "another processor's unit runs", "replaced by what has the same name in etc",
    ]
  }

  private static func unit(_ rest: Text) -> Text {
    "init: unit left out: /scheme/initfs/lib/init.d/" + rest
  }
  private static func circle(_ rest: Text) -> Text {
    "init: units left out: units wait for one another: " + rest
  }
  private static func table(_ rest: Text) -> Text {
    "init: table not used: /scheme/initfs/lib/services/" + rest
  }
}

private func log() throws(TestFailure) -> [Text] {
  try succeed("reading the log") { () throws(SystemError) in
    Text(try FileSystem.read("/scheme/sys/log")).lines()
  }
}

/// Waits until the log has all of these lines.
private func expectInLog(_ expected: [Text], within seconds: Int64 = 60) throws(TestFailure) {
  let limit = Deadline.after(.seconds(seconds))
  while true {
    let lines = try log()
    guard let missing = expected.first(where: { line in !lines.contains(line) }) else { return }
    if limit.hasPassed { throw TestFailure("the log lacks: " + missing) }
    Clock.sleep(.milliseconds(50))
  }
}

private func expectGivenUp() throws(TestFailure) {
  try expectInLog(["init: died ten times within a minute and is given up: crash"])
  try fail(with: .inputOutput, "opening what nobody serves any more") { () throws(SystemError) in
    try File("/scheme/crash/file").release()
  }
}

/// `rm -rf /tmp` takes a link away and `mkdir -m a=rwxt /tmp` makes a folder.
private func expectFolder() throws(TestFailure) {
  let limit = Deadline.after(.seconds(60))
  while true {
    let mode = try succeed("looking at /tmp") { () throws(SystemError) in
      try FileSystem.status("/tmp", ofLink: true).mode
    }
    if mode == FileMode.directory | 0o1777 { return }
    if limit.hasPassed { throw TestFailure("/tmp is not what the script makes of it") }
    Clock.sleep(.milliseconds(50))
  }
}

private func expectServices() throws(TestFailure) {
  let list = try succeed("listing services") { () throws(SystemError) in
    Text(try FileSystem.read("/scheme/service/list")).lines().map { $0.words() }
  }
  for (name, state) in [
    ("initfs", "running"), ("tmpfs", "running"), ("execd", "running"), ("ledger", "running"),
    ("slow", "starting"), ("crash", "failed"), ("table-huge", "stopped"), ("table-key", "stopped"),
  ] as [(StaticString, StaticString)] {
    let row = list.first { $0.count > 1 && $0[0] == Text(name) }
    guard let row, row[1] == Text(state) else {
      throw TestFailure("not in the state it should have: " + Text(name))
    }
  }
  try succeed("using a file of tmpfs") { () throws(SystemError) in
    try FileSystem.write("/scheme/tmp/startup", [1, 2, 3].span)
    try FileSystem.remove("/scheme/tmp/startup")
  }
}

private func expectOneProcessor() throws(TestFailure) {
  try expectInLog(["kernel: processor 1 does not answer; going on without it"])
  let processors = try succeed("reading the processors") { () throws(SystemError) in
    Text(try FileSystem.read("/scheme/sys/cpu")).lines().map { $0.words() }
  }
  try expect(processors.count == 3 && processors[2] == ["1", "offline"], "one that is offline")
  // Threads that would like to be on several processors all run on the one.
  for _ in 0..<8 {
    let thread = try succeed("a thread") { () throws(SystemError) in
      try Thread { Clock.sleep(.milliseconds(1)) }
    }
    thread.join()
  }
}
