// SPDX-License-Identifier: MIT
import Base
import Mutation
import TOML
import Testing

@testable import InitScript

private func unit(_ name: String, _ text: String) throws(UnitError) -> InitUnit {
  try InitUnit(parsing: Array(text.utf8), name: Text(name), file: Text(name))
}

private func message(_ name: String, _ text: String) -> String {
  do throws(UnitError) {
    _ = try unit(name, text)
    return "none"
  } catch { return error.message.string }
}

private func file(_ name: String, _ text: String) -> UnitCollection.File {
  UnitCollection.File(name: Text(name), path: Text("d/" + name), bytes: Array(text.utf8))
}

private let plain = "[unit]\n[service]\ncmd = 'x'\ntype = 'notify'\n"

@Suite struct InitUnitTests {
  @Test func aServiceIsRead() throws {
    let unit = try unit(
      "00_randd.service",
      """
      [unit]
      description = "Random numbers" # for all
      default_dependencies = false
      requires_weak = ["00_logd.service", "05_old"]
      condition_architecture = ["x86_64", "aarch64"]
      condition_board = ['pi']

      [service]
      cmd = "randd"
      args = ["-v", "$SEED", "a b"]
      envs = { LEVEL = "3", "EMPTY" = '' }
      inherit_envs = ["DISPLAY"]
      type = { scheme = "rand" }
      """)
    #expect(unit.description == "Random numbers" && !unit.hasDefaultRequirements)
    #expect(unit.requirements == ["00_logd.service", "05_old"])
    #expect(unit.architectures == ["x86_64", "aarch64"] && unit.boards == ["pi"])
    let step = try #require(unit.steps.first)
    #expect(unit.steps.count == 1 && step.kind == .notify && step.line == 9)
    #expect(step.service == "randd" && step.scheme == "rand" && step.inherited == ["DISPLAY"])
    #expect(step.command.words == ["randd", "-v", "$SEED", "a b"])
    #expect(step.command.environment.map(\.name) == ["LEVEL", "EMPTY"])
    let expanded = step.command.expanded { _ in "9" }
    #expect(expanded.arguments == ["-v", "9", "a b"])
    #expect(unit.isFor(architecture: "aarch64", board: "pi"))
    #expect(!unit.isFor(architecture: "riscv64gc", board: "pi"))
    #expect(!unit.isFor(architecture: "x86_64", board: ""))
  }

  @Test func typesAreRead() throws {
    for (type, kind) in [
      ("notify", .notify), ("oneshot", .run), ("oneshot_async", .nowait),
    ] as [(String, UnitStep.Kind)] {
      let step = try unit("x.service", "[unit]\n[service]\ncmd='x'\ntype='\(type)'").steps[0]
      #expect(step.kind == kind && step.scheme == nil)
    }
  }

  @Test func aTargetDoesNothing() throws {
    let target = try unit("00_base.target", "[unit]\nrequires_weak = ['a', 'b@c.service']\n")
    #expect(target.steps.isEmpty && target.requirements == ["a", "b@c.service"])
    #expect(target.isFor(architecture: "any", board: "") && target.hasDefaultRequirements)
  }

  @Test func aScriptIsAUnit() throws {
    let script = try unit("00_base", "requires_weak a\n\nnotify b\nA=1 nowait c\nd e")
    #expect(script.requirements == ["a"])
    #expect(script.steps.map(\.kind) == [.notify, .nowait, .run])
    #expect(script.steps.map(\.line) == [3, 4, 5])
    #expect(script.steps.allSatisfy { $0.service == nil && $0.scheme == nil })
  }

  static let mistakes: [(String, String, String)] = [
    ("a.conf", "", "a.conf: a unit's name ends in .service or .target, or has no dot"),
    ("a", "notify", "a:1: there is no program to start"),
    ("a.target", "[unit", "a.target:1:6: the table's header is not closed"),
    ("a.target", "", "a.target:1:1: the table is missing: [unit]"),
    ("a.service", "[unit]", "a.service:1:1: the table is missing: [service]"),
    ("a.target", plain, "a.target:2:2: units have no such table: service"),
    ("a.service", plain + "[install]", "a.service:5:2: units have no such table: install"),
    ("a.service", "x = 1\n" + plain, "a.service:1:1: there is no such key: x"),
    ("a.service", "[unit]\nafter=[]", "a.service:2:1: there is no such key: after"),
    ("a.service", plain + "user = 'x'", "a.service:5:1: there is no such key: user"),
    ("a.service", "[unit]\n[service]\ntype='notify'", "a.service:1:1: the key is missing: cmd"),
    ("a.service", "[unit]\n[service]\ncmd='x'", "a.service:1:1: the key is missing: type"),
    (
      "a.service", "[unit]\n[service]\ncmd=''\ntype='notify'",
      "a.service:3:1: words are not empty and hold no zero byte: cmd"
    ),
    (
      "a.service", "[unit]\n[service]\ncmd=1\ntype='notify'",
      "a.service:3:1: a string is expected: cmd"
    ),
    (
      "a.service", "[unit]\n[service]\ncmd='x'\ntype='forking'",
      "a.service:4:1: type is notify, oneshot, oneshot_async or {scheme = NAME}, not: forking"
    ),
    (
      "a.service", "[unit]\n[service]\ncmd='x'\ntype={scheme='a', b=1}",
      "a.service:4:1: type is notify, oneshot, oneshot_async or {scheme = NAME}, not: type"
    ),
    (
      "a.service", "[unit]\n[service]\ncmd='x'\ntype={scheme='a/b'}",
      "a.service:4:7: a scheme's name has 1 to 63 bytes without slash, colon and controls: a/b"
    ),
    ("a.service", plain + "args='x'", "a.service:5:1: a list of strings is expected: args"),
    ("a.service", plain + "args=['x',\n 1]", "a.service:6:2: a list of strings is expected: args"),
    ("a.service", plain + "args=['$1x']", "a.service:5:1: this is no variable's name: $1x"),
    ("a.service", plain + "envs=['A']", "a.service:5:1: a table of strings is expected: envs"),
    ("a.service", plain + "envs={A=1}", "a.service:5:7: a table of strings is expected: A"),
    ("a.service", plain + "envs={'A B'='1'}", "a.service:5:7: this is no variable's name: A B"),
    ("a.service", plain + "inherit_envs=['-']", "a.service:5:1: this is no variable's name: -"),
    (
      "a.target", "[unit]\ndefault_dependencies='no'",
      "a.target:2:1: true or false is expected: default_dependencies"
    ),
    ("a.target", "[unit]\nrequires_weak=['a/b']", "a.target:2:1: this is no unit's name: a/b"),
    ("a.target", "[unit]\nrequires_weak=['']", "a.target:2:1: this is no unit's name: "),
    (
      "a.target", "[unit]\nrequires_weak=['a@.service']",
      "a.target:2:1: this is no unit's name: a@.service"
    ),
    (
      "a.target", "[unit]\nrequires_weak=['a.socket']",
      "a.target:2:1: this is no unit's name: a.socket"
    ),
    ("a.target", "[unit]\n[unit]", "a.target:2:2: the key is defined already"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamed(_ name: String, _ text: String, _ expected: String) {
    #expect(message(name, text) == expected)
  }

  @Test func namesAreTakenApart() {
    #expect(UnitName("00_logd.service")?.service == "logd")
    #expect(UnitName("logd.service")?.service == "logd")
    #expect(UnitName("_logd.service")?.service == "_logd")
    #expect(UnitName("a1_logd.service")?.service == "a1_logd")
    #expect(UnitName("00_.service")?.service == "00_")
    #expect(UnitName("10_ramfs@tmp.service")?.service == "ramfs@tmp")
    #expect(UnitName("ramfs@a@b.service")?.instance?.name == "a@b")
    #expect(UnitName("ramfs@a@b.service")?.instance?.template == "ramfs@.service")
    #expect(UnitName("ramfs@.service")?.isTemplate == true)
    #expect(UnitName("ramfs@.service")?.instance == nil)
    #expect(UnitName("ramfs@tmp")?.instance == nil && UnitName("x.y") == nil)
  }
}

@Suite struct UnitCollectionTests {
  @Test func templatesGiveWhatIsRequired() {
    let found = UnitCollection([
      file(
        "ramfs@.service",
        """
        [unit]
        description = "$INSTANCE, and $INSTANCE"
        requires_weak = ["log@$INSTANCE.target"]
        [service]
        cmd = "ramfs"
        args = ["$INSTANCE", "/scheme/$INSTANCE", "$HOME"]
        envs = { WHO = "$INSTANCE" }
        type = { scheme = "$INSTANCE" }
        """),
      file("log@.target", "[unit]"),
      file("50_root.target", "[unit]\nrequires_weak=['ramfs@tmp.service', 'no@x.service']"),
      file("60_script", "requires_weak ramfs@tmp.service ramfs@run.service"),
    ])
    #expect(found.errors.isEmpty && found.refused.isEmpty)
    #expect(
      found.units.map(\.name.string).sorted() == [
        "50_root.target", "60_script", "log@run.target", "log@tmp.target", "ramfs@run.service",
        "ramfs@tmp.service",
      ])
    let instance = found.units.first { $0.name == "ramfs@tmp.service" }
    #expect(instance?.description == "tmp, and tmp")
    #expect(instance?.steps[0].command.words == ["ramfs", "tmp", "/scheme/tmp", "$HOME"])
    #expect(instance?.steps[0].scheme == "tmp" && instance?.steps[0].service == "ramfs@tmp")
    #expect(instance?.steps[0].command.environment[0].value == "tmp")
  }

  @Test func aWrongTemplateIsNamedOnceForEachInstance() {
    let found = UnitCollection([
      file("a@.service", "[unit]\nx=1"), file("b", "requires_weak a@1.service a@2.service"),
      file("c", "requires_weak a@1.service"),
    ])
    #expect(
      found.errors.map(\.message.string)
        == Array(
          repeating: "d/a@.service:2:1: there is no such key: x", count: 2))
  }

  @Test func templatesWithoutEndEnd() {
    let found = UnitCollection([
      file("a@.target", "[unit]\nrequires_weak=['a@x$INSTANCE.target']"),
      file("b", "requires_weak a@x.target"),
    ])
    #expect(found.units.count <= 300)
    #expect(found.refused.count == 1 || !found.errors.isEmpty)
  }

  @Test func allComeAfterTheRuntimeButWhatItWaitsFor() {
    let found = UnitCollection([
      file(
        "00_runtime.target",
        "[unit]\ndefault_dependencies=false\nrequires_weak=['00_a.service', '00_old']"),
      file(
        "00_a.service", "[unit]\nrequires_weak=['00_b.service']\n[service]\ncmd='a'\ntype='notify'"),
      file("00_b.service", plain), file("00_old", "x"), file("10_new", "y"),
      file("10_c.service", plain),
      file("10_d.service", plain.replacing("[unit]", with: "[unit]\ndefault_dependencies=false")),
    ])
    #expect(found.errors.isEmpty)
    let late = found.units.filter { $0.requirements.contains("00_runtime.target") }
    #expect(late.map(\.name.string).sorted() == ["10_c.service", "10_new"])
    let graph = try? UnitGraph(
      found.units.map { UnitGraph.Unit(name: $0.name, requirements: $0.requirements) })
    #expect(graph?.groups.count == 4)
  }

  @Test func withoutARuntimeNothingIsAdded() {
    let found = UnitCollection([file("10_c.service", plain)])
    #expect(found.units[0].requirements.isEmpty)
  }

  @Test func environmentFilesAreRead() {
    let file = EnvironmentFile(
      parsing: Array("# x\n A=1\n\nB= two words \n=3\nC\nD=a=b\r\n1E=2\n".utf8))
    #expect(file.variables.map(\.name) == ["A", "B", "D"])
    #expect(file.variables.map(\.value) == ["1", " two words", "a=b"])
    #expect(file.wrongLines == [5, 6, 8])
    #expect(EnvironmentFile(parsing: [UInt8](repeating: 0x41, count: 70_000)).wrongLines == [1])
  }
}

@Test(arguments: [1, 2] as [UInt64])
func unitsTakeAnyBytes(seed: UInt64) {
  let examples =
    InitUnitTests.mistakes.map { $0.1 } + [
      plain + "args=['$INSTANCE']\n", "[unit]\nrequires_weak=['a@$INSTANCE.service']\n",
    ]
  var mutator = Mutator(examples: examples.map { Array($0.utf8) }, seed: seed)
  for _ in 0..<10_000 {
    let files = ["a@.service", "b.service", "c.target", "d"].map {
      UnitCollection.File(name: Text($0), path: "x", bytes: mutator.mutate())
    }
    let found = UnitCollection(files + [file("e", "requires_weak a@1.service")])
    for error in found.errors { #expect(!error.message.isEmpty) }
    for unit in found.units {
      #expect(unit.steps.allSatisfy { !$0.command.words.isEmpty && $0.line >= 1 })
    }
  }
}
