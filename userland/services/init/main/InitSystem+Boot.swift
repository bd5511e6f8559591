// SPDX-License-Identifier: MIT
import ArchiveTree
import InitScript
import Supervision
import System

// Units: reading them, and taking their steps.
extension InitSystem {
  private static var unitFolder: Text { "lib/init.d" }
  private static var tableFolder: Text { "lib/services" }
  /// More of a unit or table than either may have: what is longer is refused by its reader.
  private static var textLimit: Int { 128 * 1024 }
  /// How long a step may take before the units behind it go on.
  private static var stepLimit: UInt64 { 10_000_000_000 }

  /// Starts the units among the initial files.
  func beginInitialUnits() {
    var units: [BootMachine.Unit] = []
    for name in initrd.names(in: Self.unitFolder) {
      guard let file = initrd.file(Self.unitFolder + "/" + name) else { continue }
      let bytes = initrd.contents(of: file, upTo: Self.textLimit)
      add(name, bytes, from: "/scheme/initfs/lib/init.d/", to: &units)
    }
    begin(units)
  }

  func add(
    _ name: Text, _ bytes: [UInt8], from folder: Text, to units: inout [BootMachine.Unit]
  ) {
    do throws(InitScriptError) {
      let script = try InitScript(parsing: bytes, file: folder + name)
      units.append(BootMachine.Unit(name: name, script: script))
    } catch { say("unit left out: ", error.message) }
  }

  func begin(_ units: [BootMachine.Unit]) {
    var machine = BootMachine(units, limit: Self.stepLimit)
    for cycle in machine.cycles {
      say("units left out: ", UnitGraphError.cycle(cycle).message)
    }
    let actions = machine.begin(now: now)
    boot = machine
    carryOut(actions)
  }

  /// Does what the boot machine decided.
  func carryOut(_ actions: [BootMachine.Action]) {
    for action in actions {
      switch action {
      case .take(let unit, let step): take(step, of: unit)
      case .reportLate(let unit, let line): reportLate(unit, line)
      case .unitDone: break
      case .settled: settled()
      }
    }
  }

  private func reportLate(_ unit: Int, _ line: Int) {
    say { text in
      text.put("unit ")
      text.put(boot?.name(of: unit) ?? "")
      text.put(": line ")
      text.put(decimal: UInt64(line))
      text.put(" is still not done; going on without it")
    }
  }

  /// The step of `unit` is over.
  func finished(_ unit: Int) {
    guard ending == nil, let actions = boot?.finished(unit: unit, now: now) else { return }
    carryOut(actions)
  }

  private func take(_ step: InitStep.Action, of unit: Int) {
    switch step {
    case .requiresWeak: finished(unit)
    case .run(let command): run(expanded(command), for: unit)
    case .nowait(let command):
      if let service = supervised(expanded(command)) { start(service, isAwaited: false) }
      finished(unit)
    case .notify(let command):
      guard let service = supervised(expanded(command)) else { return finished(unit) }
      service.waitingUnits.append(unit)
      let limit = service.description.readyNanoseconds
      boot?.setDeadline(now &+ limit, of: unit)
      start(service, isAwaited: true)
      tellWaiting(service)
    }
  }

  private func expanded(_ command: InitCommand) -> Invocation {
    let expanded = command.expanded { name in
      let prefix = name + "="
      guard let variable = environment.first(where: { $0.hasPrefix(prefix) }) else { return nil }
      return variable[prefix.count...]
    }
    for name in expanded.undefined { say("a variable has no value: $", name) }
    return Invocation(
      environment: expanded.environment, program: expanded.program,
      arguments: expanded.arguments)
  }

  /// Runs a plain command; its unit goes on when it has ended.
  private func run(_ command: Invocation, for unit: Int) {
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

  /// The service that a command starts: the one of this name and command, or a new one.
  private func supervised(_ command: Invocation) -> SupervisedService? {
    let base = Path.name(of: command.program)
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
    let made = SupervisedService(name, table(base), command)
    services.append(made)
    return made
  }

  /// What is said about how to run a service; defaults if nothing is, or nothing that makes sense.
  func table(_ name: Text) -> ServiceDescription {
    let path = Self.tableFolder + "/" + name
    let initial = initrd.file(path).map { initrd.contents(of: $0, upTo: Self.textLimit) }
    guard let bytes = rootTables[name] ?? initial else { return ServiceDescription() }
    do throws(ServiceTableError) {
      return try ServiceDescription(parsing: bytes, file: "/scheme/initfs/" + path)
    } catch {
      say("table not used: ", error.message)
      return ServiceDescription()
    }
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
