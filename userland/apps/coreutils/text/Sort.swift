// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import UtilityFrame

enum Sort: UtilityProgram {
  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let checks = options.has("-c") || options.has("-C")
    if checks, options.operands.count > 1 {
      throw .usage("extra operand with -c: " + options.operands[1].quotedForMessage)
    }
    let sorter = try sorter(options)
    if options.has("-m"), !checks { return try merge(sorter, options, invocation) }
    let limit = try quantity(options.value("-S"), "buffer size") ?? 1 << 30
    var input = SortInput(limit: Int(clamping: limit), terminator: options.terminator)
    for operand in options.operands.isEmpty ? ["-"] : options.operands {
      // What is missing makes the whole result wrong, so nothing is printed.
      guard try input.read(operand, invocation) else { return 2 }
    }
    var lines: [LineSorter.Line] = []
    let count = input.text.span.count(of: options.terminator)
    // Sorting takes a second array of the same size, which lies behind the first.
    let needed = 2 * (count * MemoryLayout<LineSorter.Line>.stride + SortInput.blockHeader)
    guard invocation.system.hasMemory(for: needed) else {
      SortInput.complainOfMemory(invocation)
      return 2
    }
    lines.reserveCapacity(count)
    input.forEachLine { lines.append(sorter.line(input.text.span, $0)) }
    if checks { return check(lines, input.text.span, sorter, options, invocation) }
    sorter.sort(&lines, input.text.span)
    return try print(lines, input.text, sorter, options, invocation)
  }

  private static func sorter(_ options: Options) throws(UtilityStop) -> LineSorter {
    var order = SortOrder()
    for (letter, name) in [
      (UInt8(ascii: "b"), "-b"), (UInt8(ascii: "d"), "-d"), (UInt8(ascii: "f"), "-f"),
      (UInt8(ascii: "g"), "-g"), (UInt8(ascii: "h"), "-h"), (UInt8(ascii: "i"), "-i"),
      (UInt8(ascii: "M"), "-M"), (UInt8(ascii: "n"), "-n"), (UInt8(ascii: "r"), "-r"),
      (UInt8(ascii: "V"), "-V"),
    ] as [(UInt8, StaticString)] where options.has(name) { _ = order.take(letter) }
    var separator: UInt8?
    if let text = options.value("-t") {
      guard text.count == 1 || text == "\\0" else {
        throw .usage("the separator must be a single byte")
      }
      separator = text.count == 1 ? text[0] : 0
    }
    var keys: [SortKey] = []
    for text in options.values("-k") {
      var key = try SortKey(text)
      if !key.hasOrder {
        key.order = order
        key.skipsBlanksAtStart = order.ignoresBlanks
        key.skipsBlanksAtEnd = order.ignoresBlanks
      }
      keys.append(key)
    }
    var lastResort: SortOrder?
    if keys.isEmpty {
      var key = SortKey()
      key.order = order
      key.skipsBlanksAtStart = order.ignoresBlanks
      keys = [key]
    }
    let isWholeLine = options.values("-k").isEmpty && order.isPlain && !order.ignoresBlanks
    if !isWholeLine, !options.has("-s"), !options.has("-u") {
      lastResort = SortOrder()
      lastResort?.isReversed = order.isReversed
    }
    return LineSorter(keys: keys, separator: separator, lastResort: lastResort)
  }

  private static func check(
    _ lines: [LineSorter.Line], _ text: Span<UInt8>, _ sorter: LineSorter, _ options: Options,
    _ invocation: Invocation
  ) -> Int32 {
    for index in lines.indices.dropFirst() {
      let result = sorter.compare(text, lines[index - 1], lines[index])
      guard result > 0 || (result == 0 && options.has("-u")) else { continue }
      if !options.has("-C") {
        var message: Text = "sort: "
        message.put((options.operands.first ?? "-").shownSafely)
        message.put(":")
        message.put(decimal: UInt64(index + 1))
        message.put(": disorder: ")
        message.put(Text(text.extracting(lines[index].range)).shownSafely)
        invocation.say(message)
      }
      return 1
    }
    return 0
  }

  private static func merge(
    _ sorter: LineSorter, _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> Int32 {
    var merger = LineMerger(sorter, options.terminator, isUnique: options.has("-u"))
    defer { merger.close() }
    for operand in options.operands.isEmpty ? ["-"] : options.operands {
      guard let input = invocation.openInput(operand) else { return 2 }
      merger.add(input, operand)
    }
    var file: FileOutput?
    if let name = options.value("-o"), name != "-" { file = try FileOutput(name, invocation) }
    defer { file?.close() }
    guard merger.start(invocation) else { return 2 }
    while let line = merger.first {
      if let file {
        merger.put(line, &file.output)
        if file.output.failure != nil { break }
      } else {
        merger.put(line, &invocation.output)
        try invocation.checkOutput()
      }
      guard merger.advance(line, invocation) else { return 2 }
    }
    file?.finish(invocation)
    return file?.output.failure == nil ? 0 : 2
  }

  private static func print(
    _ lines: [LineSorter.Line], _ text: [UInt8], _ sorter: LineSorter, _ options: Options,
    _ invocation: Invocation
  ) throws(UtilityStop) -> Int32 {
    var file: FileOutput?
    if let name = options.value("-o"), name != "-" { file = try FileOutput(name, invocation) }
    defer { file?.close() }
    let terminator = options.terminator
    let isUnique = options.has("-u")
    func put(_ output: inout UtilityOutput) {
      var last: LineSorter.Line?
      for line in lines {
        if isUnique, let last, sorter.compareKeys(text.span, last, line) == 0 { continue }
        if isUnique { last = line }
        output.put(text.span.extracting(line.range))
        output.put(terminator)
        if output.failure != nil { return }
      }
    }
    if let file {
      put(&file.output)
      file.finish(invocation)
      if file.output.failure != nil { return 2 }
    } else {
      put(&invocation.output)
    }
    return 0
  }
}
