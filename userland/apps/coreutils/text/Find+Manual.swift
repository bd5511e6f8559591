// SPDX-License-Identifier: MIT
import Manual

extension Find {
  static var manual: Manual {
    Manual(
      "find", "find files in trees of directories",
      synopsis: ["[-HLP] [PATH…] [EXPRESSION]"],
      description: """
        Goes through each PATH (.) and all below it, and does for each file what the expression \
        says; without an action in it, what it holds for is printed. N is a number, +N more, -N \
        less. Patterns of names are a shell's, and are to be quoted from it.
        """,
      options: [],
      operands: [
        .init("-H, -L, -P", "follow links among the PATHs, all links, none"),
        .init("-name NAME, -iname NAME", "the name fits the pattern; in either case"),
        .init("-path PATH, -ipath PATH", "the whole path fits the pattern"),
        .init("-lname NAME", "it is a link whose target fits the pattern"),
        .init("-type LETTERS", "b, c, d, f, l, p or s; several with commas"),
        .init("-size N[cwbkMG]", "its size in bytes, words, blocks of 512, KiB, MiB, GiB"),
        .init("-empty", "a file or directory with nothing in it"),
        .init(
          "-mtime N, -atime N, -ctime N", "days since it was changed, read, its status changed"),
        .init("-mmin N, -amin N, -cmin N", "the same in minutes"),
        .init("-newer FILE", "it was changed after FILE"),
        .init("-perm MODE, -MODE, /MODE", "these permissions exactly, all of them, any of them"),
        .init("-uid N, -gid N", "its user's and its group's number; also -user, -group"),
        .init("-links N, -inum N", "how many names it has, its number"),
        .init("-true, -false", "always, never"),
        .init("-maxdepth NUMBER", "go no deeper"),
        .init("-xdev, -mount", "do not go into other file systems"),
        .init("-mindepth NUMBER", "leave out what is above"),
        .init("-depth", "what is in a directory comes before it"),
        .init("-print, -print0", "print the path, ended by a line feed or a zero byte"),
        .init("-prune", "do not go down into this directory"),
        .init("-delete", "remove it; implies -depth"),
        .init("-exec COMMAND ;", "run COMMAND with the path for {}; holds if it ends with 0"),
        .init("-exec COMMAND {} +", "run COMMAND with as many paths as fit"),
        .init("-quit", "end"),
        .init("! X, X Y, X -o Y, ( X )", "not, and, or, grouping"),
      ],
      exitStatus: [.init("0", "all went well"), .init("1", "something did not")],
      examples: [
        .init("find . -name '*.txt' -size +1k", "prints texts of more than 1 KiB"),
        .init("find /tmp -mtime +7 -delete", "removes what was not changed for a week"),
      ],
      seeAlso: ["xargs", "grep", "ls"], usageStatus: 1)
  }
}
