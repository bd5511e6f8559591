// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Joins sorted files: holds one line of each.
struct LineMerger {
  private let sorter: LineSorter
  private let terminator: UInt8
  private let isUnique: Bool
  private var inputs: [(input: UtilityInput, name: Text)] = []
  /// The current line of each file; `nil` at its end.
  private var lines: [[UInt8]?] = []
  private var last: [UInt8]?

  init(_ sorter: LineSorter, _ terminator: UInt8, isUnique: Bool) {
    self.sorter = sorter
    self.terminator = terminator
    self.isUnique = isUnique
  }

  mutating func add(_ input: UtilityInput, _ name: Text) { inputs.append((input, name)) }

  func close() { for entry in inputs { entry.input.close() } }

  /// Reads the first lines.
  /// - Returns: false after a complaint.
  mutating func start(_ invocation: Invocation) -> Bool {
    for _ in inputs { lines.append(nil) }
    for index in inputs.indices {
      guard advance(index, invocation) else { return false }
    }
    return true
  }

  mutating func advance(_ index: Int, _ invocation: Invocation) -> Bool {
    var line: [UInt8] = []
    do throws(SystemError) {
      let end = try inputs[index].input.readLine(into: &line, terminator: terminator)
      lines[index] = end == .none ? nil : line
      return true
    } catch {
      invocation.complain(inputs[index].name, error)
      return false
    }
  }

  /// The file whose line comes first.
  var first: Int? {
    var best: Int?
    for index in lines.indices {
      guard let line = lines[index] else { continue }
      guard let chosen = best, let other = lines[chosen] else {
        best = index
        continue
      }
      if compare(line, other, byKeys: false) < 0 { best = index }
    }
    return best
  }

  private func compare(_ left: [UInt8], _ right: [UInt8], byKeys: Bool) -> Int {
    let both = left + right
    let first = sorter.line(both.span, 0..<left.count)
    let second = sorter.line(both.span, left.count..<both.count)
    return byKeys
      ? sorter.compareKeys(both.span, first, second) : sorter.compare(both.span, first, second)
  }

  mutating func put(_ index: Int, _ output: inout UtilityOutput) {
    guard let line = lines[index] else { return }
    if isUnique {
      if let last, compare(last, line, byKeys: true) == 0 { return }
      last = line
    }
    output.put(line.span)
    output.put(terminator)
  }
}
