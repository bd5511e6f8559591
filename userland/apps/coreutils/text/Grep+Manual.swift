// SPDX-License-Identifier: MIT
import Manual

extension Grep {
  static var manual: Manual {
    Manual(
      "grep", "print lines that fit a pattern",
      synopsis: [
        "[OPTION]… PATTERN [FILE…]", "[OPTION]… -e PATTERN… [FILE…]", "[OPTION]… -f FILE… [FILE…]",
      ],
      description: """
        Prints each line that the regular expression fits somewhere. Several patterns are given by \
        -e and -f, or as the lines of one. Without a file, and for a file named -, standard input \
        is read; with -r the working directory.

        Patterns are POSIX's, with \\w, \\W, \\s, \\S, \\b, \\B, \\< and \\> besides. Back-references \
        are not supported: no pattern takes more time than grows with the text.
        """,
      options: [
        .init("-E, --extended-regexp", "extended syntax: + ? | ( ) { } without backslashes"),
        .init("-F, --fixed-strings", "patterns stand for themselves"),
        .init("-G, --basic-regexp", "basic syntax, which is the default"),
        .init("-e, --regexp=PATTERN", "a pattern; may begin with a dash"),
        .init("-f, --file=FILE", "the lines of FILE are patterns"),
        .init("-i, --ignore-case", "letters of ASCII fit in either case"),
        .init("-y", "the same as -i"),
        .init("-v, --invert-match", "print the lines that do not fit"),
        .init("-w, --word-regexp", "fit whole words only"),
        .init("-x, --line-regexp", "fit whole lines only"),
        .init("-c, --count", "print how many lines there are of each file"),
        .init("-l, --files-with-matches", "print only names of files that have some"),
        .init("-L, --files-without-match", "print only names of files that have none"),
        .init("-m, --max-count=NUMBER", "stop a file after so many lines"),
        .init("-o, --only-matching", "print only the parts that fit, each in a line"),
        .init("-q, --quiet, --silent", "print nothing, stop at the first line"),
        .init("-s, --no-messages", "say nothing of files that cannot be read"),
        .init("-b, --byte-offset", "print where in the file each line or part begins"),
        .init("-H, --with-filename", "print the file's name before each line"),
        .init("-h, --no-filename", "print no names"),
        .init("-n, --line-number", "print the line's number"),
        .init("-A, --after-context=NUMBER", "print so many lines after each"),
        .init("-B, --before-context=NUMBER", "print so many lines before each"),
        .init("-C, --context=NUMBER", "print so many lines before and after each"),
        .init("-NUM", "the same as -C NUM"),
        .init("-a, --text", "take files with zero bytes for text"),
        .init("-I", "leave files with zero bytes out"),
        .init("-r, --recursive", "search all files below directories"),
        .init("-R, --dereference-recursive", "the same, following links"),
        .init("--include=NAME", "with -r, only files whose names fit this pattern of names"),
        .init("--exclude=NAME", "with -r, leave such files out"),
        .init("--exclude-dir=NAME", "with -r, leave such directories out"),
        .init("-z, --null-data", "lines end in a zero byte"),
        .init("-Z, --null", "print a zero byte after names"),
        .init("--line-buffered", "send each line at once"),
        .init("--color[=WHEN]", "show what fits in colour: always, never, auto (on a terminal)"),
        .init("--colour[=WHEN]", "the same"),
      ],
      exitStatus: [
        .init("0", "a line was found"), .init("1", "none was"), .init("2", "something went wrong"),
      ],
      examples: [.init("grep -rn main .", "finds main in all files below, with line numbers")],
      seeAlso: ["find", "sort", "cut"], failureStatus: 2)
  }
}
