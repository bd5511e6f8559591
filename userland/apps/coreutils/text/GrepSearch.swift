// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Regular
import UtilityFrame

/// Searches one file after another.
final class GrepSearch {
  private var matcher: LineMatcher
  private let style: GrepStyle
  private let invocation: Invocation
  private(set) var hasSelected = false
  private(set) var hasFailed = false
  private var printer: GrepPrinter

  // Of the current file:
  private var selected: UInt64 = 0
  /// Bytes in the blocks before the current one, and lines before `counted` in it.
  private var offset: UInt64 = 0
  private var line: UInt64 = 0
  private var counted = 0
  private var isBinary = false
  private var isFinished = false
  /// The last lines that were not selected, for `-B`.
  private var kept: [(line: UInt64, offset: UInt64, bytes: [UInt8])] = []
  private var afterLeft = 0

  init(_ matcher: LineMatcher, _ style: GrepStyle, _ invocation: Invocation) {
    self.matcher = matcher
    self.style = style
    self.invocation = invocation
    printer = GrepPrinter(style)
  }

  /// Whether nothing more has to be searched.
  var isOver: Bool { style.output == .nothing && hasSelected }

  func fail(_ path: Text, _ error: SystemError) {
    hasFailed = true
    if !style.isSilent {
      invocation.say("grep: " + path.shownSafely + ": " + Text(error.explanation))
    }
  }

  /// Searches a file and prints what is asked for.
  func run(_ path: Text, shownAs name: Text) throws(UtilityStop) {
    selected = 0
    offset = 0
    line = 0
    isBinary = false
    isFinished = style.limit == 0
    kept = []
    afterLeft = 0
    printer.begin(name)
    let handle: Handle
    do throws(SystemError) {
      handle = path == "-" ? .standardInput : try invocation.system.openFile(path)
    } catch {
      return fail(path, error)
    }
    let input = UtilityInput(handle, invocation.system, isOwned: path != "-")
    defer { input.close() }
    var blocks = TextBlocks(terminator: style.terminator)
    while !isFinished || afterLeft > 0 {
      let piece: ArraySlice<UInt8>?
      do throws(SystemError) { piece = try input.nextPiece() } catch {
        fail(path, error)
        break
      }
      guard let piece else { break }
      if !isBinary, !style.takesAllForText, piece.span.firstIndex(of: 0) != nil { isBinary = true }
      if isBinary, style.skipsBinary { return }
      try blocks.add(piece.span) { (block) throws(UtilityStop) in try search(block) }
      if style.sendsLines { invocation.output.send() }
      try invocation.checkOutput()
    }
    if !isFinished || afterLeft > 0 {
      try blocks.finish { (block) throws(UtilityStop) in try search(block) }
    }
    finish(name)
  }

  private func finish(_ name: Text) {
    if selected > 0 { hasSelected = true }
    switch style.output {
    case .count: printer.putCount(selected, &invocation.output)
    case .names where selected > 0: printer.putName(&invocation.output)
    case .namesWithout where selected == 0: printer.putName(&invocation.output)
    case .lines where isBinary && selected > 0, .parts where isBinary && selected > 0:
      invocation.output.put("grep: ")
      invocation.output.put(name.shownSafely)
      invocation.output.put(": binary file matches\n")
    default: break
    }
  }

  // MARK: Blocks of whole lines

  private func search(_ block: Span<UInt8>) throws(UtilityStop) {
    counted = 0
    var place = 0
    while place < block.count, !isFinished || afterLeft > 0 {
      let found = isFinished ? nil : matcher.nextLine(in: block, from: place, to: block.count)
      let stop = found?.lowerBound ?? block.count
      if stop > place {
        if style.isInverted, !isFinished {
          try selectLines(block, place..<stop)
        } else {
          passLines(block, place..<stop)
        }
      }
      guard let found else { break }
      if style.isInverted {
        passLines(block, found.lowerBound..<min(found.upperBound + 1, block.count))
      } else {
        try select(block, found)
      }
      place = found.upperBound + 1
    }
    if needsNumbers, counted < block.count { count(block, to: block.count) }
    offset &+= UInt64(block.count)
  }

  private var needsNumbers: Bool { style.showsNumbers || style.hasContext }

  private func count(_ block: Span<UInt8>, to end: Int) {
    line &+= UInt64(block.extracting(counted..<end).count(of: style.terminator))
    counted = end
  }

  /// Selects each line of a stretch.
  private func selectLines(_ block: Span<UInt8>, _ range: Range<Int>) throws(UtilityStop) {
    var start = range.lowerBound
    while start < range.upperBound {
      if isFinished { return passLines(block, start..<range.upperBound) }
      let end = block.firstIndex(of: style.terminator, from: start) ?? block.count
      try select(block, start..<end)
      start = end + 1
    }
  }

  private func select(_ block: Span<UInt8>, _ range: Range<Int>) throws(UtilityStop) {
    selected += 1
    if style.endsAtFirst || isBinary && style.output != .count || selected >= style.limit {
      isFinished = true
    }
    guard !isBinary, style.output == .lines || style.output == .parts else { return }
    if needsNumbers { count(block, to: range.lowerBound) }
    if style.hasContext {
      let first = kept.first?.line ?? line + 1
      printer.separate(before: first, &invocation.output)
      for entry in kept {
        printer.putContext(entry.bytes.span, entry.line, entry.offset, &invocation.output)
      }
      kept.removeAll(keepingCapacity: true)
      afterLeft = style.after
    }
    var parts: [Range<Int>] = []
    if style.output == .parts || (style.isColoured && !style.isInverted) {
      do throws(RegularExpressionError) {
        parts = try matcher.matches(in: block.extracting(range))
      } catch {
        throw .failed(error.message)
      }
    }
    printer.put(
      block.extracting(range), parts, line + 1, offset &+ UInt64(range.lowerBound),
      &invocation.output)
    if style.sendsLines { invocation.output.send() }
  }

  /// Goes past lines that are not selected: some are printed after what was, the last are kept.
  private func passLines(_ block: Span<UInt8>, _ range: Range<Int>) {
    guard style.hasContext, !isBinary else { return }
    var start = range.lowerBound
    while afterLeft > 0, start < range.upperBound {
      let end = block.firstIndex(of: style.terminator, from: start) ?? block.count
      count(block, to: start)
      printer.putContext(
        block.extracting(start..<end), line + 1, offset &+ UInt64(start), &invocation.output)
      afterLeft -= 1
      start = end + 1
    }
    guard style.before > 0, start < range.upperBound else { return }
    // The last lines of the stretch, from behind.
    var first = min(range.upperBound, block.count)
    var lines = 0
    while first > start, lines < style.before {
      first -= 1
      while first > start, block[first - 1] != style.terminator { first -= 1 }
      lines += 1
    }
    while first < range.upperBound {
      let end = block.firstIndex(of: style.terminator, from: first) ?? block.count
      count(block, to: first)
      var bytes: [UInt8] = []
      bytes.append(copyOf: block.extracting(first..<end))
      kept.append((line + 1, offset &+ UInt64(first), bytes))
      first = end + 1
    }
    if kept.count > style.before { kept.removeFirst(kept.count - style.before) }
  }
}
