// SPDX-License-Identifier: MIT
import ArchiveTree
import InitScript
import Supervision
import System

// Units: reading them, and taking their steps.
extension InitSystem {
  private static var unitFolder: Text { "lib/init.d" }
  private static var tableFolder: Text { "lib/services" }
  private static var variableFolder: Text { "lib/environment.d" }
  /// More of a unit or table than either may have: what is longer is refused by its reader.
  private static var textLimit: Int { 128 * 1024 }
  /// How long a step may take before the units behind it go on.
  private static var stepLimit: UInt64 { 10_000_000_000 }

  /// Starts the units among the initial files.
  func beginInitialUnits() {
    readBootEnvironment()
    for name in initrd.names(in: Self.variableFolder) {
      guard let file = initrd.file(Self.variableFolder + "/" + name) else { continue }
      let bytes = initrd.contents(of: file, upTo: Self.textLimit)
      set(bytes, from: "/scheme/initfs/" + Self.variableFolder + "/" + name)
    }
    readSettings()
    var files: [UnitCollection.File] = []
    for name in initrd.names(in: Self.unitFolder) {
      guard let file = initrd.file(Self.unitFolder + "/" + name) else { continue }
      files.append(
        UnitCollection.File(
          name: name, path: "/scheme/initfs/" + Self.unitFolder + "/" + name,
          bytes: initrd.contents(of: file, upTo: Self.textLimit)))
    }
    begin(files)
  }

  /// Starts what `files` say.
  func begin(_ files: [UnitCollection.File]) {
    let collection = UnitCollection(files)
    for error in collection.errors { say("unit left out: ", error.message) }
    for name in collection.refused { say("too many instances, so unit left out: ", name) }
    let board = bootEnvironment["BOARD"] ?? Text()
    let units = collection.units.map { unit in
      guard !unit.isFor(architecture: Self.architecture, board: board) else { return unit }
      // Whoever comes after it need not wait.
      var unit = unit
      unit.steps = []
      if settings.level >= .trace { say("not for this machine: ", unit.name) }
      return unit
    }
    var machine = BootMachine(units, limit: Self.stepLimit)
    for cycle in machine.cycles {
      say("units left out: ", UnitGraphError.cycle(cycle).message)
    }
    let actions = machine.begin(now: now)
    boots.append(machine)
    carryOut(actions, boots.count - 1)
  }

  private static var architecture: Text {
    #if arch(arm64)
      "aarch64"
    #else
      "x86_64"
    #endif
  }

  /// Does what a boot machine decided.
  func carryOut(_ actions: [BootMachine.Action], _ stage: Int) {
    for action in actions {
      switch action {
      case .take(let unit, let step): take(step, of: UnitPlace(stage: stage, unit: unit))
      case .reportLate(let unit, let line):
        reportLate(UnitPlace(stage: stage, unit: unit), line)
      case .unitDone(let unit):
        if settings.level >= .trace {
          say("done: ", name(of: UnitPlace(stage: stage, unit: unit)))
        }
      case .settled: settled()
      }
    }
  }

  private func name(of unit: UnitPlace) -> Text {
    boots.indices.contains(unit.stage) ? boots[unit.stage].name(of: unit.unit) : Text()
  }

  private func reportLate(_ unit: UnitPlace, _ line: Int) {
    say { text in
      text.put("unit ")
      text.put(name(of: unit))
      text.put(": line ")
      text.put(decimal: UInt64(line))
      text.put(" is still not done; going on without it")
    }
  }

  /// The step of `unit` is over.
  func finished(_ unit: UnitPlace) {
    guard ending == nil, boots.indices.contains(unit.stage) else { return }
    carryOut(boots[unit.stage].finished(unit: unit.unit, now: now), unit.stage)
  }

  private func take(_ step: UnitStep, of unit: UnitPlace) {
    guard boots.indices.contains(unit.stage) else { return }
    let command = expanded(step)
    let name = name(of: unit)
    if settings.skips(command.program, of: name) {
      say("INIT_SKIP leaves out: ", command.program)
      return finished(unit)
    }
    if settings.level >= .debug { say("unit ", name + ": " + command.line) }
    switch step.kind {
    case .run: run(command, for: unit)
    case .nowait:
      start(supervised(command, step), isAwaited: false)
      finished(unit)
    case .notify:
      let service = supervised(command, step)
      service.waitingUnits.append(unit)
      let limit = service.description.readyNanoseconds
      boots[unit.stage].setDeadline(now &+ limit, of: unit.unit)
      start(service, isAwaited: true)
      tellWaiting(service)
    }
  }

  private func expanded(_ step: UnitStep) -> Invocation {
    let expanded = step.command.expanded { variable($0) }
    for name in expanded.undefined { say("a variable has no value: $", name) }
    var variables: [InitCommand.Variable] = []
    for name in step.inherited {
      guard let value = variable(name) else { continue }
      variables.append(InitCommand.Variable(name: name, value: value))
    }
    return Invocation(
      environment: variables + expanded.environment, program: expanded.program,
      arguments: expanded.arguments)
  }

  /// Runs a plain command; its unit goes on when it has ended.
  private func run(_ command: Invocation, for unit: UnitPlace) {
    do throws(SystemError) {
      let process = try launch(command)
      commands.append((process.number, unit, command.program, process))
    } catch {
      reportLaunch(command.program, error)
      finished(unit)
    }
  }

  func reportLaunch(_ program: Text, _ error: SystemError) {
    say { text in
      text.put("cannot start ")
      text.put(program)
      text.put(": ")
      text.put(error.explanation)
    }
  }

  /// The service that a step starts: the one of this name and command, or a new one.
  private func supervised(_ command: Invocation, _ step: UnitStep) -> SupervisedService {
    let base = step.service ?? Path.name(of: command.program)
    var name = base
    var count = 1
    while let known = service(name) {
      if known.command == command { return known }
      count += 1
      name =
        base
        + Text {
          $0.put("."); $0.put(decimal: UInt64(count))
        }
    }
    var description = table(base)
    if let scheme = step.scheme, !description.schemes.contains(where: { $0 == scheme }) {
      description.schemes.append(scheme)
    }
    let made = SupervisedService(name, description, command)
    services.append(made)
    return made
  }

  /// What is said about how to run a service; defaults if nothing is, or nothing that makes sense.
  /// Instances of a template share `NAME@`, unless they have one of their own.
  func table(_ name: Text) -> ServiceDescription {
    var names = [name]
    if let at = name.firstIndex(of: 0x40), at + 1 < name.count { names.append(name[0..<(at + 1)]) }
    for name in names {
      if let (path, bytes) = tableFile(name) { return description(bytes, path) }
    }
    return ServiceDescription()
  }

  private func description(_ bytes: [UInt8], _ path: Text) -> ServiceDescription {
    do throws(ServiceTableError) {
      return try ServiceDescription(parsing: bytes, file: path)
    } catch {
      say("table not used: ", error.message)
      return ServiceDescription()
    }
  }

  private func tableFile(_ name: Text) -> (path: Text, bytes: [UInt8])? {
    if let table = rootTables[name] { return table }
    let path = Self.tableFolder + "/" + name
    guard let file = initrd.file(path) else { return nil }
    return ("/scheme/initfs/" + path, initrd.contents(of: file, upTo: Self.textLimit))
  }

  /// All units of a stage are done or late.
  private func settled() {
    switch bootStage {
    case .initial: readRootUnits()
    case .reading: break
    case .root: bootStage = .over
    case .over: break
    }
  }
}
