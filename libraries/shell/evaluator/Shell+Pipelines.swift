// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

/// A stage ready to run.
struct PreparedStage {
  enum Work {
    case builtin(Builtin, [Text])
    case function(ShellState.Defined, [Value])
    case program(path: Text, words: [Text])
  }

  var work: Work
  var environment: SortedMap<Text, Text>
  var redirections: [(kind: Redirection.Kind, target: Text)]
  var pipe: Stage.Pipe?

  var isInternal: Bool {
    if case .program = work { return false }
    return true
  }
}

extension Shell {
  func run(_ pipeline: Pipeline) throws(ShellError) -> Flow {
    if let flow = try runPlain(pipeline) { return flow }
    if !state.aliases.isEmpty, let chain = try withoutAliases(pipeline) {
      aliasDepth += 1
      defer { aliasDepth -= 1 }
      guard aliasDepth <= ShellLimits.aliasDepth else {
        throw ShellError(.other, "aliases lead to one another")
      }
      return try run(chain)
    }
    if needsShell(pipeline), try runBeside(pipeline) {
      return .normal
    }
    if pipeline.stages.count == 1 { return try runSingle(pipeline) }
    var stages: [PreparedStage] = []
    for stage in pipeline.stages {
      stages.append(try withVariables(of: stage) { () throws(ShellError) in try prepare(stage) })
    }
    trace(stages)
    try start(stages, pipeline)
    return .normal
  }

  /// Runs a builtin or function that stands alone, by its own name, with nothing but arguments: that
  /// runs in this shell, with the streams there are, and needs no preparation. `nil` if the pipeline
  /// is anything else.
  private func runPlain(_ pipeline: Pipeline) throws(ShellError) -> Flow? {
    guard pipeline.stages.count == 1, pipeline.placement == .foreground,
      pipeline.stages[0].redirections.isEmpty, pipeline.stages[0].variables.isEmpty,
      case .plain(let name)? = pipeline.stages[0].words.first?.form, !state.printsCommands,
      state.aliases.isEmpty || state.aliases[name] == nil
    else { return nil }
    if !state.functions.isEmpty, let defined = state.functions[name] {
      guard streams.hasPlainInput else { return nil }
      return try call(defined, try bind(pipeline.stages[0].words[1...], to: defined.function))
    }
    guard let builtin = Builtin(name: name) else { return nil }
    // Of `pwd` with options there is a program, which the general way finds.
    if builtin == .printWorkingDirectory, pipeline.stages[0].words.count > 1 { return nil }
    return try run(builtin, try texts(of: pipeline.stages[0].words))
  }

  /// One command: a builtin or function changes this shell itself.
  private func runSingle(_ pipeline: Pipeline) throws(ShellError) -> Flow {
    let stage = pipeline.stages[0]
    return try withVariables(of: stage) { () throws(ShellError) in
      let prepared = try prepare(stage)
      trace([prepared])
      guard prepared.isInternal else {
        try start([prepared], pipeline)
        return .normal
      }
      var opened: [Int] = []
      defer { for handle in opened { system.close(handle) } }
      var redirected = try redirect(streams, prepared.redirections, &opened)
      var feed: Feed?
      defer { if let feed { pump.discard(feed) } }
      if case .function = prepared.work, !redirected.hasPlainInput {
        // Programs in it share what it reads, and each takes only what it needs.
        let (reading, made) = try piped(redirected.input, &opened)
        redirected.input = .handle(reading)
        feed = made
      }
      return try with(redirected) { () throws(ShellError) in try runInternal(prepared) }
    }
  }

  /// Runs `body` while the variables that stand before a command are set.
  private func withVariables<Result>(
    of stage: Stage, _ body: () throws(ShellError) -> Result
  ) throws(ShellError) -> Result {
    guard !stage.variables.isEmpty else { return try body() }
    let environment = state.environment
    let count = state.variables.count
    state.variables.push()
    defer {
      state.variables.drop(to: count)
      state.environment = environment
    }
    for variable in stage.variables {
      let text = try expanding { () throws(ExpansionError) in
        try expander.text(of: variable.value)
      }
      state.variables.setHere(variable.name, .string(text))
      state.environment[variable.name] = text
    }
    return try body()
  }

  /// Whether the words are `[ … ]`. No command is called as an array is, so that is `test`.
  private func isTest(_ words: [Word]) -> Bool {
    guard words.count == 1, words[0].parts.count == 1, case .list(_, nil) = words[0].parts[0] else {
      return false
    }
    return true
  }

  private func prepare(_ stage: Stage) throws(ShellError) -> PreparedStage {
    let first = try expanding { () throws(ExpansionError) in
      try expander.texts(of: stage.words[0])
    }
    let rest = stage.words[1...]
    let work: PreparedStage.Work
    if isTest(stage.words) {
      work = .builtin(.test, ["test"] + first)
    } else if first.count == 1, let defined = state.functions[first[0]] {
      work = .function(defined, try bind(rest, to: defined.function))
    } else {
      var words = first
      words.reserveCapacity(first.count + rest.count)
      try expanding { () throws(ExpansionError) in
        for word in rest { try expander.append(word, to: &words) }
      }
      work = try command(words)
    }
    var redirections: [(kind: Redirection.Kind, target: Text)] = []
    for redirection in stage.redirections {
      let target = try expanding { () throws(ExpansionError) in
        try expander.text(of: redirection.target)
      }
      redirections.append((redirection.kind, target))
    }
    return PreparedStage(
      work: work, environment: state.environment, redirections: redirections, pipe: stage.pipe)
  }

  private func command(_ words: [Text]) throws(ShellError) -> PreparedStage.Work {
    guard let name = words.first else { return .builtin(.succeed, ["true"]) }
    if let defined = state.functions[name] {
      let arguments = words[1...].map { Word([.literal($0, isQuoted: true)]) }
      return .function(defined, try bind(arguments[...], to: defined.function))
    }
    if let builtin = Builtin(name: name) {
      // The program of the same name knows options, and explains them.
      if builtin == .printWorkingDirectory, words.count > 1, let path = findProgram(name) {
        return .program(path: path, words: words)
      }
      return .builtin(builtin, words)
    }
    if let path = findProgram(name) {
      return .program(path: path, words: name == "kill" ? try wordsOfKill(words) : words)
    }
    if words.count == 1, isDirectory(name) { return .builtin(.changeDirectory, ["cd", name]) }
    // Starting it says what is wrong with it.
    if name.contains(0x2F), system.facts(name) != nil { return .program(path: name, words: words) }
    throw ShellError(.commandNotFound, name)
  }

  /// Whether a command is a path to change to: one that begins with a dot, or has a slash.
  private func isDirectory(_ name: Text) -> Bool {
    (name.hasPrefix(".") || name.contains(0x2F)) && system.facts(name)?.kind == .directory
  }

  /// Where a program is: at its path, or in a directory of the environment's `PATH`.
  func findProgram(_ name: Text, in path: Text? = nil) -> Text? {
    findPrograms(name, in: path, limit: 1).first
  }

  /// The same for all directories of `PATH`, `limit` programs at most.
  func findPrograms(_ name: Text, in path: Text? = nil, limit: Int = .max) -> [Text] {
    if name.isEmpty { return [] }
    if name.contains(0x2F) { return isProgram(name) ? [name] : [] }
    let list = path ?? state.environment["PATH"] ?? Self.standardPath
    var found: [Text] = []
    for directory in list.split(at: 0x3A) where found.count < limit {
      let place = Path.join(directory.isEmpty ? "." : directory, name)
      if isProgram(place) { found.append(place) }
    }
    return found
  }

  static var standardPath: Text { "/bin:/usr/bin" }

  func isProgram(_ path: Text) -> Bool {
    system.facts(path).map { $0.kind != .directory } ?? false && system.access(path, .execute)
  }

  /// Runs a builtin or function with the present streams.
  func runInternal(_ stage: PreparedStage) throws(ShellError) -> Flow {
    switch stage.work {
    case .builtin(let builtin, let words): return try run(builtin, words)
    case .function(let defined, let arguments): return try call(defined, arguments)
    case .program: return .normal
    }
  }

  private func trace(_ stages: [PreparedStage]) {
    guard state.printsCommands else { return }
    for stage in stages {
      switch stage.work {
      case .builtin(_, let words), .program(_, let words):
        writeError("> " + words.map { $0.quotedForShell }.joined(by: " ") + "\n")
      case .function(let defined, let arguments):
        writeError(
          "> " + ([defined.function.name] + arguments.map { $0.text }).joined(by: " ") + "\n")
      }
    }
  }

  /// The pipeline with its aliases replaced; `nil` if it has none.
  private func withoutAliases(_ pipeline: Pipeline) throws(ShellError) -> Chain? {
    for (index, stage) in pipeline.stages.enumerated() {
      guard let name = stage.words.first?.bareText, let text = state.aliases[name] else { continue }
      let script: Script
      do throws(ParseError) { script = try Script(parsing: text) } catch {
        throw ShellError(.syntax, "alias " + name + ": " + error.message)
      }
      guard script.block.statements.count == 1,
        case .chain(var chain) = script.block.statements[0].kind,
        case .pipeline(var first)? = chain.links.first?.action
      else { throw ShellError(.other, "the alias " + name + " is not a command") }
      // Other aliases in it are replaced when it runs; itself, as in `ls = "ls --color"`, is not.
      Self.protect(name, in: &chain)
      guard case .pipeline(let protected) = chain.links[0].action else { return nil }
      first = protected
      first.stages = pipeline.stages[..<index] + first.stages
      chain.links[0].action = .pipeline(first)
      let lastLink = chain.links.count - 1
      guard case .pipeline(var last) = chain.links[lastLink].action, !last.stages.isEmpty else {
        throw ShellError(.other, "the alias " + name + " does not end in a command")
      }
      let lastStage = last.stages.count - 1
      last.stages[lastStage].words += stage.words[1...]
      last.stages[lastStage].redirections += stage.redirections
      last.stages[lastStage].pipe = stage.pipe
      last.stages[lastStage].variables += stage.variables
      last.stages += pipeline.stages[(index + 1)...]
      last.placement = pipeline.placement
      last.source = pipeline.source
      chain.links[lastLink].action = .pipeline(last)
      return chain
    }
    return nil
  }

  /// Quotes the commands called `name`, so that they are not taken for the alias again.
  private static func protect(_ name: Text, in chain: inout Chain) {
    for index in chain.links.indices {
      guard case .pipeline(var pipeline) = chain.links[index].action else { continue }
      for place in pipeline.stages.indices
      where pipeline.stages[place].words.first?.bareText == name {
        pipeline.stages[place].words[0] = Word([.literal(name, isQuoted: true)])
      }
      chain.links[index].action = .pipeline(pipeline)
    }
  }
}
