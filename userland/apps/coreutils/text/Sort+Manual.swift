// SPDX-License-Identifier: MIT
import Manual

extension Sort {
  static var manual: Manual {
    Manual(
      "sort", "sort lines",
      synopsis: ["[OPTION]… [-k KEY]… [-o FILE] [-t BYTE] [FILE…]"],
      description: """
        Prints the lines of all files, sorted by their bytes or as options say. Lines that are \
        equal by the keys are compared as a whole, but with -s and -u. Without a file, and for a \
        file named -, standard input is read.

        KEY is FIELD[.BYTE][ORDER][,FIELD[.BYTE][ORDER]]: where the compared part begins and where \
        it ends, counted from 1. ORDER is letters of the options bdfghiMnrV for this key alone. \
        Fields begin at the blanks before a word, or behind BYTE with -t.

        All input is held in memory, and more than -S allows is refused; with -m only a line of \
        each file is.
        """,
      options: [
        .init("-b, --ignore-leading-blanks", "leave blanks at the beginning out"),
        .init("-c, --check", "only see whether it is sorted, and name the first line that is not"),
        .init("-C", "the same without saying anything"),
        .init("-d, --dictionary-order", "only blanks, letters and digits count"),
        .init("-f, --ignore-case", "take letters of either case as equal"),
        .init("-g, --general-numeric-sort", "compare numbers in floating point, as 1e-5"),
        .init("-h, --human-numeric-sort", "compare sizes such as 2K and 1G"),
        .init("-i, --ignore-nonprinting", "only printable characters count"),
        .init("-k, --key=KEY", "compare this part of the lines; the next key if it is equal"),
        .init("-m, --merge", "the files are sorted already"),
        .init("-M, --month-sort", "compare names of months, JAN to DEC"),
        .init("-n, --numeric-sort", "compare numbers with a fraction, of any length"),
        .init("-o, --output=FILE", "print into FILE, which may be one of those that are read"),
        .init("-r, --reverse", "print the last first"),
        .init("-s, --stable", "leave lines that are equal by the keys as they came"),
        .init("-S, --buffer-size=SIZE", "hold no more than so many bytes; 1G by default"),
        .init("-t, --field-separator=BYTE", "what separates fields"),
        .init("-u, --unique", "print only the first of lines that are equal by the keys"),
        .init("-V, --version-sort", "compare numbers within names, as in file-2.10"),
        .init("-z, --zero-terminated", "lines end in a zero byte"),
      ],
      exitStatus: [
        .init("0", "all is sorted"), .init("1", "with -c or -C, it was not"),
        .init("2", "something went wrong"),
      ],
      examples: [.init("sort -t: -k3n FILE", "sorts by the number in the third field")],
      seeAlso: ["uniq"], failureStatus: 2)
  }
}
