// SPDX-License-Identifier: MIT
import ABI
import Testing
import UtilityFrame
import UtilityModel

@testable import FileUtilities

private let table = UtilityTable(fileUtilities)

private func folder() -> ModelSystem {
  let system = ModelSystem()
  system.put("/f/b", "22", mode: 0o755)
  system.put("/f/.hidden", "")
  system.put("/f/d/in", "333")
  system.putLink("/f/l", to: "b")
  system.put("/f/big", String(repeating: "x", count: 5000))
  return system
}

@Test(
  arguments: [
    ("ls /f", "b\nbig\nd\nl\n"), ("ls -A /f", ".hidden\nb\nbig\nd\nl\n"),
    ("ls -aF /f", "./\n../\n.hidden\nb*\nbig\nd/\nl@\n"), ("ls -rS /f", "l\nb\nbig\n"),
    ("ls -d /f", "/f\n"), ("ls /f/d /f/b", "/f/b\n\n/f/d:\nin\n"),
    ("ls -R /f/d /f/b", "/f/b\n\n/f/d:\nin\n"), ("ls -C /f", "b  big  d  l\n"),
    ("ls -r /f", "l\nd\nbig\nb\n"), ("ls /f/l", "/f/l\n"),
    ("ls -p /f", "b\nbig\nd/\nl\n"), ("ls -m /f", "b, big, d, l\n"),
    ("ls -Q /f/d", "\"in\"\n"), ("ls --group-directories-first /f", "d\nb\nbig\nl\n"),
    ("ls --sort=size -r /f/d", "in\n"), ("ls -LF /f", "b*\nbig\nd/\nl*\n"),
    ("ls -g --time-style=+%s /f/b", "-rwxr-xr-x 1 0 2 1000000000 /f/b\n"),
    ("ls -go --time-style=long-iso /f/b", "-rwxr-xr-x 1 2 2001-09-09 01:46 /f/b\n"),
  ] as [(String, String)])
func directoriesAreListed(_ line: String, _ expected: String) {
  let system = folder()
  if line == "ls -rS /f" { _ = system.run(table, "rm -r /f/d") }
  #expect(system.run(table, line).output == expected)
}

@Test func detailsAreAligned() {
  let system = folder()
  system.put("/etc/passwd", "root;0;0;root;/root;/bin/ion\n")
  let lines = system.run(table, "ls -lh /f").output.split(separator: "\n")
  #expect(lines[0] == "total 6.0K" || lines[0].hasPrefix("total "))
  #expect(lines[1] == "-rwxr-xr-x 1 root 0    2 Sep  9 01:46 b")
  #expect(lines[2] == "-rw-r--r-- 1 root 0 4.9K Sep  9 01:46 big")
  #expect(lines[4].hasSuffix(" l -> b"))
  system.time += 400 * 86_400_000_000_000
  #expect(system.run(table, "ls -n /f/b").output == "-rwxr-xr-x 1 0 0 2 Sep  9  2001 /f/b\n")
}

@Test func terminalsGetColumnsColoursAndNoControls() {
  let system = folder()
  system.terminalColumns = 12
  system.put("/f/e\u{1B}[31m", "")
  #expect(system.run(table, "ls --color=never /f").output == "b    e?[31m\nbig  l\nd\n")
  let coloured = system.run(table, "ls -d /f").output
  #expect(coloured == "\u{1B}[01;34m/f\u{1B}[0m\n")
}

@Test func whatIsNotThereIsNamedAndTheRestIsListed() {
  let system = folder()
  let run = system.run(table, "ls /none /f/d")
  #expect(run.status == 2 && run.output == "/f/d:\nin\n")
  #expect(run.errors == "ls: cannot access '/none': no such file or directory\n")
}

@Test func linksThatLeadNowhereAreNamedWhereTheyAreFollowed() {
  let system = folder()
  system.putLink("/f/d/lost", to: "none")
  #expect(system.run(table, "ls /f/d /f/d/lost").output == "/f/d/lost\n\n/f/d:\nin\nlost\n")
  let followed = system.run(table, "ls -L /f/d/lost")
  #expect(followed.status == 2 && followed.output.isEmpty)
  let listed = system.run(table, "ls -LF /f/d")
  #expect(listed.status == 1 && listed.output == "in\nlost@\n")
  #expect(listed.errors == "ls: cannot access '/f/d/lost': no such file or directory\n")
}

@Test func aHundredThousandNamesAreListed() {
  let system = ModelSystem()
  for index in 0..<3000 { system.put("/f/name-\(index)", "") }
  #expect(system.run(table, "ls /f").output.split(separator: "\n").count == 3000)
  system.terminalColumns = 80
  let columns = system.run(table, "ls --color=never /f").output.split(separator: "\n")
  #expect(columns.count > 400 && columns.allSatisfy { $0.count <= 80 })
}

@Test func spaceIsAddedUp() {
  let system = folder()
  _ = system.run(table, "ln /f/big /f/second")
  #expect(system.run(table, "du -bs /f").output == "5006\t/f\n")
  #expect(system.run(table, "du -b /f").output == "3\t/f/d\n5006\t/f\n")
  #expect(system.run(table, "du -bsc /f/d /f/b").output == "3\t/f/d\n2\t/f/b\n5\ttotal\n")
  system.files.capacity = 1 << 20
  system.putDirectory("/scheme/tmp")
  let lines = system.run(table, "df -h").output.split(separator: "\n")
  #expect(lines.count == 2 && lines[1] == "tmp        1.0M 8.0K     1016K   1% /scheme/tmp")
}

@Test func blocksAreCopied() {
  let system = ModelSystem()
  system.put("/in", "abcdefghij")
  let run = system.run(table, "dd if=/in of=/out bs=4 status=noxfer")
  #expect(system.text("/out") == "abcdefghij" && run.errors == "2+1 records in\n2+1 records out\n")
  _ = system.run(table, "dd if=/in of=/out bs=2 skip=1 count=2 seek=1 conv=notrunc status=none")
  #expect(system.text("/out") == "abcdefghij")
  _ = system.run(table, "dd if=/in of=/out ibs=3 obs=5 count=2 conv=ucase status=none")
  #expect(system.text("/out") == "ABCDEF")
  system.input = Array("xyz".utf8)
  #expect(system.run(table, "dd bs=4 conv=sync status=none").output == "xyz\0")
  #expect(system.run(table, "dd bs=0").status == 2 && system.run(table, "dd x").status == 2)
  #expect(system.run(table, "dd if=/none").status == 1)
  system.files.capacity = system.files.used + 3
  let full = system.run(table, "dd if=/in of=/full bs=10 status=noxfer")
  #expect(full.status == 1 && full.errors.hasPrefix("dd: error writing: no space left"))
}

@Test func numbersInNamesCountByTheirValue() {
  let system = ModelSystem()
  for name in ["v10", "v9", "v1.10", "v1.9", "v", "w01", "w1", "w001"] {
    system.put("/f/\(name)", "")
  }
  let order = "v\nv1.9\nv1.10\nv9\nv10\nw001\nw01\nw1\n"
  #expect(system.run(table, "ls -v /f").output == order)
  #expect(system.run(table, "ls --sort=version /f").output == order)
  system.terminalColumns = 20
  #expect(
    system.run(table, "ls -xv --color=never /f").output
      == "v    v1.9  v1.10  v9\nv10  w001  w01    w1\n")
}

@Test func quotedNamesHaveNoControls() {
  let system = ModelSystem()
  system.put("/f/a\nb\u{1B}\"c", "")
  #expect(system.run(table, "ls -Q /f").output == "\"a\\nb\\033\\\"c\"\n")
}

@Test func volumesAreDescribed() {
  let system = folder()
  system.files.capacity = 1 << 20
  #expect(system.run(table, "stat -fc '%s%%%l' /f").status == 0)
  #expect(system.run(table, "stat -f /f").output.hasPrefix("  File: \"/f\"\n    ID: "))
  #expect(system.run(table, "stat -f /none").status == 1)
}

@Test func directoriesThatAreNamedCountMoreThanThoseFurtherDown() {
  let system = ModelSystem()
  system.putDirectory("/outer")
  system.putDirectory("/outer/closed")
  #expect(system.run(table, "chmod 000 /outer/closed").status == 0)
  let named = system.run(table, "ls /outer/closed")
  #expect(named.status == 2 && named.errors.contains("cannot open directory '/outer/closed'"))
  #expect(system.run(table, "ls -R /outer").status == 1)
}
