// SPDX-License-Identifier: MIT

extension Scaffold {
  /// A portable library: `Checksum`, or `formats/Checksum` for one in a folder of its kind.
  static func library(
    _ name: String, read: (String) -> String?
  ) throws(ScaffoldError) -> Scaffold {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let module = try Name.type(parts.last ?? "")
    for part in parts.dropLast() { _ = try Name.program(part) }
    let folder = (parts.dropLast() + [module.lowercased()]).joined(separator: "/")
    let root = "libraries/\(folder)"
    var scaffold = Scaffold()
    try scaffold.add(
      "\(root)/README.md",
      """
      <!-- SPDX-License-Identifier: MIT -->
      # \(module)

      Purpose: what this library is for, in a sentence.

      Start here: `\(module).swift`.

      Invariants
      - Portable and safe: no I/O, no clock, no globals; bytes, time and randomness are parameters.

      Not here: what a reader might look for and does not find.
      """, read: read)
    try scaffold.add(
      "\(root)/\(module).swift",
      """
      // SPDX-License-Identifier: MIT

      /// What a \(Name.words(module)) is.
      public struct \(module): Equatable, Sendable {
        /// How many things it has been told.
        public private(set) var count = 0

        public init() {}

        /// Tells it of one more.
        @export(interface)
        public mutating func add() { count &+= 1 }
      }
      """, read: read)
    try scaffold.add(
      "\(root)/Tests/\(module)Tests.swift",
      """
      // SPDX-License-Identifier: MIT
      import Testing

      @testable import \(module)

      @Suite("\(module)")
      struct \(module)Tests {
        @Test func countsWhatItIsTold() {
          var value = \(module)()
          value.add()
          #expect(value.count == 1)
        }
      }
      """, read: read)
    try scaffold.addRows(
      "  Module(name: \"\(module)\", path: \"\(folder)\"),", to: "libraries/Package.swift",
      table: "let modules = [", end: "]", read: read)
    scaffold.suggest("./apus test \(module)")
    scaffold.suggest("its dependencies are its row in libraries/Package.swift")
    return scaffold
  }
}
