// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import InitScript

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(Text(bytes)) }
  return 0
}

/// Takes the text for a folder of units: files are apart at form feeds, and the first line of each
/// is its name. All of it is also read as variables.
private func read(_ text: Text) {
  var files: [UnitCollection.File] = []
  for part in text.split(at: 0x0C) {
    let lines = part.split(at: 0x0A, limit: 2)
    // Names in a folder differ.
    if files.contains(where: { $0.name == lines[0] }) { continue }
    files.append(
      UnitCollection.File(name: lines[0], path: lines[0], bytes: lines.last?.bytes ?? []))
  }
  let collection = UnitCollection(files)
  for unit in collection.units { check(unit) }
  for error in collection.errors { precondition(!error.message.isEmpty) }
  order(collection.units)
  let environment = EnvironmentFile(parsing: text.bytes)
  for variable in environment.variables { precondition(!variable.name.isEmpty) }
  precondition(environment.wrongLines.count <= text.lines().count + 1)
}

private func check(_ unit: InitUnit) {
  precondition(UnitName(unit.name)?.isTemplate == false, "a template is no unit")
  precondition(unit.name.lastIndex(of: 0x2E) == nil || unit.steps.count <= 1)
  for step in unit.steps {
    precondition(!step.command.words.isEmpty && step.line >= 1)
    let expanded = step.command.expanded { $0.count % 2 == 0 ? $0 : nil }
    precondition(expanded.environment.count == step.command.environment.count)
  }
  _ = unit.isFor(architecture: "x86_64", board: "")
}

private func order(_ units: [InitUnit]) {
  do throws(UnitGraphError) {
    let graph = try UnitGraph(
      units.map { UnitGraph.Unit(name: $0.name, requirements: $0.requirements) })
    precondition(graph.groups.reduce(0) { $0 + $1.count } == units.count)
  } catch { precondition(!error.message.isEmpty) }
}
