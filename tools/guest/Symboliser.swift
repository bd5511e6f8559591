// SPDX-License-Identifier: MIT
import Host

/// Names addresses in a program by function, file and line, with the functions that were inlined.
/// For Swift the innermost of these says why it trapped ("Swift runtime failure: …").
public struct Symboliser: Sendable {
  private let program: String
  private let root: String

  /// - Parameters:
  ///   - program: A program with its symbols.
  ///   - root: A folder that file names are given relative to.
  public init(program: String, relativeTo root: String) {
    self.program = program
    self.root = root
  }

  /// One line or more for each address; without the host's tools only the addresses.
  public func describe(_ addresses: [CodeAddress]) -> [String] {
    guard !addresses.isEmpty else { return [] }
    let words = addresses.map { "0x" + String($0.lookUp, radix: 16) }
    guard let text = names(of: words) else {
      return addresses.enumerated().map { "#\($0) \(Self.hexadecimal($1.value))" }
    }
    return Self.lines(from: text, for: addresses, root: root)
  }

  private func names(of addresses: [String]) -> String? {
    let symbolizer = Command(
      "llvm-symbolizer", ["--obj=\(program)", "--inlines", "--functions=linkage"] + addresses)
    guard let found = try? symbolizer.capture(errors: .dropped), found.status.isSuccess else {
      return nil
    }
    let demangle = Command("swift", ["demangle", "--simplified", "--compact"])
    guard let plain = try? demangle.capture(errors: .dropped, input: found.output),
      plain.status.isSuccess
    else { return found.text }
    return plain.text
  }

  /// Groups of "function, file:line:column" separated by empty lines, one group per address.
  static func lines(from text: String, for addresses: [CodeAddress], root: String) -> [String] {
    var groups: [[String]] = [[]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        groups.append([])
      } else {
        groups[groups.count - 1].append(String(line))
      }
    }
    groups.removeAll(where: \.isEmpty)
    return addresses.enumerated().flatMap { index, address in
      let head = "#\(index) \(hexadecimal(address.value))"
      guard index < groups.count else { return [head] }
      let group = groups[index]
      return stride(from: 0, to: group.count, by: 2).map { row in
        let place = row + 1 < group.count ? shortened(group[row + 1], root) : ""
        let start = row == 0 ? head : String(repeating: " ", count: head.count)
        return "\(start) \(group[row])\(place)"
      }
    }
  }

  private static func shortened(_ place: String, _ root: String) -> String {
    guard !place.hasPrefix("?"), !place.hasPrefix("/<") else { return "" }
    let columnless = place.split(separator: ":").prefix(2).joined(separator: ":")
    return " ("
      + (columnless.hasPrefix(root + "/")
        ? String(columnless.dropFirst(root.count + 1)) : columnless) + ")"
  }

  static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
