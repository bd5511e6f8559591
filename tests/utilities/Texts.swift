// SPDX-License-Identifier: MIT

/// The utilities on text.
let textLines: [Line] = [
  Line(
    "a pipeline of five counts lines",
    "seq 20000 | grep 7 | sort -n | uniq -c | wc -l", "6878\n"),
  Line(
    "a reader that has enough ends the writer quietly",
    "yes | head -n 2; seq 1000000 | head -n 1", "y\ny\n1\n"),
  Line(
    "files are written and sorted in place",
    "printf '%s\\n' c a b > f; sort -o f f; tail -n 1 f; tee g < f | wc -c; cat f g | sort -u",
    "c\n6\na\nb\nc\n"),
  Line(
    "trees are searched", "printf x > a.txt; printf '' > b; find . -name '*.txt' -o -empty | sort",
    "./a.txt\n./b\n"),
  Line(
    "commands run for what is found",
    "printf one > a; printf two > b; find . -type f | sort | xargs -n 1 cat; find . -name a -exec echo {} ';'",
    "onetwo./a\n"),
  Line(
    "what is found is removed",
    "printf x > a; printf y > b; find . -name a -delete; find . -type f",
    "./b\n"),
  Line(
    "lines are found in files, with names and numbers",
    "printf 'one\\ntwo\\n' > a; grep -rn t .; grep -c o a; grep -q nope a || echo none",
    "./a:2:two\n2\nnone\n"),
  Line(
    "statuses tell what went wrong",
    "grep x nope; echo $?; test -f nope; echo $?; /bin/test a b; echo $?; echo a | xargs nope; echo $?",
    """
    grep: nope: no such file or directory
    2
    1
    test: 'a': unary operator expected
    Try 'test --help'.
    2
    xargs: nope: no such file or directory
    127

    """),
  Line(
    "a directory is no text", "grep x .; cat .; wc . | tr -s ' '",
    "grep: .: is a directory\ncat: .: is a directory\nwc: .: is a directory\n"),
  Line(
    "bytes are shown and translated",
    "printf 'a\\0b' | hexdump -C; printf 'x\\377y' | tr -d x | hexdump | head -n 1 | cut -c 9-12",
    """
    00000000  61 00 62                                          |a.b|
    00000003
    79ff

    """),
  Line(
    "digests are those of the standard",
    "printf abc > a; sha256sum a > sums; cat sums; sha256sum -c sums; printf abd > a; sha256sum -c --status sums; echo $?",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\na: OK\n1\n"),
  Line(
    "a line of a million bytes goes through",
    "yes a | head -n 500000 | tr -d '\\n' | grep -c aa; echo",
    "1\n\n"),
]
