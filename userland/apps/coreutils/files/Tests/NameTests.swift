// SPDX-License-Identifier: MIT
import ABI
import Testing
import UtilityFrame
import UtilityModel

@testable import FileUtilities

private let table = UtilityTable(fileUtilities)

@Test func treesAreRemoved() {
  let system = ModelSystem()
  system.put("/t" + String(repeating: "/d", count: 700) + "/x", "")
  system.put("/t/y", "")
  system.putLink("/t/up", to: "/")
  #expect(system.run(table, "rm /t").errors == "rm: cannot remove '/t': is a directory\n")
  #expect(system.run(table, "rm -rv /t").output.hasPrefix("removed '/t/"))
  #expect(!system.exists("/t"))
  #expect(system.run(table, "rm -f /none").status == 0)
  #expect(
    system.run(table, "rm /none").errors == "rm: cannot remove '/none': no such file or directory\n"
  )
  #expect(system.run(table, "rm -f").status == 0 && system.run(table, "rm").status == 2)
}

@Test(arguments: ["/", "//", ".", "..", "a/..", "/a/.", "/..", "/scheme", "./"])
func whatMustStayIsNotRemoved(_ path: String) {
  let system = ModelSystem()
  system.put("/a/x", "x")
  system.putDirectory("/scheme/b")
  let run = system.run(table, "rm -rf \(path)")
  #expect(run.status == 1 && run.errors.hasPrefix("rm: refusing to remove "))
  #expect(system.text("/a/x") == "x")
}

@Test func removingIsAskedForFileByFile() {
  let system = ModelSystem()
  system.put("/t/x", "")
  system.put("/t/y", "")
  system.input = Array("y\ny\nn\n".utf8)
  let run = system.run(table, "rm -ri /t")
  #expect(run.errors == "rm: descend into directory '/t'? rm: remove '/t/x'? rm: remove '/t/y'? ")
  #expect(!system.exists("/t/x") && system.exists("/t/y"))
}

@Test func directoriesAreMadeWithModesAndParents() {
  let system = ModelSystem()
  #expect(system.run(table, "mkdir -m a=rwxt /tmp").status == 0 && system.mode("/tmp") == 0o041777)
  #expect(system.run(table, "mkdir -p /a/b/c /a/b").status == 0 && system.mode("/a/b") == 0o040755)
  #expect(system.run(table, "mkdir -pm 700 /a/e/f").status == 0)
  #expect(system.mode("/a/e/f") == 0o040700 && system.mode("/a/e") == 0o040755)
  #expect(
    system.run(table, "mkdir /a").errors == "mkdir: cannot create directory '/a': file exists\n")
  #expect(system.run(table, "mkdir -m q /x").status == 2)
  #expect(system.run(table, "rmdir -p /a/e/f").status == 1 && !system.exists("/a/e"))
  #expect(system.run(table, "rmdir /a/b/c").status == 0 && !system.exists("/a/b/c"))
}

@Test func linksAreMade() {
  let system = ModelSystem()
  system.put("/x", "x")
  system.putDirectory("/d")
  #expect(system.run(table, "ln -s /x /d").status == 0 && system.text("/d/x") == "x")
  #expect(system.run(table, "ln /x /hard").status == 0)
  #expect(system.run(table, "stat -c %h /x").output == "2\n")
  #expect(system.run(table, "ln -s nowhere /x").status == 1 && system.text("/x") == "x")
  #expect(system.run(table, "ln -sf nowhere /x").status == 0 && system.mode("/x") == 0o120777)
  #expect(system.run(table, "ln -f /hard /hard").status == 1 && system.exists("/hard"))
  #expect(system.run(table, "readlink /x").output == "nowhere\n")
  system.putLink("/l", to: "/d")
  #expect(system.run(table, "ln -sfn /new /l").status == 0)
  #expect(system.run(table, "readlink /l").output == "/new\n")
}

@Test func pathsAreTakenApartAndFollowed() {
  let system = ModelSystem()
  system.put("/a/b/x", "", mode: 0o755)
  system.putLink("/l", to: "a/b")
  system.variables = ["PATH=/bin:/a/b"]
  #expect(system.run(table, "realpath /l/x /l/none").output == "/a/b/x\n/a/b/none\n")
  #expect(system.run(table, "realpath -e /l/none").status == 1)
  #expect(system.run(table, "which x").output == "/a/b/x\n")
  #expect(system.run(table, "which none").status == 1)
  #expect(system.run(table, "basename /a/b.c/ .c").output == "b\n")
  #expect(system.run(table, "basename /").output == "/\n")
  #expect(system.run(table, "dirname /a/b/ x /").output == "/a\n.\n/\n")
  system.directory = "/l"
  #expect(
    system.run(table, "pwd").output == "/l\n" && system.run(table, "pwd -P").output == "/a/b\n")
}

@Test func permissionsOwnersAndTimesChange() {
  let system = ModelSystem()
  system.put("/a/x", "", mode: 0o644)
  system.put(
    "/etc/passwd", "root;0;0;root;/root;/bin/ion\nuser;1000;1001;user;/home/user;/bin/ion\n")
  #expect(system.run(table, "chmod -w /a/x").status == 0 && system.mode("/a/x") == 0o100444)
  #expect(system.run(table, "chmod -R u+w,a+X /a").status == 0)
  #expect(system.mode("/a/x") == 0o100644 && system.mode("/a") == 0o040755)
  #expect(system.run(table, "chmod -v 600 /a/x").output == "changed '/a/x': 0644 -> 0600\n")
  #expect(system.run(table, "chown -c user: /a/x").output == "changed '/a/x': 0:0 -> 1000:1001\n")
  #expect(system.run(table, "chown nobody /a/x").status == 2)
  #expect(system.run(table, "touch -t 202001020304.05 /a/x /new").status == 0)
  #expect(system.run(table, "stat -c %y /a/x").output == "2020-01-02 03:04:05.000000000 +0000\n")
  #expect(system.run(table, "touch -c /none").status == 0 && !system.exists("/none"))
  #expect(
    system.run(table, "chmod 9 /a/x").status == 2 && system.run(table, "chmod 644").status == 2)
}

@Test func pathsAreRelativeToOthers() {
  let system = ModelSystem()
  system.put("/a/b/c", "")
  system.putDirectory("/a/d/e")
  let way = { system.run(table, "realpath --relative-to=" + $0).output }
  #expect(way("/a/d/e /a/b/c") == "../../b/c\n" && way("/a /a/b") == "b\n")
  #expect(way("/a/b /") == "../..\n" && way("/a/b /a/b") == ".\n" && way("/ /a") == "a\n")
  #expect(way("/a/b/c /a") == "")
}

@Test func filesAreCutOffAndLengthened() {
  let system = ModelSystem()
  system.put("/a", "abcdef")
  #expect(system.run(table, "truncate -s 3 /a /b").status == 0 && system.text("/a") == "abc")
  #expect(system.text("/b") == "\0\0\0")
  #expect(system.run(table, "truncate -s +2 /a").status == 0 && system.text("/a") == "abc\0\0")
  #expect(system.run(table, "truncate -s -4 /a").status == 0 && system.text("/a") == "a")
  #expect(system.run(table, "truncate -s >2 /a").status == 0 && system.text("/a") == "a\0")
  #expect(system.run(table, "truncate -r /b /a").status == 0 && system.text("/a") == "a\0\0")
  #expect(system.run(table, "truncate -c -s 0 /none").status == 0 && !system.exists("/none"))
  #expect(system.run(table, "truncate /a").status == 2)
  #expect(system.run(table, "truncate -s 9x /a").status == 2)
}

@Test func groupsAreChangedAlone() {
  let system = ModelSystem()
  system.put("/a", "")
  #expect(system.run(table, "chgrp 7 /a").status == 0)
  #expect(system.run(table, "stat -c %u:%g /a").output == "0:7\n")
  #expect(system.run(table, "chgrp nosuch /a").status == 2)
}
