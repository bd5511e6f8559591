// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import ELF
import Testing

@testable import Runtime

@Suite("ScriptLine")
struct ScriptLineTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var head: Text
    var interpreter: Text?
    var argument: Text?
  }

  static let rows = [
    Row(
      testDescription: "the interpreter alone", head: "#!/bin/ion\necho", interpreter: "/bin/ion",
      argument: nil),
    Row(
      testDescription: "one argument with spaces", head: "#! /bin/env -S ion -x \n",
      interpreter: "/bin/env", argument: "-S ion -x"),
    Row(testDescription: "a line without an end", head: "#!/bin/ion", interpreter: "/bin/ion"),
    Row(testDescription: "no script", head: "echo hello"),
    Row(testDescription: "no interpreter", head: "#!   \n/bin/ion"),
    Row(testDescription: "a zero byte", head: "#!/bin/\0ion\n"),
    Row(
      testDescription: "a line that is too long",
      head: ("#!/" as Text) + Text([UInt8](repeating: 97, count: 300))),
  ]

  @Test(arguments: rows)
  func line(_ row: Row) {
    let line = ScriptLine(row.head.span)
    #expect(line?.interpreter == row.interpreter)
    #expect(line?.argument == row.argument)
  }

  @Test func theScriptTakesTheProgramsPlace() throws {
    let head: Text = "#!/bin/ion -x\n"
    let found = ScriptLine(head.span)
    let line = try #require(found)
    let arguments = line.arguments(script: "/home/a.ion", ["a.ion", "one", "two"])
    #expect(arguments == ["/bin/ion", "-x", "/home/a.ion", "one", "two"])
  }
}

@Suite("StartStack")
struct StartStackTests {
  private func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<8 { word |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
    return word
  }

  private func text(_ bytes: [UInt8], _ offset: Int) -> Text {
    var end = offset
    while bytes[end] != 0 { end += 1 }
    return Text(bytes[offset..<end])
  }

  @Test func everythingIsWhereTheABISays() throws {
    let top: UInt64 = 0x7F00_0000_0000
    let stack = try #require(
      StartStack(
        top: top, arguments: ["echo", "hello world"], environment: ["PATH=/bin", "A="],
        words: [(6, 4096)], texts: [.init(tag: 25, bytes: [1, 2, 3, 4])]))
    let bytes = stack.bytes
    #expect(stack.stackPointer % 16 == 0)
    #expect(UInt64(bytes.count) == top - stack.stackPointer)
    func at(_ index: Int) -> Int { Int(word(bytes, index * 8) - stack.stackPointer) }
    #expect(word(bytes, 0) == 2)
    #expect(text(bytes, at(1)) == "echo" as Text && text(bytes, at(2)) == "hello world" as Text)
    #expect(word(bytes, 3 * 8) == 0)
    #expect(text(bytes, at(4)) == "PATH=/bin" as Text && text(bytes, at(5)) == "A=" as Text)
    #expect(word(bytes, 6 * 8) == 0)
    #expect(word(bytes, 7 * 8) == 6 && word(bytes, 8 * 8) == 4096)
    #expect(word(bytes, 9 * 8) == 25 && bytes[at(10)..<at(10) + 4] == [1, 2, 3, 4])
    #expect(word(bytes, 11 * 8) == 0 && word(bytes, 12 * 8) == 0)
  }

  @Test func tooMuchIsRefused() {
    let large = Text([UInt8](repeating: 65, count: StartStack.limit * 3 / 5))
    let one = StartStack(top: 1 << 40, arguments: [large], environment: [], words: [], texts: [])
    let two = StartStack(
      top: 1 << 40, arguments: [large, large], environment: [], words: [], texts: [])
    let many = StartStack(
      top: 1 << 40, arguments: [Text](repeating: "", count: StartStack.limit / 8), environment: [],
      words: [],
      texts: [])
    #expect(one != nil && two == nil && many == nil)
  }
}

@Suite("LoadPlan")
struct LoadPlanTests {
  /// A program with one segment of code and one of data that ends in zeros.
  private func program() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 0x3000)
    var header = FileHeader()
    header.machine = 62
    header.entry = 0x1000
    header.programHeaderOffset = 64
    header.programHeaderCount = 2
    func write<Format: WireFormat>(_ value: Format, at offset: Int) {
      var encoded = [UInt8](repeating: 0, count: Format.byteCount)
      do { try value.encode(into: encoded.mutableSpan) } catch {
        Issue.record("a record does not encode")
      }
      bytes.replaceSubrange(offset..<(offset + Format.byteCount), with: encoded)
    }
    write(header, at: 0)
    var code = ProgramHeader()
    code.type = 1
    code.flags = 5
    code.fileBytes = 0x1100
    code.memoryBytes = 0x1100
    code.alignment = 4096
    write(code, at: 64)
    var data = ProgramHeader()
    data.type = 1
    data.flags = 6
    data.offset = 0x2010
    data.virtualAddress = 0x5010
    data.fileBytes = 0x20
    data.memoryBytes = 0x2000
    data.alignment = 4096
    write(data, at: 120)
    return bytes
  }

  @Test func segmentsBecomeMappingsAndZeros() throws {
    let bytes = program()
    let image = try ELFImage(parsing: bytes.span, for: .x86_64)
    let plan = LoadPlan(image, random: 3)
    let base: UInt64 = 0x5000_0000_3000
    #expect(plan.base == base && plan.entry == base + 0x1000)
    #expect(plan.programHeaders == base + 64 && plan.programHeaderCount == 2)
    let code = plan.segments[0]
    #expect(code.fileAddress == base && code.fileBytes == 0x2000 && code.fileOffset == 0)
    #expect(code.zeroBytes == 0 && code.blankBytes == 0 && code.isExecutable)
    let data = plan.segments[1]
    #expect(data.fileAddress == base + 0x5000 && data.fileBytes == 0x1000)
    #expect(data.fileOffset == 0x2000)
    #expect(data.zeroAddress == base + 0x5030 && data.zeroBytes == 0xFD0)
    #expect(data.blankAddress == base + 0x6000 && data.blankBytes == 0x2000)
  }
}

@Suite("DirectoryRecords")
struct DirectoryRecordsTests {
  private func record(_ name: Text, recordBytes: Int, nameBytes: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 24) + name.bytes
    bytes[0] = 9
    bytes[16] = UInt8(recordBytes)
    bytes[18] = UInt8(nameBytes)
    bytes[20] = 8
    while bytes.count < recordBytes { bytes.append(0) }
    return bytes
  }

  @Test func wholeRecordsAreRead() throws {
    let bytes =
      record("one", recordBytes: 32, nameBytes: 3)
      + record("twelve12", recordBytes: 32, nameBytes: 8)
    var records = DirectoryRecords(bytes.span)
    let first = try records.next()
    let second = try records.next()
    let third = try records.next()
    #expect(first?.cookie == 9 && first?.type == 8)
    let name = second.map { Text(records.name(of: $0)) }
    #expect(name == "twelve12" as Text)
    #expect(third == nil)
  }

  @Test(arguments: [(0, 3), (23, 1), (64, 3), (32, 9), (32, 0)])
  func othersAreRefused(_ recordBytes: Int, _ nameBytes: Int) {
    let bytes = record("one", recordBytes: recordBytes, nameBytes: nameBytes)
    var records = DirectoryRecords(bytes.span.extracting(first: min(bytes.count, 32)))
    #expect(throws: SystemError.protocolError) { _ = try records.next() }
  }
}
