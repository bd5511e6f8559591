// SPDX-License-Identifier: MIT
import Base
import Core

/// An option as the term of a manual's row declares it: `-a, --all`, `-n NUMBER`,
/// `-w, --width=COLUMNS`, `--color[=WHEN]`, `-I[PRECISION]` (a value joined to it, or none); `-NUM` is
/// any number, as in `head -5`.
struct DeclaredOption: Sendable {
  enum Takes { case nothing, value, perhapsValue }

  private(set) var letter: UInt8?
  private(set) var isNumber = false
  private(set) var takes = Takes.nothing
  /// What is joined to the letter is its value, and not further letters.
  private(set) var letterTakesRest = false
  private var names: [Text] = []

  init(_ term: StaticString) {
    for part in Text(term).split(at: UInt8(ascii: ",")) {
      let spelling = part.trimmed()
      if spelling.hasPrefix("--") {
        readName(spelling[2...])
      } else if spelling == "-NUM" {
        isNumber = true
      } else if spelling.hasPrefix("-"), spelling.count > 1 {
        letter = spelling[1]
        if spelling.count > 2 { takes = .value }
        if spelling.count > 2, spelling[2] == UInt8(ascii: "[") {
          takes = .perhapsValue
          letterTakesRest = true
        }
      }
    }
  }

  private mutating func readName(_ spelling: Text) {
    guard let equals = spelling.firstIndex(of: UInt8(ascii: "=")) else {
      names.append(spelling)
      return
    }
    let isOptional = spelling[equals - 1] == UInt8(ascii: "[")
    // A letter beside an optional value takes none: it could not be told from further letters.
    takes = isOptional ? .perhapsValue : .value
    names.append(spelling[0..<(isOptional ? equals - 1 : equals)])
  }

  func isNamed(_ name: Text) -> Bool { names.contains(name) }
}
