// SPDX-License-Identifier: MIT

extension Scaffold {
  enum ProgramKind { case service, driver }

  /// A program of userland: logic that is tested on the host, a thin `main`, and a row in the table
  /// of programs.
  static func program(
    _ name: String, _ kind: ProgramKind, read: (String) -> String?
  ) throws(ScaffoldError) -> Scaffold {
    let name = try Name.program(name)
    let module = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined()
    let folder = kind == .service ? "services/\(name)" : "drivers/\(name)"
    let root = "userland/\(folder)"
    var scaffold = Scaffold()
    switch kind {
    case .service:
      try scaffold.add("\(root)/README.md", serviceReadme(name, module), read: read)
      try scaffold.add("\(root)/\(module).swift", serviceLogic(name, module), read: read)
      try scaffold.add("\(root)/Tests/\(module)Tests.swift", serviceTest(module), read: read)
      try scaffold.add("\(root)/main/Main.swift", serviceMain(name, module), read: read)
    case .driver:
      try scaffold.add("\(root)/README.md", driverReadme(name), read: read)
      try scaffold.add("\(root)/Registers.swift", driverRegisters(name, module), read: read)
      try scaffold.add("\(root)/Device.swift", driverDevice(module), read: read)
      try scaffold.add("\(root)/Tests/\(module)Tests.swift", driverTest(module), read: read)
      try scaffold.add("\(root)/main/Main.swift", driverMain(name, module), read: read)
    }
    let uses = kind == .service ? "library(\"Base\"), library(\"Core\")" : "library(\"Core\")"
    try scaffold.addRows(
      """
        Program(
          name: "\(name)", module: "\(module)", folder: "\(folder)", uses: [\(uses)]),
      """, to: "userland/Package.swift", table: "let programs: [Program] = [", end: "]", read: read)
    scaffold.suggest("./apus test \(module)")
    switch kind {
    case .service:
      try scaffold.add("images/files/init.d/60_\(name).service", serviceUnit(name), read: read)
      try scaffold.add(
        "images/files/services/\(name)", "# SPDX-License-Identifier: MIT\nscheme \(name)\n",
        read: read)
      try scaffold.addRows(
        "\"bin/\(name)\" = \"\(name)\"", to: "images/minimal.toml", table: "[programs]", end: "",
        read: read)
      scaffold.suggest("./apus exec -- 'echo hello > /scheme/\(name); cat /scheme/\(name)'")
      scaffold.suggest("what its unit and its table can say: docs/formats/service.md")
    case .driver:
      scaffold.suggest("put it into an image: \"bin/\(name)\" = \"\(name)\" in images/minimal.toml")
    }
    return scaffold
  }

  private static func serviceUnit(_ name: String) -> String {
    """
    # SPDX-License-Identifier: MIT
    [unit]
    description = "A note"

    [service]
    cmd = "\(name)"
    type = { scheme = "\(name)" }

    """
  }

  private static func serviceReadme(_ name: String, _ module: String) -> String {
    """
    <!-- SPDX-License-Identifier: MIT -->
    # \(name)

    Purpose: serves `/scheme/\(name)`, one file that reads as what was written to it last.

    Start here: `\(module).swift`, what is kept; `main/Main.swift`, the scheme's operations.

    Invariants
    - The logic is portable and knows no system call; `main` only joins it to the runtime.
    - At most `\(module).byteLimit` bytes are kept, whoever writes.

    Not here: what survives a restart (a capsule), more than one file.
    """
  }

  private static func serviceLogic(_ name: String, _ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    public import Base

    /// What `\(name)` keeps: the bytes that were written last.
    public struct \(module): Equatable, Sendable {
      public static var byteLimit: Int { 4096 }

      public private(set) var text = Text()

      public init() {}

      /// Keeps the first bytes of `bytes`, as many as there is room for, instead of what was there.
      ///
      /// - Returns: how many.
      @export(interface)
      public mutating func replace(with bytes: Span<UInt8>) -> Int {
        let count = min(bytes.count, Self.byteLimit)
        text = Text(bytes.extracting(0..<count))
        return count
      }

      /// Copies from `offset` on, as much as there is and `output` takes.
      @export(interface)
      public func copy(from offset: UInt64, into output: inout OutputSpan<UInt8>) {
        var index = Int(clamping: offset)
        while index < text.count && !output.isFull {
          output.append(text[index])
          index += 1
        }
      }
    }
    """
  }

  private static func serviceTest(_ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    import Testing

    @testable import \(module)

    @Suite("\(module)")
    struct \(module)Tests {
      private func read(_ value: \(module), from offset: UInt64, count: Int) -> [UInt8] {
        [UInt8](capacity: count) { output in value.copy(from: offset, into: &output) }
      }

      @Test func whatWasWrittenIsRead() {
        var value = \(module)()
        #expect(value.replace(with: [1, 2, 3].span) == 3)
        #expect(read(value, from: 0, count: 8) == [1, 2, 3])
        #expect(read(value, from: 1, count: 1) == [2])
        #expect(read(value, from: .max, count: 8) == [])
      }

      @Test func noMoreThanTheLimitIsKept() {
        var value = \(module)()
        let bytes = [UInt8](repeating: 7, count: \(module).byteLimit + 1)
        #expect(value.replace(with: bytes.span) == \(module).byteLimit)
      }
    }
    """
  }

  private static func serviceMain(_ name: String, _ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    import \(module)
    import Schemes
    import System

    /// `/scheme/\(name)`: reading yields what was written last.
    struct \(module)Server: SchemeServer, ~Copyable {
      /// The server's words for its files; the root's is zero.
      enum File: UInt64, SchemeFile {
        case root = 0
        case note = 1
      }

      private var kept = \(module)()

      mutating func open(
        _ path: consuming RequestPath, below directory: File, for request: inout Request
      ) throws(SystemError) -> File {
        guard path.isEmpty else { throw .notFound }
        return .note
      }

      mutating func read(
        _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
        for request: inout Request
      ) throws(SystemError) {
        kept.copy(from: offset, into: &output)
      }

      mutating func write(
        _ file: File, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
      ) throws(SystemError) -> Int {
        kept.replace(with: bytes)
      }
    }

    @main enum Main {
      static func main() { Daemon.serve(\(module)Server(), as: "\(name)") }
    }
    """
  }
}
