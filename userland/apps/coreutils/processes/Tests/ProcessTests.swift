// SPDX-License-Identifier: MIT
import ABI
import Base
import Testing
import UtilityFrame
import UtilityModel

@testable import ProcessUtilities

private let table = UtilityTable(processUtilities)

/// Three processes after 100 s, of which the second has arguments that can be read.
private func machine() -> ModelSystem {
  let system = ModelSystem()
  system.put(
    "/scheme/sys/processes",
    """
    PID PPID PGRP SESSION UID GID STATE NICE THREADS HANDLES PAGES TIME_NS START_NS STACK MAPPED NAME
    1 0 1 1 0 0 alive 0 2 9 256 5000000000 0 4096 300 init
    77 1 77 77 1000 1000 alive -5 1 3 512 50000000000 50000000000 16 1000 a b\u{7}
    9 1 9 9 0 0 ended 3 0 0 0 0 99000000000 0 0 gone
    80 77 77 77 1000 1000 embryo 0 0 0 0 0 50000000000 0 0 half
    nonsense

    """)
  system.put(
    "/scheme/sys/context",
    "    PID    TID   EUID   EGID STATE    CPU PRIO NICE         TIME_NS NAME\n"
      + "     77      1      0      0 running     1    0    0        10000000 b c\n")
  system.put("/scheme/sys/memory", "total 4194304\nfree 1048576\nused 3145728\nkernel 65536\n")
  system.put("/scheme/pty/sessions", "77 3\n9 console\n")
  system.put("/scheme/sys/stat", "processes 3\nload_1 25\nload_5 110\nload_15 2\n")
  system.put(
    "/scheme/sys/cpu", "CPU        IDLE_NS  CURRENT\n  0    75000000000  1/1\n  1        offline\n")
  system.put("/scheme/sys/uname", "Apus\n0.1.0\nx86_64\n")
  system.put("/etc/passwd", "root;0;0;root;/root;/bin/ion\nuser;1000;1000;u;/home/user;/bin/ion\n")
  var memory = [UInt8](repeating: 0, count: 16)
  func put(_ word: UInt64) {
    for shift in 0..<8 { memory.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
  }
  put(2)
  put(64)
  put(69)
  put(0)
  put(71)
  put(0)
  memory += Array("prog\0-\u{1B}\0HOME=/\0".utf8)
  system.put("/scheme/proc/77/mem", String(decoding: memory, as: UTF8.self))
  return system
}

@Test func processesAreListedWithFiguresAndArguments() {
  let system = machine()
  let lines = system.run(table, "ps aux").output.split(separator: "\n").map(String.init)
  #expect(
    lines == [
      "USER PID  %CPU %MEM  VSZ  RSS TTY     STAT START    TIME COMMAND",
      "root   1   5.0 25.0 1200 1024 ?       Ssl  01:45 0:05.00 [init]",
      "root   9   0.0  0.0    0    0 console ZNs  01:46 0:00.00 [gone]",
      "user  77 100.0 50.0 4000 2048 pty/3   R<s  01:45 0:50.00 prog -?",
    ])
  #expect(system.run(table, "ps -ef").output.split(separator: "\n").count == 4)
  #expect(system.run(table, "ps -p 1,9 -o pid=,comm").output == "  COMMAND\n1 init\n9 gone\n")
  #expect(system.run(table, "ps -e -o pid --sort=-rss").output == "PID\n 77\n  1\n  9\n")
  #expect(system.run(table, "ps -e -o pid --sort=-vsz").output == "PID\n 77\n  1\n  9\n")
  #expect(system.run(table, "ps -u user -o args -H").output == "prog -?\n")
  #expect(system.run(table, "ps -o nothing").status == 2 && system.run(table, "ps q").status == 2)
  #expect(system.run(table, "ps -p 5").status == 1)
}

@Test func processesAreFoundByName() {
  let system = machine()
  #expect(system.run(table, "pgrep -l in").output == "1 init\n")
  #expect(system.run(table, "pgrep ^gone$").output == "9\n")
  #expect(system.run(table, "pgrep -x in").status == 1)
  #expect(system.run(table, "pgrep -l i.*t|^go+").output == "1 init\n9 gone\n")
  #expect(system.run(table, "pgrep ^gone$|^init$").output == "1\n9\n")
  #expect(system.run(table, "pgrep -x i.it").output == "1\n")
  #expect(system.run(table, "pgrep (").status == 2)
  #expect(system.run(table, "pgrep -P 1").output == "9\n")
  #expect(system.run(table, "pgrep -n .").output == "9\n" && system.run(table, "pgrep").status == 2)
  #expect(system.run(table, "pkill -9 gone").status == 0)
  #expect(system.signals.map(\.selector) == [9] && system.signals[0].number == 9)
  #expect(system.run(table, "pkill --signal=HUP -e init").output == "init 1\n")
}

@Test func figuresOfTheSystemArePrinted() {
  let system = machine()
  #expect(
    system.run(table, "free -h").output
      == "            total        used        free      kernel   available\n"
      + "Mem:        4.0Mi       3.0Mi       1.0Mi        64Ki       1.0Mi\n")
  #expect(system.run(table, "free -m").output.contains("           4           3           1"))
  #expect(system.run(table, "uname -a").output == "Apus apus 0.1.0 #1 SMP x86_64 Apus\n")
  #expect(system.run(table, "nproc").output == "1\n")
  #expect(system.run(table, "nproc --all").output == "2\n")
  #expect(system.run(table, "nproc --all --ignore=1").output == "1\n")
  #expect(system.run(table, "nproc --ignore 9").output == "1\n")
  #expect(system.run(table, "nproc --ignore=x").status == 2)
  #expect(
    system.run(table, "uptime").output
      == " 01:46:40 up 1 min,  3 processes,  load average: 0.25, 1.10, 0.02\n")
  #expect(system.run(table, "id").output == "uid=0(root) gid=0(0) groups=0(0)\n")
  #expect(system.run(table, "id -un user").output == "user\n")
  #expect(system.run(table, "groups").output == "0\n")
  system.furtherGroups = [7, 0, 9]
  #expect(system.run(table, "id").output == "uid=0(root) gid=0(0) groups=0(0),7(7),9(9)\n")
  #expect(system.run(table, "id -G").output == "0 7 9\n")
  #expect(system.run(table, "whoami").output == "root\n")
}

@Test func picturesAreMadeWithoutATerminal() {
  let system = machine()
  let run = system.run(table, "top -b -n 2 -d 0.5")
  let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(run.status == 0 && lines.filter { $0.contains("COMMAND") }.count == 2)
  #expect(lines[0] == "top - 01:46:40 up 1 min,  load average: 0.25, 1.10, 0.02")
  #expect(lines[1] == "Processes: 3 total, 1 running, 1 sleeping, 0 stopped, 1 ended")
  #expect(lines[2] == "CPU0:  25.0%  CPU1: off")
  #expect(lines[6].hasSuffix("100.0 50.0 2.0M 0:50.00 prog -?"))
  #expect(system.run(table, "top -b -n 1 -o mem -p 1").output.hasSuffix("[init]\n"))
  #expect(system.run(table, "top").status == 1 && system.run(table, "top -n 0").status == 2)
}

@Test func theTimeIsPrinted() {
  let system = machine()
  #expect(system.run(table, "date").output == "Sun Sep  9 01:46:40 UTC 2001\n")
  #expect(system.run(table, "date -d @0 +%FT%T").output == "1970-01-01T00:00:00\n")
  #expect(system.run(table, "date -Iseconds").output == "2001-09-09T01:46:40+00:00\n")
  #expect(system.run(table, "date -I").output == "2001-09-09\n")
  for (words, date) in [
    ("1␣day␣ago", "2001-09-08T01:46:40"), ("next␣month", "2001-10-09T01:46:40"),
    ("2024-01-31␣1␣month", "2024-03-02T00:00:00"), ("2024-02-28␣+2␣days", "2024-03-01T00:00:00"),
    ("2␣hours␣30␣minutes␣ago", "2001-09-09T03:16:40"),
    ("2000-02-29␣1␣year␣ago", "1999-03-01T00:00:00"),
    ("tomorrow␣3␣weeks␣ago", "2001-08-20T01:46:40"),
  ] {
    let arguments = ["date", "-d", words.replacing("␣", with: " "), "+%FT%T"]
    #expect(system.run(table, arguments).output == date + "\n")
  }
  #expect(system.run(table, ["date", "-d", "3 moons ago"]).status == 1)
  #expect(system.run(table, "date -R").output == "Sun, 09 Sep 2001 01:46:40 +0000\n")
  system.variables = ["TZ=CET-1CEST,M3.5.0,M10.5.0/3"]
  #expect(system.run(table, "date +%H:%M%z").output == "03:46+0200\n")
  #expect(system.run(table, "date -u +%H").output == "01\n")
  system.variables = ["TZ=Europe/Berlin"]
  let named = system.run(table, "date +%H")
  #expect(named.output == "01\n" && named.errors.contains("not of POSIX's form"))
  #expect(system.run(table, "date -d never").status == 1)
  system.put("/scheme/sys/update_time_offset", "")
  _ = system.run(table, "date -s @1000000001")
  #expect(system.text("/scheme/sys/update_time_offset")?.utf8.count ?? 0 >= 8)
}

@Test func commandsAreStartedWithEnvironmentsAndLimits() {
  let system = machine()
  system.put("/bin/prog", "", mode: 0o755)
  system.put("/bin/data", "")
  system.variables = ["PATH=/bin", "A=1", "B=2"]
  #expect(system.run(table, "env -u A C=3").output == "PATH=/bin\nB=2\nC=3\n")
  #expect(system.run(table, "env -i").output == "")
  _ = system.run(table, "env A=x prog -n 1")
  #expect(system.started.last?.arguments == ["prog", "-n", "1"])
  #expect(system.started.last?.environment == ["PATH=/bin", "B=2", "A=x"])
  #expect(system.run(table, "env nothing").status == 127)
  #expect(system.run(table, "env /bin/data").status == 126)
  system.program = { _ in ChildEnd(.exited, 3, processorTime: 1_500_000_000) }
  #expect(system.run(table, "timeout 5 prog x").status == 3)
  #expect(system.run(table, "time prog").errors == "real 0m0.000s\ncpu  0m1.500s\n")
  var isSignalled = false
  system.program = { (_) throws(SystemError) in
    if isSignalled { return ChildEnd(.signalled, 15) }
    isSignalled = true
    throw .timedOut
  }
  #expect(system.run(table, "timeout 5 prog").status == 124)
  #expect(system.signals.suffix(2).map(\.number) == [15, 18])
  #expect(system.run(table, "timeout x prog").status == 125)
}

@Test func theLogIsPrinted() {
  let system = machine()
  system.put("/scheme/sys/log", "kernel: hello\n")
  #expect(system.run(table, "dmesg").output == "kernel: hello\n")
  system.put("/scheme/log", "logd: hello\n")
  #expect(system.run(table, "dmesg").output == "logd: hello\n")
  #expect(system.run(table, "dmesg -k").output == "kernel: hello\n")
}
