// SPDX-License-Identifier: MIT
import Base
import ShellParser
import Testing

@testable import ShellExpander

extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// A shell with some variables and files, whose commands print what they are.
final class StubContext: ExpansionContext {
  var expansionDepth = 0
  var variables: [String: Value] = [
    "x": .string("one two"), "empty": .string(""), "n": .string("7"),
    "list": Value(["a", "b c", "d"]), "none": .array([]), "star": .string("*"),
  ]

  func value(namespace: Text, name: Text) throws(ExpansionError) -> Value? {
    variables[name.string]
  }

  func output(of block: Block) throws(ExpansionError) -> Text { "1  2\n3\n\n" }
  func names(in directory: Text) -> [Text]? {
    if directory == "many" {
      return (0..<100_000).map { number in Text { $0.put(decimal: UInt64(number)) } }
    }
    return directory == "."
      ? ["b.txt", "a.txt", ".hidden", "dir"] : directory == "dir" ? ["c.txt"] : nil
  }
  func exists(_ path: Text) -> Bool { path == "dir" || path == "dir/c.txt" || path == "many" }
  func isLink(_ path: Text) -> Bool { false }
  func home(of user: Text) -> Text? { user.isEmpty ? "/home/me" : nil }
}

private func expand(_ text: String) throws -> [String] {
  guard
    case .chain(let chain) = try Script(parsing: Text("echo " + text)).block.statements[0].kind,
    case .pipeline(let pipeline) = chain.links[0].action
  else { return [] }
  let words = Array(pipeline.stages[0].words.dropFirst())
  return try Expander(StubContext()).texts(of: words).map(\.string)
}

@Test func aHundredThousandNamesAreFound() throws {
  let names = try expand("many/*")
  #expect(names.count == 100_000)
  #expect(names.first == "many/0" && names.last == "many/99999")
  #expect(try expand("many/*9999?").count == 10)
}

private func failure(_ text: String) -> String? {
  do {
    _ = try expand(text)
    return nil
  } catch let error as ExpansionError { return error.message.string } catch { return "\(error)" }
}

@Suite("ShellExpander")
struct ExpanderTests {
  @Test(arguments: [
    ("**/*.txt", ["a.txt", "b.txt", "dir/c.txt"]), ("**/c.txt", ["dir/c.txt"]),
    ("**", ["a.txt", "b.txt", "dir", "dir/c.txt"]), ("dir/**/*", ["dir/c.txt"]),
    ("**/**/*.txt", ["a.txt", "b.txt", "dir/c.txt"]), ("**/*.no", ["**/*.no"]),
    ("*/", ["dir/"]), ("d*/", ["dir/"]), ("a*/", ["a*/"]),
  ])
  func patternsGoDown(text: String, words: [String]) throws {
    #expect(try expand(text) == words)
  }

  @Test(arguments: [
    ("stra\u{DF}e", "STRASSE", "stra\u{DF}e"), ("ÄÖÜ äöü", "ÄÖÜ ÄÖÜ", "äöü äöü"),
    ("Ÿÿ", "ŸŸ", "ÿÿ"), ("Žluťoučký", "ŽLUŤOUČKÝ", "žluťoučký"),
    ("ΑΒΓ άέήίόύώς", "ΑΒΓ ΆΈΉΊΌΎΏΣ", "αβγ άέήίόύώς"), ("Ёж ҐЇ", "ЁЖ ҐЇ", "ёж ґї"),
    ("Աբ", "ԱԲ", "աբ"), ("Ａｂ", "ＡＢ", "ａｂ"), ("日本 9", "日本 9", "日本 9"), ("Ắằ", "ẮẰ", "ắằ"),
  ])
  func lettersHaveCases(text: String, upper: String, lower: String) {
    #expect(LetterCase.convert(Text(text), toUpper: true).string == upper)
    #expect(LetterCase.convert(Text(text), toUpper: false).string == lower)
  }

  /// All that the rules change agrees with Unicode's own tables.
  @Test func casesAgreeWithUnicode() {
    for value in UInt32(0x80)...0xFFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for (toUpper, mapped) in [
        (true, scalar.properties.uppercaseMapping), (false, scalar.properties.lowercaseMapping),
      ] {
        let found = LetterCase.convert(Text(String(scalar)), toUpper: toUpper).string
        // Rules name one letter where Unicode has it with a dot of its own.
        if found != String(scalar), value != 0x130 {
          #expect(found == mapped, "\(String(value, radix: 16))")
        }
      }
    }
  }

  @Test func bytesThatAreNoTextKeepTheirCase() {
    let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x41]
    #expect(LetterCase.convert(Text(bytes), toUpper: true).bytes == [0x41, 0xFF, 0xC3, 0x41])
  }

  @Test(arguments: [
    ("$x", ["one two"]), ("\"$x\"", ["one two"]), ("'$x'", ["$x"]), ("$empty", [""]),
    ("@list", ["a", "b c", "d"]), ("\"@list\"", ["a b c d"]), ("@none", []),
    ("<@list>".replacing("<", with: "-").replacing(">", with: "+"), ["-a", "b c", "d+"]),
    ("@list[1]", ["b c"]), ("@list[-1]", ["d"]), ("@list[..2]", ["a", "b c"]),
    ("@list[0,2..]", ["a", "d"]), ("@list[2,-1..]", ["d", "b c", "a"]), ("$x[..3]", ["one"]),
    ("$(cmd)", ["1  2\n3"]), ("@(cmd)", ["1", "2", "3"]), ("@(cmd)[1]", ["2"]),
    ("[a [b c]][1]", ["b"]), ("~", ["/home/me"]), ("~/x", ["/home/me/x"]), ("a~", ["a~"]),
  ])
  func variablesExpand(text: String, words: [String]) throws {
    #expect(try expand(text) == words)
  }

  @Test(arguments: [
    ("{a,b}{1,2}", ["a1", "a2", "b1", "b2"]), ("x{a,}", ["xa", "x"]), ("{}", ["{}"]),
    ("{1..4}", ["1", "2", "3"]), ("{1...3}", ["1", "2", "3"]), ("{3..=1}", ["3", "2", "1"]),
    ("{0..2...4}", ["0", "2", "4"]), ("{a..c}", ["a", "b"]), ("{a,{b,c}d}", ["a", "bd", "cd"]),
    ("{1...2,x}", ["1", "2", "x"]),
  ])
  func bracesMultiply(text: String, words: [String]) throws {
    #expect(try expand(text) == words)
  }

  @Test(arguments: [
    ("*.txt", ["a.txt", "b.txt"]), ("*", ["a.txt", "b.txt", "dir"]), ("[a]*", ["a.txt"]),
    ("?.txt", ["a.txt", "b.txt"]), ("'*'", ["*"]), ("$star", ["*"]), ("x*", ["x*"]),
    ("dir/*", ["dir/c.txt"]), ("*/c.txt", ["dir/c.txt"]), ("[!a].txt", ["b.txt"]),
    (".h*", [".hidden"]), ("{a*,x*}", ["a.txt"]),
  ])
  func patternsFindNames(text: String, words: [String]) throws {
    #expect(try expand(text) == words)
  }

  @Test(arguments: [
    ("$((1 + 2 * 3))", "7"), ("$((n * (n + 1)))", "56"), ("$((2 ** 3 ** 2))", "512"),
    ("$((7 / 2))", "3.5"), ("$((8 / 2))", "4"), ("$((7 // 2))", "3"), ("$((-7 % 3))", "-1"),
    ("$((1 << 100))", "1267650600228229401496703205376"), ("$((-2 ** 2))", "-4"), ("$((3²))", "9"),
    ("$((6 & 3 | 8))", "10"), ("$((~0))", "-1"), ("$((0x10 + .5))", "16.5"),
    ("$((99999999999 * 99999999999))", "9999999999800000000001"),
    (
      "$((-170141183460469231731687303715884105727 // 10))",
      "-17014118346046923173168730371588410572"
    ),
  ])
  func arithmeticCalculates(text: String, result: String) throws {
    #expect(try expand(text) == [result])
  }

  @Test(arguments: [
    ("$len(x)", ["7"]), ("$len(@list)", ["3"]), ("$len(\"äé👍🏽\")", ["3"]),
    ("$replace(x one 1)", ["1 two"]), ("$replacen(\"aaa\" a b 2)", ["bba"]),
    ("$join(list \"\\n\")", ["a\nb c\nd"]), ("@split(x)", ["one", "two"]),
    ("@split(\"a,b\" ',')", ["a", "b"]), ("$basename(\"/a/b.c\")", ["b.c"]),
    ("$filename(\"/a/b.c\")", ["b"]), ("$extension(\"/a/b.c\")", ["c"]),
    ("$parent(\"/a/b\")", ["/a"]),
    ("$to_uppercase(x)", ["ONE TWO"]), ("$reverse(\"abc\")", ["cba"]), ("$or($nothing y)", ["y"]),
    ("$find(\"abc\" c)", ["2"]), ("$repeat(\"ab\" 2)", ["abab"]), ("$trim(\" a \")", ["a"]),
    ("@reverse(list)", ["d", "b c", "a"]), ("@bytes(\"ab\")", ["97", "98"]),
    ("@split_at(\"abc\" 1)", ["a", "bc"]), ("@subst(@none [y])", ["y"]),
    ("$regex_replace(\"a1b22\" '[0-9]+' '<$0>')", ["a<1>b<22>"]), ("$escape(\"a'b\")", ["a\\'b"]),
  ])
  func methodsAnswer(text: String, words: [String]) throws {
    #expect(try expand(text) == words)
  }

  @Test(arguments: [
    ("$nothing", "Variable \"nothing\" does not exist"),
    ("@list[3]", "Invalid index 3 for sequence with length 3"),
    ("@list[2..9]", "Invalid range between (2,9) for sequence with length 3"),
    ("$((1 / 0))", "attempted to divide by zero"),
    ("$((1 +))", "the arithmetic expression ends too early"),
    ("$frob(x)", "'frob' is an unknown string method"), ("{1...99999999999}", "too many words"),
    ("{1...999}{1...999}{1...999}", "too many words"),
  ])
  func errorsSayWhy(text: String, message: String) {
    #expect(failure(text) == message)
  }
}
