// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import InitScript

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(bytes) }
  return 0
}

/// Reads the script, expands its commands and puts it in order with itself.
private func read(_ bytes: Span<UInt8>) {
  let text = Text(bytes)
  do throws(InitScriptError) {
    let script = try InitScript(parsing: text.bytes, file: "fuzz")
    for step in script.steps {
      switch step.action {
      case .requiresWeak(let units): precondition(!units.isEmpty)
      case .run(let command), .notify(let command), .nowait(let command):
        _ = command.expanded { $0.count % 2 == 0 ? $0 : nil }
      }
    }
    order(script.requirements)
  } catch { _ = error.message }
}

/// Each required unit requires the next, which makes chains and cycles.
private func order(_ names: [Text]) {
  var units: [UnitGraph.Unit] = []
  for (index, name) in names.enumerated() where !names[..<index].contains(name) {
    let requirements = index + 1 < names.count ? [names[index + 1]] : []
    units.append(UnitGraph.Unit(name: name, requirements: requirements))
  }
  do throws(UnitGraphError) {
    let graph = try UnitGraph(units)
    precondition(graph.groups.reduce(0) { $0 + $1.count } == units.count)
  } catch { _ = error.message }
}
