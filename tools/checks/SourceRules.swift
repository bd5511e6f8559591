// SPDX-License-Identifier: MIT
import Host
import Project

/// Rules about the sources that no compiler holds.
public struct SourceRules: Sendable {
  /// The folders and files that may contain `unsafe`, each with what it needs it for.
  public static let unsafeFolders: [(folder: String, reason: String)] = [
    ("kernel/arch", "registers, page tables, user memory, assembly"),
    ("kernel/objects", "typed pools over physical pages"),
    ("kernel/image", "frames that assembly passes"),
    ("kernel/core/Boot/State.swift", "the kernel's one global"),
    ("loader/image/Firmware.swift", "memory that the firmware gives, texts that it is given"),
    ("loader/image/HostConfiguration.swift", "a byte that a device writes"),
    ("libraries/core", "device registers, fixed collections"),
    ("libraries/fuzz", "entry points that the fuzzer calls with a C pointer"),
    ("userland/system", "system calls, mapped memory, the allocator"),
    ("tests/fuzz/Hazard.swift", "system calls with any number and any registers"),
    ("tests/machine/UnknownCalls.swift", "system calls that have no number"),
    ("tools/host", "the host's C interfaces"),
  ]

  /// Longest folder README, in lines: Purpose, Start here, Invariants, Not here.
  static let readmeLineLimit = 30

  public init() {}

  /// Checks every source file of the repository. Each rule is one check.
  public func run(in project: Project) throws(HostError) -> Tally {
    var broken: [Rule: [String]] = [:]
    let skipped: Set<String> = [".git", ".build", ".swiftpm", "Package.resolved"]
    for path in try Files.tree(project.root, skipping: skipped.contains) {
      guard Files.facts(project.path(path))?.kind == .file, Self.isSource(path) else { continue }
      for (rule, what) in Self.violations(path, try Files.text(project.path(path))) {
        broken[rule, default: []].append("\(path)\(what)")
      }
    }
    var tally = Tally()
    for rule in Rule.allCases {
      let lines = broken[rule, default: []]
      tally.add(lines.isEmpty ? Tally(passed: 1) : Tally(failed: 1, report: lines))
    }
    return tally
  }

  enum Rule: CaseIterable { case licence, shortReadme, unsafeInItsPlace }

  static func isSource(_ path: String) -> Bool {
    let endings = [
      ".swift", ".S", ".c", ".h", ".ld", ".sh", ".toml", ".md", ".gitignore", ".modulemap",
    ]
    return endings.contains(where: path.hasSuffix) || path == "apus" || path == ".ci/run"
  }

  /// What is wrong with a file: texts that continue its path, such as `:3: …`.
  static func violations(_ path: String, _ text: String) -> [(Rule, String)] {
    var found: [(Rule, String)] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // A tool's own first line (`#!`, `// swift-tools-version`) stays first.
    if !lines.prefix(2).contains(where: { $0.contains("SPDX-License-Identifier: MIT") }) {
      found.append((.licence, ":1: the SPDX line is missing"))
    }
    if path.hasSuffix("/README.md") && lines.count - 1 > readmeLineLimit {
      let what = "\(lines.count - 1) lines; a folder explains itself in \(readmeLineLimit)"
      found.append((.shortReadme, ": \(what)"))
    }
    guard path.hasSuffix(".swift"), !path.contains("/Tests/") else { return found }
    if !unsafeFolders.contains(where: { path == $0.folder || path.hasPrefix($0.folder + "/") }) {
      for (index, line) in lines.enumerated() where usesUnsafe(line) {
        let what = "unsafe outside the folders that may contain it"
        found.append((.unsafeInItsPlace, ":\(index + 1): \(what)"))
      }
    }
    return found
  }

  /// Whether a line of Swift contains the word `unsafe` as code. Strict memory safety makes the
  /// compiler demand the word wherever something unsafe happens.
  static func usesUnsafe(_ line: Substring) -> Bool {
    var code = ""
    var isInString = false
    var previous: Character = " "
    for character in line {
      if !isInString && character == "/" && previous == "/" { break }
      if character == "\"" && previous != "\\" { isInString.toggle() }
      if !isInString { code.append(character) }
      previous = character
    }
    let words = code.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    return words.contains("unsafe") || code.contains("@unchecked Sendable")
  }
}
