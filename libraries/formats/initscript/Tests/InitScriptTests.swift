// SPDX-License-Identifier: MIT
import Base
import Mutation
import Testing

@testable import InitScript

/// Tests write `String`, which prints well when they fail.
extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

private func parse(_ script: String) throws(InitScriptError) -> InitScript {
  try InitScript(parsing: Array(script.utf8), file: "00_test")
}

private func command(_ words: Text...) -> InitCommand {
  InitCommand(environment: [], words: words)
}

@Suite("InitScript")
struct InitScriptTests {
  @Test func theBaseScriptIsRead() throws {
    let script = try parse(
      """
      # Clear and recreate tmpdir with 0o1777 permission
      rm -rf /tmp
      mkdir -m a=rwxt /tmp

      notify ipcd # Start IPC coordinator
      notify ptyd # Start pseudo-terminal daemon
      nowait sudo --daemon # Start privilege daemon
      """)
    #expect(
      script.steps == [
        InitStep(line: 2, action: .run(command("rm", "-rf", "/tmp"))),
        InitStep(line: 3, action: .run(command("mkdir", "-m", "a=rwxt", "/tmp"))),
        InitStep(line: 5, action: .notify(command("ipcd"))),
        InitStep(line: 6, action: .notify(command("ptyd"))),
        InitStep(line: 7, action: .nowait(command("sudo", "--daemon"))),
      ])
    #expect(script.requirements.isEmpty)
  }

  @Test func theDriverAndNetworkScriptsAreRead() throws {
    let drivers = try parse("requires_weak 00_base\npcid-spawner # PCI device manager\n")
    #expect(drivers.requirements == ["00_base"])
    #expect(drivers.steps.last == InitStep(line: 2, action: .run(command("pcid-spawner"))))
    let network = try parse(
      "requires_weak 00_drivers\nnotify smolnetd # Start network stack\nnowait dhcpd")
    #expect(network.requirements == ["00_drivers"])
    #expect(network.steps.count == 3)
  }

  @Test func severalRequirementsAddUp() throws {
    let script = try parse("requires_weak a b\nx\nrequires_weak c # and no d\n")
    #expect(script.requirements == ["a", "b", "c"])
  }

  @Test func assignmentsStandBeforeTheProgram() throws {
    let script = try parse("A=1 B= notify C==x a=b cmd D=4 x=y\n")
    guard case .notify(let command)? = script.steps.first?.action else {
      Issue.record("not a notify step")
      return
    }
    #expect(
      command.environment.map { "\($0.name.string)=\($0.value.string)" }
        == ["A=1", "B=", "C==x", "a=b"])
    #expect(command.words == ["cmd", "D=4", "x=y"])
  }

  @Test func onlyWholeWordsAreReplaced() {
    let values: [Text: Text] = ["HOME": "/home/user", "TWO": "two words", "program": "ls"]
    let expanded = command("$program", "$HOME", "x$HOME", "$TWO", "$none").expanded { values[$0] }
    #expect(expanded.program == "ls")
    #expect(expanded.arguments == ["/home/user", "x$HOME", "two words", ""])
    #expect(expanded.undefined == ["none"])
  }

  @Test func aNumberSignWithinAWordIsNoComment() throws {
    let script = try parse("echo a#b #c d\n  # only a comment\n#\n\t\n")
    #expect(script.steps == [InitStep(line: 1, action: .run(command("echo", "a#b")))])
  }

  @Test func quotesMeanNothing() throws {
    let script = try parse("echo 'a b' \"c\"")
    #expect(script.steps.map(\.action) == [.run(command("echo", "'a", "b'", "\"c\""))])
  }

  @Test func lineEndsOfOtherSystemsAreWhiteSpace() throws {
    let script = try parse("notify ipcd\r\nnowait x\r\n")
    #expect(script.steps.map(\.line) == [1, 2])
    #expect(script.steps.first?.action == .notify(command("ipcd")))
  }

  @Test(
    arguments: [
      ("x\nnotify # nothing", 2, .programMissing), ("nowait", 1, .programMissing),
      ("A=1", 1, .programMissing), ("notify A=1", 1, .programMissing),
      ("requires_weak", 1, .unitMissing), ("requires_weak a/b", 1, .invalidUnit),
      ("requires_weak a ..", 1, .invalidUnit), ("A=1 requires_weak x", 1, .assignmentToNothing),
      ("echo $", 1, .invalidVariable), ("echo $1", 1, .invalidVariable),
      ("echo $HOME/x", 1, .invalidVariable), ("x\n\ny\u{0}", 3, .controlCharacter),
      ("a\u{1B}[2J", 1, .controlCharacter), ("\u{7F}", 1, .controlCharacter),
      (String(repeating: "a ", count: 257), 1, .tooManyWords),
      (String(repeating: "a", count: 4097), 1, .lineTooLong),
      (String(repeating: "a\n", count: 40_000), 1, .scriptTooLong),
    ] as [(String, Int, InitScriptError.Cause)])
  func errorsNameLineAndCause(_ script: String, _ line: Int, _ cause: InitScriptError.Cause) {
    do throws(InitScriptError) {
      _ = try parse(script)
      Issue.record("the script was accepted")
    } catch {
      #expect(error.cause == cause)
      #expect(error.line == line)
      #expect(error.message.string.hasPrefix("00_test:\(line): "))
    }
  }

  @Test func theLimitsThemselvesAreAllowed() throws {
    #expect(try parse(String(repeating: "a ", count: 256)).steps.count == 1)
    #expect(try parse(String(repeating: "a", count: 4096)).steps.count == 1)
    #expect(try parse(String(repeating: "a\n", count: 32_768)).steps.count == 32_768)
  }
}

@Suite("UnitGraph")
struct UnitGraphTests {
  private func graph(_ units: [(String, [String])]) throws(UnitGraphError) -> UnitGraph {
    try UnitGraph(
      units.map { .init(name: Text($0), requirements: $1.map { Text($0) }) })
  }

  @Test func independentUnitsStartTogether() throws {
    let graph = try graph([
      ("10_net", ["00_drivers"]), ("00_base", []), ("00_drivers", ["00_base"]),
      ("20_audio", ["00_drivers"]), ("30_console", []),
    ])
    #expect(
      graph.groups.map { $0.map { graph.names[$0].string } }
        == [["00_base", "30_console"], ["00_drivers"], ["10_net", "20_audio"]])
    #expect(graph.dependents[1] == [2, 3])
    #expect(graph.missing.isEmpty)
  }

  @Test func aMissingUnitHoldsNothingUp() throws {
    let graph = try graph([("a", ["gone", "b"]), ("b", [])])
    #expect(graph.groups == [[1], [0]])
    #expect(graph.missing == [UnitGraph.Missing(unit: "a", requirement: "gone")])
  }

  @Test func aRequirementCountsOnce() throws {
    let graph = try graph([("a", ["b", "b"]), ("b", [])])
    #expect(graph.requirements == [[1], []])
    #expect(graph.dependents == [[], [0]])
  }

  @Test func aCycleIsNamed() {
    #expect(throws: UnitGraphError.cycle(["b", "d", "c"])) {
      _ = try graph([
        ("a", ["b"]), ("d", ["c"]), ("b", ["ok", "d"]), ("c", ["b"]), ("ok", []), ("e", ["a"]),
      ])
    }
    #expect(
      UnitGraphError.cycle(["b", "d", "c"]).message
        == "units wait for one another: b requires d requires c requires b")
    #expect(throws: UnitGraphError.cycle(["a"])) { _ = try graph([("a", ["a"])]) }
  }

  @Test func aNameStandsOnce() {
    #expect(throws: UnitGraphError.duplicate("a")) { _ = try graph([("a", []), ("a", [])]) }
  }

  @Test func theOrderOfUnitsDoesNotMatter() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let count = Int(generator.next() % 20)
      let units = (0..<count).map { number in
        (
          "u\(number)",
          (0..<3).map { _ in "u\(generator.next() % 20)" }.filter { $0 < "u\(number)" }
        )
      }
      let first = try graph(units)
      #expect(try graph(units.shuffled(using: &generator)) == first)
      var started: Set<Int> = []
      for group in first.groups {
        for unit in group { #expect(started.isSuperset(of: first.requirements[unit])) }
        started.formUnion(group)
      }
      #expect(started.count == count)
    }
  }

  @Test func aLongChainIsNoProblem() throws {
    let units = (0..<5_000).map { ("\(100_000 + $0)", $0 == 0 ? [] : ["\(99_999 + $0)"]) }
    #expect(try graph(units).groups.count == 5_000)
  }
}

@Test(arguments: [41, 42] as [UInt64])
func hostileScriptsDoNotTrap(seed: UInt64) {
  let examples = [
    "# base\nrm -rf /tmp\nnotify ipcd # x\nnowait sudo --daemon\n",
    "requires_weak 00_base 10_net\nA=1 B=$x notify C=3 $HOME -x a=b\n\n\t# y\nPATH=/bin $sh\n",
  ]
  var mutator = Mutator(examples: examples.map { Array($0.utf8) }, seed: seed)
  var accepted = 0
  var wrong = 0
  for _ in 0..<50_000 {
    guard let script = try? InitScript(parsing: mutator.mutate(), file: "x") else { continue }
    accepted += 1
    for step in script.steps {
      switch step.action {
      case .requiresWeak(let units): wrong += units.isEmpty ? 1 : 0
      case .run(let command), .notify(let command), .nowait(let command):
        let expanded = command.expanded { _ in nil }
        wrong += expanded.arguments.count == command.words.count - 1 ? 0 : 1
      }
    }
  }
  #expect(wrong == 0)
  #expect(accepted > 1_000, "the mutations are so coarse that they test nothing")
}
