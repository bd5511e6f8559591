// SPDX-License-Identifier: MIT
import ArgumentParser
import Checks
import Documentation
import Guest
import Host
import Project

/// `apus test`: everything that can be checked, ending with one line of figures.
struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the tests; ends with the line 'N passed, N failed'.",
    discussion: """
      Without a name everything runs. Names are steps (rules, libraries, kernel, userland, tools, \
      aarch64, documents, volumes, boot, panic, disks, images, powercut), a test program of the \
      tests package, or a module with tests.
      """)

  @Argument(help: "Steps, test programs or modules.")
  var names: [String] = []

  @Option(
    help: "Arguments of the one test program that is named, whose output is shown as it comes.")
  var arguments: String?

  @Option(
    help: "With a test program, disks or powercut: only on a machine with that many processors.")
  var smp: Int?

  @Option(help: "With a test program: how many seconds it may take.")
  var timeout: Double?

  @Option(help: "With powercut: how often the machine is killed.")
  var cuts: Int?

  @Option(help: "With powercut: decides on when and how.")
  var seed: UInt64?

  @Option(help: "With powercut: how the disk is attached: virtio, nvme or ahci.")
  var diskBus: Machine.DiskBus?

  func run() throws {
    let project = Project.current()
    if cuts != nil || seed != nil || diskBus != nil || (names == ["powercut"] && smp != nil) {
      let tally = try powerCuts(project).run()
      tally.report.forEach(Output.note)
      return try finish(tally)
    }
    if let smp, names == ["disks"], arguments == nil, timeout == nil {
      guard (1...8).contains(smp) else { throw ValidationError("--smp is 1 to 8") }
      let step = TestStep("disks") { () throws(Failure) in
        try TestStep.disks(project, processorCounts: [smp])
      }
      let tally = step.run()
      tally.report.forEach(Output.note)
      return try finish(tally)
    }
    if arguments != nil || smp != nil || timeout != nil {
      let tally = try campaign(project).run()
      tally.report.forEach(Output.note)
      return try finish(tally)
    }
    let all = TestStep.all(project)
    let chosen =
      names.isEmpty
      ? all
      : names.flatMap { name in
        let steps = all.filter { $0.name == name }
        return steps.isEmpty ? TestStep.module(name, project) : steps
      }
    var total = Tally()
    for step in chosen {
      let start = ContinuousClock.now
      let tally = step.run()
      tally.report.forEach(Output.note)
      Output.note("\(step.name): \(tally.summary) in \(seconds(since: start))")
      total.add(tally)
    }
    try finish(total)
  }

  /// The campaign of power cuts, as it was asked for.
  private func powerCuts(_ project: Project) throws -> TestStep {
    guard names == ["powercut"], arguments == nil, timeout == nil else {
      throw ValidationError("--cuts, --seed and --disk-bus go with powercut alone")
    }
    var campaign = PowerCutCampaign(project: project, report: Output.line)
    campaign.cuts = cuts ?? 50
    campaign.processorCount = smp ?? 1
    campaign.seed = seed ?? UInt64.random(in: 1...999_999)
    campaign.bus = diskBus ?? .virtio
    guard (1...100_000).contains(campaign.cuts), (1...8).contains(campaign.processorCount) else {
      throw ValidationError("--cuts is above 0, --smp is 1 to 8")
    }
    return TestStep("powercut") { [campaign] () throws(Failure) in try campaign.run() }
  }

  private func finish(_ total: Tally) throws {
    Output.line(total.summary)
    if total.failed > 0 { throw ExitCode(1) }
  }

  /// One test program's campaign with other arguments, on another machine, or for another time.
  private func campaign(_ project: Project) throws -> TestStep {
    let known = names.first.flatMap { name in BootTest.all.first { $0.program == name } }
    guard names.count == 1, var test = known?.asCampaign else {
      throw ValidationError("--arguments, --smp and --timeout go with the name of a test program")
    }
    if let arguments { test.arguments = arguments }
    if let smp { test.processorCounts = [smp] }
    if let timeout { test.seconds = timeout }
    return TestStep(test.program) { [test] () throws(Failure) in
      try TestStep.boot([test], project, isShown: true)
    }
  }
}

/// One part of the tests.
struct TestStep {
  var name: String
  /// Runs it; an error is a failed test.
  var run: () -> Tally

  init(_ name: String, _ body: @escaping () throws(Failure) -> Tally) {
    self.name = name
    run = {
      do throws(Failure) { return try body() } catch {
        return Tally(failed: 1, report: error.lines)
      }
    }
  }

  static func all(_ project: Project) -> [TestStep] {
    var steps = [
      TestStep("rules") { () throws(Failure) in
        try orFail { () throws(HostError) in try SourceRules().run(in: project) }
      }
    ]
    for package in HostTests.packages where Files.exists(project.path("\(package)/Package.swift")) {
      steps.append(
        TestStep(package) { () throws(Failure) in
          try orFail { () throws(HostError) in try HostTests(package: package).run(in: project) }
        })
    }
    steps.append(TestStep("documents") { () throws(Failure) in try checkDocuments(project) })
    if Files.exists(project.path("kernel/arch/aarch64")) {
      steps.append(TestStep("aarch64") { () throws(Failure) in try compilePortable(project) })
    }
    steps.append(TestStep("volumes") { () throws(Failure) in try volumes() })
    steps.append(TestStep("boot") { () throws(Failure) in try boot(BootTest.all, project) })
    steps.append(TestStep("panic") { () throws(Failure) in try panic(project) })
    steps.append(TestStep("disks") { () throws(Failure) in try disks(project) })
    steps.append(TestStep("images") { () throws(Failure) in try images(project) })
    steps.append(
      TestStep("powercut") { () throws(Failure) in
        try PowerCutCampaign(project: project, report: Output.note).run()
      })
    return steps
  }

  /// The tests of one module or one program of the tests package.
  static func module(_ name: String, _ project: Project) -> [TestStep] {
    let programs = BootTest.all.filter { $0.program == name }.map(\.asCampaign)
    guard programs.isEmpty else {
      return [
        TestStep(name) { () throws(Failure) in
          try boot(programs, project, isShown: true)
        }
      ]
    }
    return [
      TestStep(name) { () throws(Failure) in
        // A manifest may name a module because it uses it; the tests are in the first that has any.
        for package in HostTests.packages {
          guard Self.names(name, project.path("\(package)/Package.swift")) else { continue }
          let tally = try orFail { () throws(HostError) in
            try HostTests(package: package, filter: "^\(name)Tests\\.").run(in: project)
          }
          if tally != Tally() { return tally }
        }
        return .failure("\(name): no step, test program or module with tests has this name")
      }
    ]
  }

  private static func names(_ module: String, _ manifest: String) -> Bool {
    guard let text = try? Files.text(manifest) else { return false }
    return text.contains("\"\(module)\"")
  }

  /// The documents are what the declarations say.
  private static func checkDocuments(_ project: Project) throws(Failure) -> Tally {
    let stale = try orFail { () throws(DocumentError) in try DocumentPrinter(project).stale() }
    guard !stale.isEmpty else { return Tally(passed: 1) }
    return Tally(failed: 1, report: stale.map { "stale: \($0)" } + ["print them with ./apus docs"])
  }

  /// What volumes survive, in a small form of the campaigns.
  private static func volumes() throws(Failure) -> Tally {
    var total = Tally()
    for arguments in [
      ["crash", "--states", "20000", "--stride", "20"], ["damage", "--volumes", "2000"],
    ] {
      let result = try HostProgram("redoxfs-campaign").run(arguments)
      let name = arguments[0]
      let lines = result.text.split(separator: "\n").map { "redoxfs-campaign \(name): \($0)" }
      let isGood = result.status.isSuccess
      total.add(Tally(passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, report: lines))
    }
    return total
  }

  /// The portable kernel compiles for a second processor.
  private static func compilePortable(_ project: Project) throws(Failure) -> Tally {
    _ = try orFail { () throws(BuildError) in
      try Builder.talking(project).build(.kernel(.aarch64))
    }
    return Tally(passed: 1)
  }

  /// Boots once for each machine that the tests want.
  /// - Parameter isShown: what the programs say is passed on as it comes.
  static func boot(
    _ tests: [BootTest], _ project: Project, isShown: Bool = false
  ) throws(Failure) -> Tally {
    var total = Tally()
    for boot in BootTest.boots(tests) {
      let system = try orFail { () throws(BuildError) in
        try Builder.talking(project).build(image: boot.image, for: .x86_64)
      }
      var request = GuestRequest()
      request.script = Array(boot.script.utf8)
      let log = LogBox(BootTestLog(programs: boot.programs))
      let sink = ExecRunner.Sink(
        output: { bytes throws(HostError) in
          log.value.append(bytes)
          if isShown { try Output.standard(bytes) }
        },
        error: { bytes throws(HostError) in log.value.append(bytes) })
      let command = GuestCommand(
        project: project, system: system, request: request, timeout: boot.timeout, sink: sink)
      let report = try command.run { system in
        var machine = Machine(kernel: system.kernel, initrd: system.initrd)
        machine.processorCount = boot.processorCount
        machine.commandLine = boot.commandLine
        return machine
      }
      var tally = log.value.finish()
      if !report.lines.isEmpty {
        tally.add(Tally(failed: tally.failed == 0 ? 1 : 0, report: report.lines))
      }
      if tally.failed > 0 {
        let words = boot.commandLine.isEmpty ? "" : ", \(boot.commandLine)"
        tally.report.insert(
          "image \(boot.image) on \(boot.processorCount) processors\(words):", at: 0)
      }
      total.add(tally)
    }
    return total
  }
}

extension TestStep {
  /// Panics that the kernel is told to have, each in a boot of its own.
  fileprivate static func panic(_ project: Project) throws(Failure) -> Tally {
    let system = try orFail { () throws(BuildError) in
      try Builder.talking(project).build(image: "tests", for: .x86_64)
    }
    var total = Tally()
    for test in PanicTest.all {
      var request = GuestRequest()
      request.command = test.command
      let sink = ExecRunner.Sink(
        output: { _ throws(HostError) in }, error: { _ throws(HostError) in })
      let command = GuestCommand(
        project: project, system: system, request: request, timeout: 60, sink: sink)
      let report = try command.run { system in
        var machine = Machine(kernel: system.kernel, initrd: system.initrd)
        machine.processorCount = test.processorCount
        machine.commandLine = test.commandLine
        return machine
      }
      let outcome = PanicTest.Outcome(
        status: report.status, lines: report.lines, machineStatus: report.machineStatus,
        console: report.console)
      total.add(
        test.judge(
          outcome, expectedStatus: ExecStatus.panicked,
          expectedMachineStatus: Machine.panicStatus))
    }
    return total
  }
}

/// A log that the closures of a sink share.
private final class LogBox {
  var value: BootTestLog
  init(_ value: BootTestLog) { self.value = value }
}
