// SPDX-License-Identifier: MIT

extension Scaffold {
  /// A system call: its number, its declaration, its row in the kernel's dispatch, a handler that
  /// answers with its argument, and a test.
  static func call(_ name: String, read: (String) -> String?) throws(ScaffoldError) -> Scaffold {
    let type = try Name.type(name)
    let value = Name.value(type)
    let numbers = "libraries/abi/CallNumber.swift"
    var scaffold = Scaffold()
    try scaffold.add("libraries/abi/Calls/\(type).swift", declaration(type, value), read: read)
    try scaffold.add("libraries/abi/Tests/\(type)Tests.swift", test(type), read: read)
    try scaffold.add("kernel/core/Calls/\(type).swift", handler(type), read: read)
    let number = nextNumber(in: read(numbers) ?? "")
    try scaffold.addRows(
      "  case \(value) = \(number)", to: numbers, table: "public enum CallNumber", end: "}",
      read: read)
    let dispatch = "kernel/core/Calls/Dispatch.swift"
    try scaffold.addRows(
      try dispatchRow(value, type, in: read(dispatch) ?? "", path: dispatch),
      to: dispatch, table: "  switch number {", end: "  }", read: read)
    try scaffold.addRows(
      "      \(type).self,", to: "tools/documents/CallTable.swift", table: "enum CallTable {",
      end: "    ]", read: read)
    scaffold.suggest("./apus test ABI kernel")
    scaffold.suggest("programs call it with `perform`; ./apus docs writes its manual page")
    return scaffold
  }

  /// A row like the last one: what the kernel's rows look like is the kernel's affair.
  static func dispatchRow(
    _ value: String, _ type: String, in text: String, path: String
  ) throws(ScaffoldError) -> String {
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("  case .") }
    guard let last = rows.last, let colon = last.firstIndex(of: ":"),
      let handle = last[colon...].firstIndex(of: "(")
    else { throw .tableMissing(path: path, line: "  case .") }
    let after = last[last.index(after: handle)...].drop { $0 != "(" }
    return "  case .\(value)\(last[colon...handle])\(type)\(after)"
  }

  /// Numbers are never used again, so a new call gets one above all others.
  static func nextNumber(in text: String) -> Int {
    let numbers = text.split(separator: "\n").compactMap { line -> Int? in
      let words = line.split(separator: " ")
      guard words.count >= 4, words[0] == "case", words[2] == "=" else { return nil }
      return Int(words[3])
    }
    return (numbers.max() ?? 0) + 1
  }

  private static func declaration(_ type: String, _ value: String) -> String {
    """
    // SPDX-License-Identifier: MIT

    /// What the call does, in a sentence.
    ///
    /// - Returns: what it was given.
    /// - Throws: nothing.
    /// - Blocking: never.
    public struct \(type): SystemCall {
      public typealias Reply = UInt
      @inline(__always) public static var number: CallNumber { .\(value) }

      public var argument: UInt = 0

      @inline(__always) public init() {}
      @inline(__always)
      public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
        try coder.word("argument", &argument)
      }
    }
    """
  }

  private static func handler(_ type: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    import ABI
    import Objects

    func handle(_ call: \(type), _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
      .done(call.argument)
    }
    """
  }

  private static func test(_ type: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    import Testing

    @testable import ABI

    @Suite("\(type)")
    struct \(type)Tests {
      @Test func argumentsSurviveTheRegisters() throws {
        var call = \(type)()
        call.argument = 42
        var writer = CallWriter()
        try call.arguments(&writer)
        var decoded = \(type)()
        var reader = CallReader(writer.words)
        try decoded.arguments(&reader)
        #expect(decoded.argument == 42)
      }
    }
    """
  }
}
