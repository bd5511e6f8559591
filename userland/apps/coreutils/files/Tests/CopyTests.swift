// SPDX-License-Identifier: MIT
import ABI
import Testing
import UtilityFrame
import UtilityModel

@testable import FileUtilities

private let table = UtilityTable(fileUtilities)

private func tree() -> ModelSystem {
  let system = ModelSystem()
  system.put("/a/one", "1")
  system.put("/a/b/two", "22", mode: 0o750)
  system.putLink("/a/link", to: "one")
  system.putDirectory("/d")
  return system
}

@Test func copiesKeepWhatTheyAreCopiesOf() {
  let system = tree()
  #expect(system.run(table, "cp /a/one /x").status == 0)
  #expect(system.text("/x") == "1" && system.text("/a/one") == "1")
  #expect(system.run(table, "cp -r /a /d").status == 0)
  #expect(system.text("/d/a/b/two") == "22" && system.mode("/d/a/link") == 0o120777)
  #expect(system.run(table, "cp -r /a /new").status == 0 && system.text("/new/one") == "1")
  #expect(system.run(table, "cp -rL /a /followed").status == 0)
  #expect(system.mode("/followed/link") == 0o100644)
  system.putLink("/a/astray", to: "nowhere")
  #expect(system.run(table, "cp -r /a /kept").status == 0)
  let lost = system.run(table, "cp -rL /a /lost")
  #expect(lost.status == 1 && lost.errors.contains("cannot copy '/a/astray': no such file"))
  #expect(system.mode("/lost/link") == 0o100644 && system.mode("/lost/astray") == nil)
  #expect(system.run(table, "cp /a/one /a/b/two /d").status == 0 && system.text("/d/two") == "22")
  #expect(system.run(table, "cp /a/link /y").status == 0 && system.mode("/y") == 0o100644)
  #expect(system.run(table, "cp -P /a/link /z").status == 0 && system.mode("/z") == 0o120777)
}

@Test func whatIsNotMadeIsNotFinished() {
  let system = tree()
  let run = system.run(table, "cp -a /a/b /nowhere/b")
  #expect(run.status == 1)
  #expect(run.errors == "cp: cannot create directory '/nowhere/b': no such file or directory\n")
}

@Test func namesOfOneFileBecomeNamesOfOneCopy() {
  let system = tree()
  let count = { (path: String) in system.run(table, "stat -c %h \(path)").output }
  #expect(system.run(table, "ln /a/one /a/b/other").status == 0)
  #expect(system.run(table, "cp -a /a /kept").status == 0)
  #expect(count("/kept/one") == "2\n" && count("/kept/b/other") == "2\n")
  #expect(count("/a/one") == "2\n" && system.text("/kept/b/other") == "1")
  #expect(system.run(table, "cp -rp /a /apart").status == 0 && count("/apart/one") == "1\n")
  #expect(system.run(table, "cp -d /a/one /a/b/other /d").status == 0 && count("/d/one") == "2\n")
  // A copy over the old one.
  #expect(system.run(table, "cp -aT /a /kept").status == 0 && system.text("/kept/b/other") == "1")
  #expect(count("/kept/one") == "2\n")
}

/// Two sources of one name: nothing that was copied or moved just now is lost to the second.
@Test(
  arguments: [
    ("cp -a /x/f /x/g /y/f /t", "/t/f", ["/t/f": "x", "/t/g": "x", "/y/f": "y"]),
    ("cp -a /x/f /y/f /x/g /t", "/t/f", ["/t/f": "x", "/t/g": "x"]),
    ("cp -r /x/. /y/. /t", "/t/f", ["/t/f": "x"]),
    ("mv /x/f /y/f /t", "/t/f", ["/t/f": "x", "/y/f": "y"]),
    ("cp -l /x/f /y/f /t", "/t/f", ["/t/f": "x"]),
  ] as [(String, String, [String: String])])
func whatWasMadeJustNowIsNotReplaced(_ line: String, _ place: String, _ left: [String: String]) {
  let system = ModelSystem()
  for name in ["/x", "/y", "/t"] { system.putDirectory(name) }
  system.put("/x/f", "x")
  system.put("/y/f", "y")
  _ = system.run(table, "ln /x/f /x/g")
  let run = system.run(table, line)
  #expect(run.status == 1)
  #expect(run.errors.contains(" will not replace '\(place)', which was made just now, by '/y/"))
  for (path, text) in left { #expect(system.text(path) == text) }
  // One name after the other is no such case, and what is not to be replaced is left out in silence.
  #expect(system.run(table, "cp /y/f /t/f").status == 0)
  #expect(system.run(table, "cp -n /y/f /y/../y/f /t").errors.isEmpty)
}

@Test(
  arguments: [
    ("cp", 2, "which file?"), ("cp /a/one", 2, "where to? after '/a/one'"),
    ("cp /a /d", 1, "-r not specified; omitting directory '/a'"),
    ("cp /a/one /a/one", 1, "'/a/one' and '/a/one' are the same file"),
    ("cp /a/link /a/one", 1, "'/a/link' and '/a/one' are the same file"),
    ("cp -r /a /a/b", 1, "cannot copy a directory, '/a', into itself, '/a/b/a'"),
    ("cp -r /a /a", 1, "cannot copy a directory, '/a', into itself, '/a/a'"),
    ("cp /a/one /a/b/two /nowhere", 1, "target '/nowhere' is not a directory"),
    ("cp /a/one /nowhere/x", 1, "cannot create '/nowhere/x': no such file or directory"),
    ("cp /none /d", 1, "cannot copy '/none': no such file or directory"),
    ("cp -T /a/one /d", 1, "cannot overwrite directory '/d' with non-directory '/a/one'"),
    ("mv /a /a/b", 1, "cannot move '/a' to a subdirectory of itself, '/a/b/a'"),
    ("mv /none /d", 1, "cannot move '/none' to '/d/none': no such file or directory"),
    ("mv -T /a/one /d", 1, "cannot overwrite directory '/d' with non-directory '/a/one'"),
    ("mv /a/one /a/one", 1, "'/a/one' and '/a/one' are the same file"),
    ("cp /a/one /new/", 1, "cannot create '/new/': is a directory"),
    ("cp /a/one/ /new", 1, "cannot copy '/a/one/': not a directory"),
    ("mv /a/one /new/", 1, "cannot move '/a/one' to '/new/': not a directory"),
    ("mv /a/one/ /new", 1, "cannot move '/a/one/' to '/new': not a directory"),
  ] as [(String, Int32, String)])
func whatCannotBeCopiedOrMovedIsNamed(_ line: String, _ status: Int32, _ message: String) {
  let system = tree()
  let run = system.run(table, line)
  #expect(run.status == status)
  #expect(run.errors.contains(": " + message + "\n"), "\(run.errors)")
  #expect(system.text("/a/one") == "1" && system.text("/a/b/two") == "22")
}

@Test func aSlashBehindADirectoryChangesNothing() {
  let system = tree()
  #expect(system.run(table, "mv /a/b/ /a/c/").status == 0 && system.text("/a/c/two") == "22")
  #expect(system.run(table, "cp /a/one /d/").status == 0 && system.text("/d/one") == "1")
  #expect(system.run(table, "cp -r /d/ /e/").status == 0 && system.text("/e/one") == "1")
  #expect(system.run(table, "mkdir /f/").status == 0 && system.exists("/f"))
  #expect(system.run(table, "rmdir /f/").status == 0 && !system.exists("/f"))
}

@Test(arguments: ["/a/.", "/a/./", "/a/b/.."])
func whatIsInADirectoryIsCopied(_ source: String) {
  let system = tree()
  #expect(system.run(table, "cp -r \(source) /d").status == 0)
  #expect(system.text("/d/one") == "1" && system.text("/d/b/two") == "22" && !system.exists("/d/a"))
}

@Test func filesAreLinkedInPlaceOfCopies() {
  let system = tree()
  #expect(system.run(table, "cp -rl /a /x").status == 0)
  #expect(system.run(table, "stat -c %h /x/one /x/b/two").output == "2\n2\n")
  #expect(system.mode("/x/link") == 0o120777)
  #expect(system.run(table, "cp -l /a/one /x/one").status == 0)
  #expect(system.run(table, "cp -l /a/b/two /x/one").errors.hasSuffix(": file exists\n"))
  #expect(system.run(table, "cp -lf /a/b/two /x/one").status == 0 && system.text("/x/one") == "22")
  #expect(system.run(table, "cp -rs /a /y").status == 0)
  #expect(system.mode("/y/b/two") == 0o120777 && system.text("/y/b/two") == "22")
  #expect(system.run(table, "cp -s a/one here").status == 0 && system.text("/here") == "1")
  #expect(system.run(table, "cp -s a/one d/here").status == 1 && !system.exists("/d/here"))
}

@Test func replacingIsAskedForOrNotDone() {
  let system = tree()
  system.put("/x", "old")
  #expect(system.run(table, "cp -n /a/one /x").status == 0 && system.text("/x") == "old")
  system.input = Array("n\ny\n".utf8)
  let asked = system.run(table, "cp -i /a/one /x")
  #expect(asked.errors == "cp: overwrite '/x'? " && system.text("/x") == "old")
  #expect(system.run(table, "cp -i /a/one /x").status == 0 && system.text("/x") == "1")
  system.time += 5_000_000_000
  system.put("/newer", "new")
  #expect(system.run(table, "cp -u /a/one /newer").status == 0 && system.text("/newer") == "new")
  #expect(system.run(table, "mv -u /a/one /newer").status == 0 && system.text("/newer") == "new")
  #expect(system.run(table, "cp -v /newer /x").output == "'/newer' -> '/x'\n")
}

@Test func attributesAreKeptWhereThatIsWanted() {
  let system = tree()
  _ = system.run(table, "chmod 4751 /a/b/two")
  _ = system.run(table, "chown 7:8 /a/b/two")
  _ = system.run(table, "touch -d @5 /a/b/two")
  #expect(system.run(table, "cp -a /a /c").status == 0)
  let kept = system.run(table, "stat -c %a:%u:%g:%Y /c/b/two").output
  #expect(kept == "4751:7:8:5\n")
  #expect(system.run(table, "cp /a/b/two /plain").status == 0)
  #expect(system.run(table, "stat -c %a:%u /plain").output == "751:0\n")
}

@Test func aCopyThatDoesNotFitIsRemoved() {
  let system = tree()
  system.put("/big", String(repeating: "x", count: 10_000))
  system.put("/old", "old")
  system.files.capacity = system.files.used + 5000
  let run = system.run(table, "cp /big /copy")
  #expect(run.status == 1 && !system.exists("/copy"))
  #expect(run.errors == "cp: error writing '/copy': no space left on device\n")
  let replaced = system.run(table, "cp /big /old")
  #expect(replaced.errors.hasSuffix("cp: '/old' is incomplete\n") && replaced.status == 1)
  #expect(system.openCount == 0)
}

@Test func movesKeepTheFileAndItsName() {
  let system = tree()
  #expect(system.run(table, "mv /a/one /d").status == 0 && system.text("/d/one") == "1")
  #expect(system.run(table, "mv -v /a /e").output == "renamed '/a' -> '/e'\n")
  #expect(system.text("/e/b/two") == "22" && !system.exists("/a"))
}

@Test func movesToAnotherSchemeCopyThenDelete() {
  let system = tree()
  system.putDirectory("/scheme/other")
  #expect(system.run(table, "mv /a /scheme/other").status == 0)
  #expect(system.text("/scheme/other/a/b/two") == "22" && !system.exists("/a"))
  #expect(system.mode("/scheme/other/a/link") == 0o120777)
}

/// Ends `mv` after each of its changes in turn: every byte is still under its old or its new name.
@Test func aMoveThatIsKilledLosesNothing() {
  var changes = 0
  while true {
    let system = tree()
    system.put("/scheme/other/a/one", "before")
    system.put("/file", "file")
    system.put("/scheme/other/file", "target")
    system.changesLeft = changes
    _ = system.run(table, "mv /file /scheme/other/file")
    _ = system.run(table, "mv /a /scheme/other/new")
    let isDone = !system.isGone
    system.changesLeft = nil
    #expect(system.text("/a/one") == "1" || system.text("/scheme/other/new/one") == "1")
    #expect(system.text("/a/b/two") == "22" || system.text("/scheme/other/new/b/two") == "22")
    let moved = system.text("/scheme/other/file")
    #expect(moved == "file" || system.text("/file") == "file" && moved == "target")
    if isDone { break }
    changes += 1
    #expect(changes < 200)
  }
  #expect(changes > 10)
}

@Test func aMoveToAFullSchemeLosesNothing() {
  for room in 0..<4 {
    let system = tree()
    system.putDirectory("/scheme/other")
    system.files.capacity = system.files.used + room
    let run = system.run(table, "mv /a /scheme/other")
    if run.status == 0 { continue }
    #expect(system.text("/a/one") == "1" && system.text("/a/b/two") == "22")
    // What had been copied is gone again.
    #expect(system.run(table, "ls -A /scheme/other").output == "")
  }
}
