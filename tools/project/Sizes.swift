// SPDX-License-Identifier: MIT
import Host

/// How big what we build is, in bytes.
public struct Sizes: Equatable, Sendable {
  /// Code and constants, variables with a value, variables without: as `size` counts them.
  public struct Program: Equatable, Sendable {
    public var text: Int
    public var data: Int
    public var zeroed: Int
    public var total: Int { text + data + zeroed }
  }

  /// By name; the kernel is `apus-kernel`.
  public var programs: [String: Program]

  /// Measures everything that is built for `processor`.
  public static func measure(
    _ project: Project, _ processor: Processor
  ) throws(HostError) -> Sizes {
    var found: [String: Program] = [:]
    for world in [World.kernel(processor), .userland(processor)] {
      let folder = "\(project.scratch(of: world))/\(processor.triple)/release"
      guard Files.exists(folder) else { continue }
      for name in try Files.names(in: folder) where !name.contains(".") {
        let path = "\(folder)/\(name)"
        guard let facts = Files.facts(path), facts.kind == .file, facts.mode & 0o100 != 0 else {
          continue
        }
        found[name] = Self.parse(try Files.read(path))
      }
    }
    return Sizes(programs: found)
  }

  /// Adds up the loaded segments of a 64-bit little-endian ELF file; nil when it is none.
  static func parse(_ file: [UInt8]) -> Program? {
    guard file.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
    guard let table = number(in: file, at: 32, bytes: 8),
      let entryBytes = number(in: file, at: 54, bytes: 2),
      let count = number(in: file, at: 56, bytes: 2)
    else { return nil }
    var result = Program(text: 0, data: 0, zeroed: 0)
    for index in 0..<count {
      let (start, overflow) = table.addingReportingOverflow(index * entryBytes)
      guard !overflow, number(in: file, at: start, bytes: 4) == 1 else { continue }
      guard let flags = number(in: file, at: start + 4, bytes: 4),
        let inFile = number(in: file, at: start + 32, bytes: 8),
        let inMemory = number(in: file, at: start + 40, bytes: 8), inMemory >= inFile
      else { return nil }
      let isWritable = flags & 2 != 0
      if isWritable { result.data += inFile } else { result.text += inFile }
      result.zeroed += inMemory - inFile
    }
    return result
  }

  private static func number(in file: [UInt8], at offset: Int, bytes: Int) -> Int? {
    guard offset >= 0, offset <= file.count - bytes else { return nil }
    var value: UInt64 = 0
    for index in 0..<bytes { value |= UInt64(file[offset + index]) << (8 * UInt64(index)) }
    return value < 1 << 48 ? Int(value) : nil
  }

  /// One line for each program, with what changed since `old`.
  public func table(comparedTo old: Sizes?) -> [String] {
    let names = Set(programs.keys).union(old?.programs.keys.map { $0 } ?? []).sorted()
    var lines = [Self.row("program", "text", "data", "zeroed", old == nil ? "" : "change")]
    for name in names {
      let now = programs[name]
      let change = old.map { old in
        let difference = (now?.total ?? 0) - (old.programs[name]?.total ?? 0)
        return difference > 0 ? "+\(difference)" : "\(difference)"
      }
      lines.append(
        Self.row(
          name, now.map { "\($0.text)" } ?? "gone", now.map { "\($0.data)" } ?? "",
          now.map { "\($0.zeroed)" } ?? "", change ?? ""))
    }
    return lines
  }

  private static func row(_ name: String, _ numbers: String...) -> String {
    let padded = numbers.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }
    return name + String(repeating: " ", count: max(1, 24 - name.count)) + padded.joined()
  }
}
