// SPDX-License-Identifier: MIT
public import Base
import Core
public import InitScript

/// Takes units through their steps: each unit's one after another, independent units side by side.
///
/// A unit waits for those it requires until they are done or late, never longer: `requires_weak`
/// orders, and nothing that fails or hangs keeps the rest from starting.
public struct BootMachine: Sendable {
  public enum Action: Equatable, Sendable {
    /// Take this step and report its end with `finished`.
    case take(unit: Int, UnitStep)
    /// The step takes longer than it should; the units that wait for this one go on.
    case reportLate(unit: Int, line: Int)
    /// The last step of the unit is done.
    case unitDone(unit: Int)
    /// All units are done or late.
    case settled
  }

  private enum State: Equatable {
    case waiting
    /// In this step since then.
    case busy(step: Int, deadline: UInt64)
    /// In this step, and already reported.
    case late(step: Int)
    case done
  }

  private let graph: UnitGraph
  /// In the order of the graph.
  private let units: [InitUnit]
  private let limit: UInt64
  private var states: [State]
  private var isSettled = false
  /// Units that wait for one another and are left out; each group as the graph names it.
  public let cycles: [[Text]]

  /// - Parameter limit: how long a step may take before its unit counts as late, in nanoseconds.
  @export(interface)
  public init(_ units: [InitUnit], limit: UInt64) {
    var left = units
    var cycles: [[Text]] = []
    var found = Self.empty
    while true {
      do throws(UnitGraphError) {
        found = try UnitGraph(
          left.map { UnitGraph.Unit(name: $0.name, requirements: $0.requirements) })
        break
      } catch {
        switch error {
        case .cycle(let names):
          cycles.append(names)
          left.removeAll { unit in names.contains { $0 == unit.name } }
        case .duplicate(let name):
          // Whoever collects units replaces those of the same name; the first stays all the same.
          if let index = left.lastIndex(where: { $0.name == name }) { left.remove(at: index) }
        }
      }
    }
    graph = found
    self.units = found.names.map { name in
      left.first { $0.name == name } ?? InitUnit(name: name)
    }
    states = [State](repeating: .waiting, count: found.names.count)
    self.limit = limit
    self.cycles = cycles
  }

  private static var empty: UnitGraph {
    do throws(UnitGraphError) { return try UnitGraph([]) } catch { fatalError() }
  }

  public func name(of unit: Int) -> Text { graph.names[unit] }
  public var unitCount: Int { graph.names.count }
  /// Requirements that no unit answers to.
  public var missing: [UnitGraph.Missing] { graph.missing }

  /// When to send the next `tick`, or `nil`.
  public var deadline: UInt64? {
    var earliest: UInt64?
    for state in states {
      guard case .busy(_, let deadline) = state else { continue }
      if deadline < earliest ?? .max { earliest = deadline }
    }
    return earliest
  }

  /// Starts what waits for nothing.
  public mutating func begin(now: UInt64) -> [Action] { proceed(now) }

  /// The unit's present step is over, however it ended.
  @export(interface)
  public mutating func finished(unit: Int, now: UInt64) -> [Action] {
    guard states.indices.contains(unit) else { return [] }
    switch states[unit] {
    case .waiting, .done: return []
    case .busy(let step, _): return next(unit, after: step, now) + proceed(now)
    case .late(let step):
      let actions = next(unit, after: step, now)
      // Once late, a unit holds nobody up any more.
      if case .busy(let next, _) = states[unit] { states[unit] = .late(step: next) }
      return actions + proceed(now)
    }
  }

  /// The unit's present step may take until then.
  @export(interface)
  public mutating func setDeadline(_ deadline: UInt64, of unit: Int) {
    guard states.indices.contains(unit), case .busy(let step, _) = states[unit] else { return }
    states[unit] = .busy(step: step, deadline: deadline)
  }

  /// Time has passed.
  @export(interface)
  public mutating func tick(now: UInt64) -> [Action] {
    var actions: [Action] = []
    for unit in states.indices {
      guard case .busy(let step, let deadline) = states[unit], deadline <= now else { continue }
      states[unit] = .late(step: step)
      actions.append(.reportLate(unit: unit, line: units[unit].steps[step].line))
    }
    return actions.isEmpty ? [] : actions + proceed(now)
  }

  private func isOver(_ unit: Int) -> Bool {
    switch states[unit] {
    case .waiting, .busy: false
    case .late, .done: true
    }
  }

  /// Begins units whose requirements are over, until there are none.
  private mutating func proceed(_ now: UInt64) -> [Action] {
    var actions: [Action] = []
    var hasBegun = true
    while hasBegun {
      hasBegun = false
      for unit in states.indices where states[unit] == .waiting {
        guard graph.requirements[unit].allSatisfy({ isOver($0) }) else { continue }
        actions += next(unit, after: -1, now)
        hasBegun = true
      }
    }
    if !isSettled, states.indices.allSatisfy({ isOver($0) }) {
      isSettled = true
      actions.append(.settled)
    }
    return actions
  }

  /// Goes to the next step.
  private mutating func next(_ unit: Int, after step: Int, _ now: UInt64) -> [Action] {
    let steps = units[unit].steps
    if step + 1 < steps.count {
      states[unit] = .busy(step: step + 1, deadline: now &+ limit)
      return [.take(unit: unit, steps[step + 1])]
    }
    states[unit] = .done
    return [.unitDone(unit: unit)]
  }
}
