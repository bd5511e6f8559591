// SPDX-License-Identifier: MIT
import Host

/// A number that changes when what went into it changes: 64-bit FNV-1a.
struct Fingerprint: Equatable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0xFF)
  }

  mutating func add(_ number: Int) {
    for shift in stride(from: 0, to: 64, by: 8) {
      add(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  var text: String { String(value, radix: 16) }
}

/// The state of the folders that a build reads, in three parts, because they call for different
/// work: any change means building, a file that came or went means planning anew, a linker script
/// that changed means linking anew. (SwiftPM sees to the rest, but not to the last two.)
struct InputState {
  var names = Fingerprint()
  var contents = Fingerprint()
  var linkerScripts = Fingerprint()

  init(folders: [String]) throws(HostError) {
    let skipped: Set<String> = [".build", ".swiftpm", "Tests", "README.md", "Package.resolved"]
    for folder in folders {
      for path in try Files.tree(folder, skipping: skipped.contains) {
        guard let facts = Files.facts("\(folder)/\(path)"), facts.kind != .folder else { continue }
        names.add("\(folder)/\(path)")
        contents.add("\(folder)/\(path)")
        contents.add(facts.size)
        contents.add(facts.modified)
        guard path.hasSuffix(".ld") else { continue }
        linkerScripts.add(path)
        linkerScripts.add(facts.modified)
      }
    }
  }

  /// As it is kept between two builds: one line per part.
  var record: String { "\(names.text)\n\(contents.text)\n\(linkerScripts.text)\n" }

  /// The same before the build has succeeded: what was planned and linked from is known, the result
  /// is not.
  var unfinishedRecord: String { "\(names.text)\nunfinished\n\(linkerScripts.text)\n" }
}
