// SPDX-License-Identifier: MIT
import Base

/// The order in which units may be started: each after those it requires, all others side by side.
///
/// Units are numbered by rising name, so the result does not depend on the order in which they were
/// found.
public struct UnitGraph: Equatable, Sendable {
  public struct Unit: Equatable, Sendable {
    public var name: Text
    public var requirements: [Text]

    public init(name: Text, requirements: [Text]) {
      self.name = name
      self.requirements = requirements
    }
  }

  /// A requirement that no unit answers to; it does not hold anything up.
  public struct Missing: Equatable, Sendable {
    public let unit: Text
    public let requirement: Text
  }

  /// The names of the units, rising.
  public let names: [Text]
  /// For each unit the numbers of those it waits for, rising, each once.
  public let requirements: [[Int]]
  /// For each unit the numbers of those that wait for it, rising.
  public let dependents: [[Int]]
  /// The numbers of all units: those of one group can start together once the groups before it
  /// have.
  public let groups: [[Int]]
  public let missing: [Missing]

  /// - Throws: `duplicate` if two units have one name; `cycle` if units wait for one another.
  @export(interface)
  public init(_ units: [Unit]) throws(UnitGraphError) {
    let sorted = units.sorted { $0.name < $1.name }
    var numbers = SortedMap<Text, Int>()
    for (number, unit) in sorted.enumerated() {
      guard numbers[unit.name] == nil else { throw .duplicate(unit.name) }
      numbers[unit.name] = number
    }
    var requirements: [[Int]] = []
    var dependents = [[Int]](repeating: [], count: sorted.count)
    var missing: [Missing] = []
    for (number, unit) in sorted.enumerated() {
      var known = SortedMap<Int, Bool>()
      for requirement in unit.requirements {
        if let other = numbers[requirement] {
          known[other] = true
        } else {
          missing.append(Missing(unit: unit.name, requirement: requirement))
        }
      }
      requirements.append(known.keys)
      for other in known.keys { dependents[other].append(number) }
    }
    names = sorted.map { $0.name }
    self.requirements = requirements
    self.dependents = dependents
    self.missing = missing
    groups = try Self.groups(names, requirements, dependents)
  }

  /// Takes away, again and again, all units that wait for none that is left.
  private static func groups(
    _ names: [Text], _ requirements: [[Int]], _ dependents: [[Int]]
  ) throws(UnitGraphError) -> [[Int]] {
    var waiting = requirements.map { $0.count }
    var groups: [[Int]] = []
    var group = names.indices.filter { waiting[$0] == 0 }
    var placed = 0
    while !group.isEmpty {
      groups.append(group)
      placed += group.count
      var next: [Int] = []
      for unit in group {
        for dependent in dependents[unit] {
          waiting[dependent] -= 1
          if waiting[dependent] == 0 { next.append(dependent) }
        }
      }
      group = next.sorted()
    }
    guard placed == names.count else {
      throw .cycle(cycle(waiting, requirements).map { names[$0] })
    }
    return groups
  }

  /// A cycle among the units that are still waiting: each of them waits for another such unit, so
  /// going from one to the next must come back to where one has been.
  private static func cycle(_ waiting: [Int], _ requirements: [[Int]]) -> [Int] {
    var path: [Int] = []
    var position = [Int?](repeating: nil, count: waiting.count)
    var unit = waiting.firstIndex { $0 > 0 }
    while let current = unit {
      if let start = position[current] { return rotated(Array(path[start...])) }
      position[current] = path.count
      path.append(current)
      unit = requirements[current].first { waiting[$0] > 0 }
    }
    return path
  }

  /// The same cycle, beginning with its smallest number.
  private static func rotated(_ cycle: [Int]) -> [Int] {
    guard let smallest = cycle.min(), let start = cycle.firstIndex(of: smallest) else {
      return cycle
    }
    return Array(cycle[start...] + cycle[..<start])
  }
}

/// Why units cannot be put in order.
public enum UnitGraphError: Error, Equatable {
  case duplicate(Text)
  /// Each of these units requires the next, the last the first.
  case cycle([Text])

  /// The cause in words, with the units concerned.
  @export(interface)
  public var message: Text {
    switch self {
    case .duplicate(let name): return "two units are called " + name
    case .cycle(let names):
      let first = names.first ?? Text()
      return "units wait for one another: " + (names + [first]).joined(by: " requires ")
    }
  }
}
