// SPDX-License-Identifier: MIT
import Base
import Core
import ShellParser

/// Turns words as written into the texts that commands get.
public struct Expander<Context: ExpansionContext> {
  let context: Context

  public init(_ context: Context) { self.context = context }

  /// The words that `words` become, in order.
  public func texts(of words: [Word]) throws(ExpansionError) -> [Text] {
    var result: [Text] = []
    result.reserveCapacity(words.count)
    for word in words { try append(word, to: &result) }
    return result
  }

  /// Adds the words that `word` becomes.
  public func append(_ word: Word, to result: inout [Text]) throws(ExpansionError) {
    if let text = try simpleText(of: word) {
      result.append(text)
    } else {
      result += try texts(of: word)
    }
  }

  /// What most words are: one text or one variable, which can be had without more ado. `nil` for
  /// all others.
  private func simpleText(of word: Word) throws(ExpansionError) -> Text? {
    let text: Text
    switch word.form {
    case .plain(let text): return text
    case .variable(let name):
      guard let value = try context.value(namespace: Text(), name: name) else {
        throw .missing(name)
      }
      text = value.text
    case .general:
      guard word.parts.count == 1, case .string(let expression) = word.parts[0] else { return nil }
      text = try nested { () throws(ExpansionError) -> Text in try self.text(of: expression) }
    }
    guard text.count <= ExpansionLimits.bytes else { throw ExpansionError("too many words") }
    return text
  }

  /// The words that `word` becomes: none, one or many.
  public func texts(of word: Word) throws(ExpansionError) -> [Text] {
    if let text = try simpleText(of: word) { return [text] }
    if let text = word.bareText, !Glob.isPattern(text) { return [text] }
    let fields = try fields(of: word, asPatterns: Self.mayBePattern(word))
    guard fields.contains(where: { $0.isPattern }) else { return fields.map { $0.text } }
    var result: [Text] = []
    var hasMatches = false
    for field in fields {
      if field.isPattern {
        let matches = Glob(field.pattern).paths(context)
        if !matches.isEmpty { hasMatches = true }
        result += matches
      } else {
        result.append(field.text)
      }
      if result.count > ExpansionLimits.words { throw ExpansionError("too many words") }
    }
    // Patterns that nothing fits are left out if another one of the word has matches.
    return hasMatches ? result : fields.map { $0.text }
  }

  /// `word` as one text: several words are joined by spaces.
  public func text(of word: Word) throws(ExpansionError) -> Text {
    if let text = try simpleText(of: word) { return text }
    return try texts(of: word).joined(by: " ")
  }

  /// `word` as a value: an array if it is one by itself, else a text.
  public func value(of word: Word) throws(ExpansionError) -> Value {
    guard word.parts.count == 1 else { return .string(try text(of: word)) }
    switch word.parts[0] {
    case .list(let words, let selection):
      guard selection == nil else { return Value(try texts(of: word)) }
      return .array(try elements(words))
    case .array(let expression, isQuoted: false): return try value(of: expression)
    case .alternatives: return Value(try texts(of: word))
    case .literal, .string, .array, .tilde: return .string(try text(of: word))
    }
  }

  /// Whether `word` is an array by itself, whatever it expands to.
  public static func isArray(_ word: Word) -> Bool {
    guard word.parts.count == 1 else { return false }
    switch word.parts[0] {
    case .list, .array(_, isQuoted: false): return true
    case .literal, .string, .array, .tilde, .alternatives: return false
    }
  }

  /// The elements of an array as written. Arrays in it become part of it, unless they have a key.
  private func elements(_ words: [Word]) throws(ExpansionError) -> [Value] {
    var values: [Value] = []
    for word in words {
      for text in try texts(of: word) { values.append(.string(text)) }
    }
    return values
  }

  /// The keys and values of a map as written: `[key=value other=[a b]]`. Elements that begin with
  /// something else than a plain key are texts of that form.
  public func entries(of word: Word) throws(ExpansionError) -> [(key: Text, value: Value)] {
    guard word.parts.count == 1, case .list(let words, nil) = word.parts[0] else {
      throw ExpansionError("a map is written as [key=value …]")
    }
    var entries: [(key: Text, value: Value)] = []
    for word in words {
      guard case .literal(let first, isQuoted: false)? = word.parts.first,
        let equals = first.firstIndex(of: 0x3D)
      else {
        for text in try texts(of: [word]) {
          guard let equals = text.firstIndex(of: 0x3D) else {
            throw ExpansionError("a map's element is written as key=value")
          }
          entries.append((text[0..<equals], .string(text[(equals + 1)...])))
        }
        continue
      }
      var parts = word.parts
      if equals + 1 < first.count || parts.count == 1 {
        parts[0] = .literal(first[(equals + 1)...], isQuoted: false)
      } else {
        parts.removeFirst()
      }
      entries.append((first[0..<equals], try value(of: Word(parts))))
    }
    return entries
  }

  /// Whether anything unquoted in the word is a pattern.
  private static func mayBePattern(_ word: Word) -> Bool {
    for part in word.parts {
      switch part {
      case .literal(let text, isQuoted: false): if text.mayBePattern { return true }
      case .alternatives(let words): for word in words where mayBePattern(word) { return true }
      case .literal, .string, .array, .list, .tilde: continue
      }
    }
    return false
  }

  private func fields(of word: Word, asPatterns: Bool) throws(ExpansionError) -> [Field] {
    try nested { () throws(ExpansionError) -> [Field] in
      try expanded(word, asPatterns: asPatterns)
    }
  }

  /// Expands something within what is being expanded; commands in it may expand words again.
  private func nested<Result>(
    _ body: () throws(ExpansionError) -> Result
  ) throws(ExpansionError) -> Result {
    context.expansionDepth += 1
    defer { context.expansionDepth -= 1 }
    guard context.expansionDepth <= ExpansionLimits.depth else {
      throw ExpansionError("expansions are nested too deeply")
    }
    return try body()
  }

  private func expanded(_ word: Word, asPatterns: Bool) throws(ExpansionError) -> [Field] {
    var fields = Fields(asPatterns: asPatterns)
    for part in word.parts {
      switch part {
      case .literal(let text, let isQuoted): fields.append(text, isQuoted: isQuoted)
      case .string(let expression): fields.append(try text(of: expression), isQuoted: true)
      case .array(let expression, isQuoted: true):
        fields.append(try texts(of: expression).joined(by: " "), isQuoted: true)
      case .array(let expression, isQuoted: false): fields.splice(try texts(of: expression))
      case .list(let words, let selection):
        let texts = try texts(of: words)
        fields.splice(
          try selection.map { words throws(ExpansionError) in
            try select(words, from: texts)
          } ?? texts)
      case .alternatives(let words):
        try fields.multiply(by: try alternatives(words, asPatterns: asPatterns))
      case .tilde(let user):
        fields.append(context.home(of: user) ?? "~" + user, isQuoted: true)
      }
      try fields.check()
    }
    return fields.all
  }

  private func alternatives(
    _ words: [Word], asPatterns: Bool
  ) throws(ExpansionError) -> [Field] {
    var result: [Field] = []
    for word in words {
      let fields = try fields(of: word, asPatterns: asPatterns)
      if word.parts.isEmpty {
        result.append(Field(asPattern: asPatterns))
      } else if fields.count == 1, let range = TextRange(fields[0].text) {
        result += try range.texts().map { Field($0, asPattern: asPatterns) }
      } else {
        result += fields
      }
    }
    return result
  }
}

/// A word on its way: its text, and the same as a pattern of file names.
struct Field {
  var text = Text()
  /// Only kept where the word may be a pattern.
  var pattern = Text()
  var isPattern = false
  private let keepsPattern: Bool

  init(asPattern: Bool) { keepsPattern = asPattern }

  init(_ text: Text, asPattern: Bool) {
    keepsPattern = asPattern
    append(text, isQuoted: true)
  }

  mutating func append(_ more: Text, isQuoted: Bool) {
    text.put(more)
    guard keepsPattern else { return }
    if isQuoted {
      for byte in more.bytes {
        if Glob.isSpecial(byte) { pattern.put(0x5C) }
        pattern.put(byte)
      }
    } else {
      pattern.put(more)
      if Glob.isPattern(more) { isPattern = true }
    }
  }

  mutating func append(_ other: Field) {
    text.put(other.text)
    pattern.put(other.pattern)
    if other.isPattern { isPattern = true }
  }
}

/// The words that one word has become so far.
private struct Fields {
  private var finished: [Field] = []
  /// What the next part is added to.
  private var open: [Field]
  private let asPatterns: Bool
  /// Whether there is a word even if all of it is empty.
  private var hasText = false

  init(asPatterns: Bool) {
    self.asPatterns = asPatterns
    open = [Field(asPattern: asPatterns)]
  }

  mutating func append(_ text: Text, isQuoted: Bool) {
    hasText = true
    for index in open.indices { open[index].append(text, isQuoted: isQuoted) }
  }

  /// Adds an array: its first element to what comes before it, its last to what follows.
  mutating func splice(_ texts: [Text]) {
    guard let first = texts.first else { return }
    append(first, isQuoted: true)
    guard texts.count > 1 else { return }
    finished += open
    for text in texts[1..<(texts.count - 1)] { finished.append(Field(text, asPattern: asPatterns)) }
    open = [Field(texts[texts.count - 1], asPattern: asPatterns)]
  }

  mutating func multiply(by others: [Field]) throws(ExpansionError) {
    guard !others.isEmpty else { return }
    guard open.count <= ExpansionLimits.words / others.count else {
      throw ExpansionError("too many words")
    }
    hasText = true
    var result: [Field] = []
    result.reserveCapacity(open.count * others.count)
    for left in open {
      for right in others {
        var field = left
        field.append(right)
        result.append(field)
      }
    }
    open = result
  }

  func check() throws(ExpansionError) {
    let longest = open.last?.text.count ?? 0
    if finished.count > ExpansionLimits.words
      || longest.multipliedReportingOverflow(by: open.count).partialValue > ExpansionLimits.bytes
    {
      throw ExpansionError("too many words")
    }
  }

  var all: [Field] { hasText ? finished + open : [] }
}
