// SPDX-License-Identifier: MIT
import Base
import Mutation
import Testing

@testable import ShellParser

/// Tests write `String`, which prints well when they fail.
extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

private func parse(_ text: String) throws(ParseError) -> [Statement] {
  try Script(parsing: Text(text)).block.statements
}

private func stages(_ text: String) throws -> [Stage] {
  guard case .chain(let chain) = try parse(text)[0].kind,
    case .pipeline(let pipeline) = chain.links[0].action
  else { return [] }
  return pipeline.stages
}

private func words(_ text: String) throws -> [Word] { try stages(text)[0].words }

private func literal(_ text: Text, isQuoted: Bool = false) -> Word {
  Word([.literal(text, isQuoted: isQuoted)])
}

@Suite("ShellParser")
struct ParserTests {
  @Test func wordsAreTakenApart() throws {
    #expect(
      try words("echo a 'b c' d\\ e") == [
        literal("echo"), literal("a"), literal("b c", isQuoted: true),
        Word([
          .literal("d", isQuoted: false), .literal(" ", isQuoted: true),
          .literal("e", isQuoted: false),
        ]),
      ])
    let variable = Expression(source: .variable(namespace: "", name: "x"))
    #expect(try words("echo $x \"$x!\"")[1] == Word([.string(variable)]))
    #expect(
      try words("echo $x \"$x!\"")[2] == Word([.string(variable), .literal("!", isQuoted: true)]))
    #expect(try words("echo {a,b}")[1] == Word([.alternatives([literal("a"), literal("b")])]))
  }

  @Test func mostWordsAreKnownToBeSimple() throws {
    let found = try words("a 'b*' b* c\\ d $e $e[0] ${f::g} $((1)) @h ~ '' \"$i\"").map { $0.form }
    #expect(
      found == [
        .plain("a"), .plain("b*"), .general, .general, .variable("e"), .general, .general, .general,
        .general, .general, .plain(""), .variable("i"),
      ])
  }

  @Test func bracketsAreArraysOrPatterns() throws {
    guard case .list(let elements, nil) = try words("echo [a b]")[1].parts[0] else {
      Issue.record("no array")
      return
    }
    #expect(elements == [literal("a"), literal("b")])
    #expect(try words("echo [ab]c")[1] == literal("[ab]c"))
  }

  @Test func pipesAndRedirectionsAreTold() throws {
    let found = try stages("a ^| b &| c < in > out ^>> log")
    #expect(found.map(\.pipe) == [.error, .both, nil])
    #expect(found[2].redirections.map(\.kind) == [.input, .output, .errorAppend])
    #expect(try stages("X=1 Y=2 a")[0].variables.map(\.name) == ["X", "Y"])
    #expect(try words("echo a^b c#d # e").count == 3)
  }

  @Test func hereDocumentsFollowTheirLine() throws {
    let statements = try parse("cat << END | tr a b\none $x\nEND\necho after\n")
    #expect(statements.count == 2)
    let stage = try stages("cat << 'END'\n$x\nEND\n")[0]
    #expect(stage.redirections[0].target == literal("$x\n", isQuoted: true))
  }

  @Test func blocksNest() throws {
    let text = """
      fn f a:int b:[str] -- says
        if test $a -eq 1 && true; echo one
        else if false
          while true; break; end
        else; for x y in @b; echo $x; end; end
      end
      match $x; case 1; echo one
      case _ if true; echo other; end
      """
    let statements = try parse(text)
    #expect(statements.count == 2)
    guard case .function(let function) = statements[0].kind else {
      Issue.record("no function")
      return
    }
    #expect(function.name == "f")
    #expect(function.parameters.map(\.type) == [.int, .array(.string)])
    #expect(function.documentation == "says")
  }

  @Test func assignmentsHaveTargetsAndOperators() throws {
    guard case .chain(let chain) = try parse("let a:int b[1] c[] //= 1 2 [3]")[0].kind,
      case .assignment(let assignment) = chain.links[0].action
    else {
      Issue.record("no assignment")
      return
    }
    #expect(assignment.operation == .divideWhole)
    #expect(assignment.targets.map(\.name) == ["a", "b", "c"])
    #expect(assignment.targets.map(\.type) == [.int, nil, .array(.string)])
    #expect(assignment.values.count == 3)
  }

  @Test(arguments: [
    ("echo 'a", ParseError.Cause.unterminatedSingleQuote, 1, 6),
    ("echo\necho \"a", .unterminatedDoubleQuote, 2, 8),
    ("echo $(ls", .unterminatedProcess, 1, 6),
    ("if true\necho", .missingEnd, 1, 1),
    ("end", .endWithoutBlock, 1, 1),
    ("else", .elseWithoutIf, 1, 1),
    ("a | | b", .missingCommand, 1, 5),
    ("a )", .unexpectedClosing(0x29), 1, 3),
    ("let = 1", .missingKey, 1, 6),
    ("let a 1", .missingOperator, 1, 8),
    ("fn f a a; end", .repeatedParameter, 1, 8),
    ("let a:cat = 1", .invalidType, 1, 7),
    ("cat << E\nx", .unterminatedHereDocument, 1, 9),
  ])
  func errorsHavePlaces(text: String, cause: ParseError.Cause, line: Int, column: Int) {
    do throws(ParseError) {
      _ = try parse(text)
      Issue.record("\(text) was read")
    } catch {
      #expect(error.cause == cause)
      #expect([error.line, error.column] == [line, column])
      #expect(error.message.string.hasPrefix("\(line):\(column): "))
    }
  }

  @Test func aCommentIsNotTheNameOfAFunction() throws {
    #expect(try words("fn # all of them") == [literal("fn")])
  }

  @Test func nestingHasALimit() {
    for opening in ["$(", "[", "{", "if true; ", "fn f; ", "$((", "\"$("] {
      let text = "echo " + String(repeating: opening, count: 100_000)
      #expect(throws: ParseError.self) { try parse(text) }
    }
  }

  /// Ten times the text takes about ten times as long, not a hundred times.
  @Test(arguments: [
    "echo a b $x \"$y\"\n", "[", "echo [a ", "a ", "{a,b}", "'x'", "$x", "\\\n", "# c\n",
    "let x = [a b]\n", "a;", "a &&\n", "cat <<< x\n", "[[x]", "{[", "a&\n",
  ])
  func timeGrowsWithLength(piece: String) {
    func time(_ count: Int) -> Duration {
      let text = Text("echo " + String(repeating: piece, count: count))
      return ContinuousClock().measure { _ = try? Script(parsing: text) }
    }
    let small = time(2_000)
    let large = time(20_000)
    #expect(large < small * 60 + .milliseconds(200))
  }

  @Test func anyBytesAreReadOrRefused() {
    let seeds = [
      "fn f a:int -- x\nif test $a -eq 1 && true; echo one | cat; else; for x in @b; end; end\nend\n",
      "let a[0]:[int] \\\\= [1 {2,3} @(seq 1 2)[1..2]] $((x + (2))) \"${c::red}$join(a ', ')\"\n",
      "match [a b]; case x if true; echo ~/x*[a-z]?; case _; cat << E &\n$x\nE\nend\n",
    ]
    var mutator = Mutator(examples: seeds.map { Array($0.utf8) }, seed: 1)
    for _ in 0..<5_000 {
      do throws(ParseError) { _ = try Script(parsing: Text(mutator.mutate())) } catch {
        #expect(error.line > 0 && error.column > 0)
      }
    }
  }
}

@Test func aScriptIsReadStatementByStatementAsInOnePiece() throws {
  let text: Text = "echo a; if true\n echo b\nend\n# c\nfn f x\n  echo $x &\nend\nf 1 | cat\n\n"
  var reader = try ScriptReader(text)
  var statements: [Statement] = []
  while let statement = try reader.next() { statements.append(statement) }
  #expect(try Script(parsing: text).block.statements == statements)
}

@Test(arguments: ["echo a\nend", "echo a; if true\necho b", "echo )", "echo a\n| cat"] as [Text])
func readingInStepsFailsWhereReadingWholeDoes(text: Text) throws {
  let whole = #expect(throws: ParseError.self) { try Script(parsing: text) }
  let inSteps = #expect(throws: ParseError.self) {
    var reader = try ScriptReader(text)
    while try reader.next() != nil {}
  }
  #expect(whole?.message == inSteps?.message)
}
