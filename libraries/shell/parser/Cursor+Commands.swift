// SPDX-License-Identifier: MIT
import Base
import Core

extension Cursor {
  /// Commands joined by `&&` and `||`; a line may end after either.
  mutating func chain() throws(ParseError) -> Chain {
    var links: [Link] = []
    var connector = Link.Connector.always
    while true {
      skipSpaces()
      let prefixes = prefixes()
      let action = try action()
      links.append(Link(connector: connector, prefixes: prefixes, action: action))
      skipSpaces()
      if case .pipeline(let pipeline) = action, pipeline.placement != .foreground { break }
      if take("&&") {
        connector = .onSuccess
      } else if take("||") {
        connector = .onFailure
      } else {
        break
      }
      skipBlank()
      if isAtEnd { throw failure(.missingNextCommand) }
    }
    return Chain(links: links)
  }

  private mutating func prefixes() -> [Link.Prefix] {
    var prefixes: [Link.Prefix] = []
    while true {
      if take(keyword: "not") || take(keyword: "!") {
        prefixes.append(.not)
      } else if take(keyword: "and") {
        prefixes.append(.and)
      } else if take(keyword: "or") {
        prefixes.append(.or)
      } else {
        return prefixes
      }
      skipSpaces()
    }
  }

  private mutating func action() throws(ParseError) -> Action {
    if take(keyword: "let") { return .assignment(try assignment(isExport: false)) }
    if take(keyword: "export") { return .assignment(try assignment(isExport: true)) }
    if take(keyword: "break") { return .breakLoop }
    if take(keyword: "continue") { return .continueLoop }
    if take(keyword: "return") { return .leave(try words()) }
    return .pipeline(try pipeline())
  }

  /// Words up to the end of the command.
  mutating func words() throws(ParseError) -> [Word] {
    var words: [Word] = []
    while true {
      skipSpaces()
      if isAtWordEnd || current == 0x23 { return words }
      words.append(try word(.command))
    }
  }

  private mutating func pipeline() throws(ParseError) -> Pipeline {
    var stages: [Stage] = []
    let start = index
    while true {
      var stage = try stage()
      stage.pipe = pipe()
      stages.append(stage)
      guard stage.pipe != nil else { break }
      skipBlank()
      if isAtEnd { throw failure(.missingNextCommand) }
    }
    var placement = Pipeline.Placement.foreground
    let end = index
    if take("&!") {
      placement = .disowned
    } else if current == 0x26, !isAtEnd, !starts(with: "&&") {
      index += 1
      placement = .background
    }
    var pipeline = Pipeline(stages: stages, placement: placement)
    if placement != .foreground { pipeline.source = Text(bytes[start..<end]) }
    return pipeline
  }

  private mutating func pipe() -> Stage.Pipe? {
    if take("^|") { return .error }
    if take("&|") { return .both }
    if starts(with: "||") { return nil }
    return take("|") ? .output : nil
  }

  private mutating func stage() throws(ParseError) -> Stage {
    skipSpaces()
    var stage = Stage(offset: index)
    while true {
      skipSpaces()
      if let kind = redirection() {
        stage.redirections.append(try target(of: kind))
        continue
      }
      if isAtWordEnd || current == 0x23 { break }
      let word = try word(.command)
      if stage.words.isEmpty, let variable = Self.variable(in: word) {
        skipSpaces()
        if !isAtWordEnd, current != 0x23 {
          stage.variables.append(variable)
          continue
        }
      }
      stage.words.append(word)
    }
    guard !stage.words.isEmpty else { throw isAtEnd ? failure(.missingCommand) : unexpected() }
    return stage
  }

  /// A word of the form `NAME=value`, which sets a variable for one command.
  private static func variable(in word: Word) -> Stage.Variable? {
    guard case .literal(let text, isQuoted: false)? = word.parts.first,
      let equals = text.firstIndex(of: 0x3D), equals > 0, !text[0].isASCIIDigit,
      !text.bytes[..<equals].contains(where: { !$0.isNamePart })
    else { return nil }
    var parts = word.parts
    parts[0] = .literal(text[(equals + 1)...], isQuoted: false)
    return Stage.Variable(name: text[0..<equals], value: Word(parts))
  }

  private mutating func redirection() -> Redirection.Kind? {
    if take("<<<") { return .hereString }
    if take("<<") { return .hereDocument }
    if take("<") { return .input }
    if take("^>>") { return .errorAppend }
    if take("^>") { return .error }
    if take("&>>") { return .bothAppend }
    if take("&>") { return .both }
    if take(">>") { return .append }
    return take(">") ? .output : nil
  }

  private mutating func target(of kind: Redirection.Kind) throws(ParseError) -> Redirection {
    skipSpaces()
    guard !isAtWordEnd else { throw failure(.missingRedirectionTarget) }
    let word = try word(.command)
    guard kind == .hereDocument else { return Redirection(kind: kind, target: word) }
    return Redirection(kind: kind, target: try hereDocument(word))
  }

  /// Reads the lines after this one, up to the delimiter on a line of its own. They expand as in
  /// double quotes unless the delimiter is quoted.
  private mutating func hereDocument(_ word: Word) throws(ParseError) -> Word {
    guard let delimiter = word.plainText, !delimiter.isEmpty else {
      throw failure(.missingHereDelimiter)
    }
    let start = index
    var lineEnd = index
    while lineEnd < end, bytes[lineEnd] != 0x0A { lineEnd += 1 }
    var count = 1
    var bodyStart = lineEnd + 1
    if let read = hereDocuments, read.lineEnd == lineEnd {
      count = read.count + 1
      bodyStart = read.end
    }
    guard count <= ParserLimits.hereDocumentsPerLine else { throw failure(.tooManyHereDocuments) }
    var line = bodyStart
    while line < end {
      var next = line
      while next < end, bytes[next] != 0x0A { next += 1 }
      if Text(bytes[line..<next]) == delimiter {
        hereDocuments = (lineEnd, min(next + 1, end), count)
        return try body(bodyStart..<line, expands: word.bareText != nil)
      }
      line = next + 1
    }
    throw failure(.unterminatedHereDocument, at: start)
  }

  private mutating func body(_ range: Range<Int>, expands: Bool) throws(ParseError) -> Word {
    guard expands else { return Word([.literal(Text(bytes[range]), isQuoted: true)]) }
    let saved = (index, end, hereDocuments)
    (index, end) = (range.lowerBound, range.upperBound)
    let parts = try quoted(until: nil)
    (index, end, hereDocuments) = saved
    return Word(parts)
  }
}
