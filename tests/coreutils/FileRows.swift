// SPDX-License-Identifier: MIT
import System

/// Utilities on files, in the folder that begins with the file `one` alone; each row goes on from
/// what those before it left.
enum FileRows {
  // swift-format-ignore
  static var all: [Row] {
    [
      Row("mkdir -p /scheme/tmp/shelf/a/b", ""),
      Row("mkdir /scheme/tmp/shelf/a",
        "mkdir: cannot create directory '/scheme/tmp/shelf/a': file exists\n", status: 1),
      Row("mkdir -m a=rwxt /scheme/tmp/shelf/t", ""),
      Row("stat -c %a:%F /scheme/tmp/shelf/t", "1777:directory\n"),
      Row("cp /scheme/tmp/shelf/one /scheme/tmp/shelf/a/two", ""),
      Row("cat /scheme/tmp/shelf/a/two /none",
        "one\ncat: /none: no such file or directory\n", status: 1),
      Row("cp -r /scheme/tmp/shelf/a /scheme/tmp/shelf/c", ""),
      Row("ls -R /scheme/tmp/shelf/c",
        "/scheme/tmp/shelf/c:\nb\ntwo\n\n/scheme/tmp/shelf/c/b:\n"),
      Row("cp -r /scheme/tmp/shelf/a /scheme/tmp/shelf/a/b",
        .containing("into itself"), status: 1),
      Row("cp /scheme/tmp/shelf/one /scheme/tmp/shelf/one",
        .containing("are the same file"), status: 1),
      Row("mv /scheme/tmp/shelf/c /scheme/tmp/shelf/d", ""),
      Row("mv /scheme/tmp/shelf/d /shelf-d", ""),
      Row("ls /shelf-d", "b\ntwo\n"),
      Row("mv -v /shelf-d /scheme/tmp/shelf/d",
        "renamed '/shelf-d' -> '/scheme/tmp/shelf/d'\n"),
      Row("ln -s two /scheme/tmp/shelf/d/link", ""),
      Row("cat /scheme/tmp/shelf/d/two/",
        "cat: /scheme/tmp/shelf/d/two/: not a directory\n", status: 1),
      Row("touch /scheme/tmp/shelf/new/",
        "touch: cannot touch '/scheme/tmp/shelf/new/': is a directory\n", status: 1),
      Row("rm /scheme/tmp/shelf/d/two/",
        "rm: cannot remove '/scheme/tmp/shelf/d/two/': not a directory\n", status: 1),
      Row("mv /scheme/tmp/shelf/d/two /scheme/tmp/shelf/new/",
        .containing("to '/scheme/tmp/shelf/new/': not a directory"), status: 1),
      Row("mv /shelf-none/ /scheme/tmp/shelf/new/",
        .containing("no such file or directory"), status: 1),
      Row("ls /scheme/tmp/shelf/d/link/",
        .containing("not a directory"), status: 2),
      Row("ln -s shelf/d /scheme/tmp/way", ""),
      Row("stat -c %F /scheme/tmp/way", "symbolic link\n"),
      Row("stat -c %F /scheme/tmp/way/", "directory\n"),
      Row("stat -c %F /scheme/tmp/way/.", "directory\n"),
      Row("ln /scheme/tmp/shelf/one /scheme/tmp/shelf/new/", .containing("no such file"), status: 1),
      Row("ln -s one /scheme/tmp/shelf/new/", .containing("no such file"), status: 1),
      Row("rm /scheme/tmp/way", ""),
      Row("ln /scheme/tmp/shelf/d/two /scheme/tmp/shelf/d/hard", ""),
      Row("stat -c %h /scheme/tmp/shelf/d/two", "2\n"),
      Row("readlink /scheme/tmp/shelf/d/link", "two\n"),
      Row("readlink /tmp/shelf/d/link /tmp", "two\n/scheme/tmp\n"),
      Row("realpath /scheme/tmp/shelf/d/link", "/scheme/tmp/shelf/d/two\n"),
      Row("touch -t 202001020304.05 /scheme/tmp/shelf/d/two", ""),
      Row("chmod u=rwx,go=r /scheme/tmp/shelf/d/two", ""),
      Row("chown 7:8 /scheme/tmp/shelf/d/two", ""),
      Row("ls -n /scheme/tmp/shelf/d/two",
        "-rwxr--r-- 2 7 8 4 Jan  2  2020 /scheme/tmp/shelf/d/two\n"),
      Row("du -bs /scheme/tmp/shelf/d", "7\t/scheme/tmp/shelf/d\n"),
      Row("dd if=/scheme/zero of=/scheme/tmp/shelf/z bs=1000 count=3 status=noxfer",
        "3+0 records in\n3+0 records out\n"),
      Row("stat -c %s /scheme/tmp/shelf/z", "3000\n"),
      Row("fallocate -l 8K /scheme/tmp/shelf/z", ""),
      Row("stat -c %s:%b /scheme/tmp/shelf/z", "8192:24\n"),
      Row("fallocate -l 1P /scheme/tmp/shelf/z", .beginning("fallocate: /scheme/tmp"), status: 1),
      Row("flock /scheme/tmp/shelf/z flock -n /scheme/tmp/shelf/z echo no", "", status: 1),
      Row("flock -s /scheme/tmp/shelf/z flock -sn /scheme/tmp/shelf/z echo both", "both\n"),
      Row("flock /scheme/tmp/shelf flock -w 0.05 -E 9 /scheme/tmp/shelf echo no", "", status: 9),
      Row("df -k /scheme/tmp", .beginning("Filesystem 1K-blocks ")),
      Row("basename /a/b.c .c", "b\n"), Row("dirname /a/b.c", "/a\n"), Row("pwd", .beginning("/")),
      Row("which ls", "/scheme/initfs/bin/ls\n"), Row("sync /scheme/tmp/shelf/z", ""),
      Row("rmdir /scheme/tmp/shelf/d",
        "rmdir: failed to remove '/scheme/tmp/shelf/d': directory not empty\n", status: 1),
      Row("rmdir /scheme/tmp/shelf/d/b", ""),
      Row("rm /scheme/tmp/shelf/d",
        "rm: cannot remove '/scheme/tmp/shelf/d': is a directory\n", status: 1),
      Row("rm -r /scheme/tmp/shelf/d", ""), Row("rm -rf /", .beginning("rm: refusing"), status: 1),
      Row("ls -z", "ls: unknown option -- 'z'\nTry 'ls --help'.\n", status: 2),
      Row("ls --help", .beginning("Usage: ls ")), Row("coreutils --list", .containing("\nls\n")),
    ]
  }
}

/// Utilities on processes and the system.
enum SystemRows {
  static var all: [Row] {
    [
      Row("ps aux", .containing("init")), Row("ps -ef", .containing(" ps -ef\n")),
      Row("ps -p 1 -o pid=,ppid=", "1 0\n"), Row("top -b -n 1", .containing("CPU0:")),
      Row("free -h", .beginning("            total")), Row("uname", "Apus\n"),
      Row("uname -m", .anything), Row("uptime", .containing(" up ")), Row("id -u", "0\n"),
      Row("dmesg -k", .containing(": ")), Row("date -u -d @0 +%FT%T", "1970-01-01T00:00:00\n"),
      Row("env -i A=1 env", "A=1\n"), Row("env nothing", .containing("no such file"), status: 127),
      Row("time true", .containing("real 0m")), Row("timeout 0.05 sleep 60", "", status: 124),
      Row("nice -n -4 nice", "-4\n"), Row("nice -n 5 nice", "5\n"),
      Row("timeout 60 false", "", status: 1), Row("sleep 0.01", ""),
      Row("kill -l 9", "KILL\n"), Row("kill 4000000", .containing("no such process"), status: 1),
      Row("pgrep -x init", "1\n"), Row("pkill nobody-has-this-name", "", status: 1),
      Row("nproc", .anything), Row("clear", "\u{1B}[H\u{1B}[2J\u{1B}[3J"), Row("whoami", .anything),
    ]
  }
}
