// SPDX-License-Identifier: MIT
import Testing
import UtilityModel

@testable import TextUtilities

struct SortTests {
  @Test(arguments: [
    ("sort", "b\na\nc", "a\nb\nc\n"), ("sort -r", "b\na\nc\n", "c\nb\na\n"),
    ("sort -n", "10\n9\n-1\nx\n", "-1\nx\n9\n10\n"),
    ("sort -u", "b\na\nb\n", "a\nb\n"), ("sort -f", "b\nA\na\nB\n", "A\na\nB\nb\n"),
    ("sort -fs", "b\na\nA\n", "a\nA\nb\n"),
    ("sort -k 2", "a 2\nb 1\n", "b 1\na 2\n"), ("sort -k 2n", "a 10\nb 9\n", "b 9\na 10\n"),
    ("sort -t: -k 2,2 -k 1,1r", "a:x\nb:x\nc:w\n", "c:w\nb:x\na:x\n"),
    ("sort -t : -k2.2", "a:xb\nb:ya\n", "b:ya\na:xb\n"),
    ("sort -h", "1G\n2K\n10M\n5\n", "5\n2K\n10M\n1G\n"),
    ("sort -V", "a10\na9\na9.1\na\n", "a\na9\na9.1\na10\n"),
    ("sort -M", "feb\nJAN\nx\nDec\n", "x\nJAN\nfeb\nDec\n"),
    ("sort -g", "1e2\n5\nx\n-1e3\n", "x\n-1e3\n5\n1e2\n"),
    ("sort -b", "  b\na\n", "a\n  b\n"), ("sort", "  b\na\n", "  b\na\n"),
    ("sort -d", "a-c\nab\n", "ab\na-c\n"),
    ("sort -nr", "1\n3\n2\n", "3\n2\n1\n"), ("sort -n", "1.5\n1.25\n-0\n0\n", "-0\n0\n1.25\n1.5\n"),
    ("sort -s -k 1,1", "a 2\na 1\n", "a 2\na 1\n"), ("sort -k 1,1", "a 2\na 1\n", "a 1\na 2\n"),
    ("sort -u -k 1,1", "a 2\na 1\n", "a 2\n"),
    ("sort -n", "99999999999999999999\n9\n", "9\n99999999999999999999\n"),
    ("sort", "", ""), ("sort", "\n\na", "\n\na\n"), ("sort -z", "b\u{0}a", "a\u{0}b\u{0}"),
    ("sort", "abcdefghij\nabcdefghia\n", "abcdefghia\nabcdefghij\n"),
    ("sort", "a\u{0}\na\n", "a\na\u{0}\n"),
    ("sort -c", "a\nb\n", ""), ("sort -c", "b\na\n", "[1] sort: -:2: disorder: a\n"),
    ("sort -cu", "a\na\n", "[1] sort: -:2: disorder: a\n"), ("sort -C", "b\na\n", "[1] "),
    (
      "sort -S 3", "aaaa\n",
      "[2] sort: the input does not fit into the buffer; sort parts of it, and join them with sort -m\n"
    ),
    ("sort -k 0", "", "[2] sort: invalid key '0': field number is zero\nTry 'sort --help'.\n"),
    ("sort -k 1x", "", "[2] sort: invalid key '1x': stray character 'x'\nTry 'sort --help'.\n"),
    ("sort -t ab", "", "[2] sort: the separator must be a single byte\nTry 'sort --help'.\n"),
    ("sort nope", "", "[2] sort: nope: no such file or directory\n"),
  ])
  func sorting(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }

  @Test func sortedFilesAreJoined() {
    let files = ["/a": "a\nc\n", "/b": "b\nc\nd", "/c": ""]
    #expect(output("sort -m a b c", "", files) == "a\nb\nc\nc\nd\n")
    #expect(output("sort -mu a b c", "", files) == "a\nb\nc\nd\n")
    #expect(output("sort a b c", "", files) == "a\nb\nc\nc\nd\n")
    #expect(output("sort -m a nope", "", files) == "[2] sort: nope: no such file or directory\n")
  }

  @Test(arguments: [(60, 2), (400, 2), (4000, 0)])
  func memoryThatEndsIsSaid(limit: Int, status: Int32) {
    let system = ModelSystem()
    system.input = Array(String(repeating: "b\na\n", count: 20).utf8)
    system.memoryLimit = limit
    let run = system.run(table, "sort")
    #expect(run.status == status)
    let message = "sort: there is not enough memory; sort parts of it, and join them with sort -m\n"
    #expect(run.errors == (status == 0 ? "" : message))
    #expect(run.output.isEmpty == (status != 0))
  }

  @Test func theOutputMayBeAnInput() {
    let system = ModelSystem()
    system.put("/a", "b\na\n")
    #expect(system.run(table, "sort -o a a").status == 0)
    #expect(system.text("/a") == "a\nb\n" && system.openCount == 0)
  }

  @Test func manyLinesAreSortedStably() {
    var state: UInt64 = 3
    let lines = (0..<5_000).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return ("k\(state >> 56)", index)
    }
    let input = lines.map { "\($0.0) \($0.1)\n" }.joined()
    let expected = lines.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { "\($0.0) \($0.1)\n" }.joined()
    #expect(output("sort -s -k 1,1", input) == expected)
    let long = String(repeating: "x", count: 1 << 20)
    #expect(output("sort", "\(long)b\n\(long)a\n") == "\(long)a\n\(long)b\n")
  }

  /// Of numbers the first places decide mostly; those that agree there are compared in full.
  @Test(arguments: ["sort -n -s", "sort -n -s -r"])
  func numbersOfAnyLengthAreSortedStably(_ command: String) {
    var state: UInt64 = 5
    func random(_ limit: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % limit)
    }
    func digits(_ most: UInt64) -> String {
      String((0..<random(most)).map { _ in "0123456789"[random(2) == 0 ? random(10) : 0] })
    }
    let numbers = (0..<3_000).map { index in
      let (whole, fraction, isNegative) = (digits(19), digits(6), random(3) == 0)
      let padded = String(repeating: "0", count: 20 - whole.count) + whole + fraction
      let size = padded + String(repeating: "0", count: 26 - padded.count)
      let isZero = size.allSatisfy { $0 == "0" }
      return (
        line: "\(isNegative ? "-" : "")\(whole).\(fraction) \(index)\n",
        isNegative: isNegative && !isZero, size: size
      )
    }
    func isBefore(_ a: Int, _ b: Int) -> Bool {
      let (a, b) = command.hasSuffix("-r") ? (numbers[b], numbers[a]) : (numbers[a], numbers[b])
      if a.isNegative != b.isNegative { return a.isNegative }
      return a.isNegative ? b.size < a.size : a.size < b.size
    }
    let sorted = numbers.indices.sorted { a, b in
      isBefore(a, b) || (!isBefore(b, a) && a < b)
    }
    let input = numbers.map(\.line).joined()
    #expect(output(command, input) == sorted.map { numbers[$0].line }.joined())
  }
}

extension String {
  fileprivate subscript(_ offset: Int) -> Character { self[index(startIndex, offsetBy: offset)] }
}
