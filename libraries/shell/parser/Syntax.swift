// SPDX-License-Identifier: MIT
public import Base

/// Statements that run one after another.
public struct Block: Equatable, Sendable {
  public var statements: [Statement]

  public init(_ statements: [Statement] = []) { self.statements = statements }
}

public struct Statement: Equatable, Sendable {
  /// Where it begins, in bytes from the start of the script.
  public var offset: Int
  /// The line it begins in, counted from one.
  public var line: Int
  public var kind: Kind

  public init(offset: Int, line: Int, kind: Kind) {
    self.offset = offset
    self.line = line
    self.kind = kind
  }

  public enum Kind: Equatable, Sendable {
    case chain(Chain)
    /// The first branch whose condition succeeds runs; `otherwise` if none does.
    case branches([Branch], otherwise: Block?)
    case whileLoop(condition: Chain, body: Block)
    /// Takes as many values at a time as there are names.
    case forLoop(names: [Text], values: [Word], body: Block)
    case match(values: [Word], cases: [Case])
    case function(Function)
  }
}

public struct Branch: Equatable, Sendable {
  public var condition: Chain
  public var body: Block
}

public struct Case: Equatable, Sendable {
  /// `nil` for `_`, which fits everything.
  public var pattern: Word?
  /// The variable that has the value in the guard and the body.
  public var binding: Text?
  public var guardChain: Chain?
  public var body: Block
}

/// What `&&` and `||` join.
public struct Chain: Equatable, Sendable {
  public var links: [Link]

  public init(links: [Link]) { self.links = links }
}

public struct Link: Equatable, Sendable {
  public enum Connector: Equatable, Sendable { case always, onSuccess, onFailure }
  /// `not` (or `!`), and `and` and `or`, which look at the status from before.
  public enum Prefix: Equatable, Sendable { case not, and, or }

  public var connector: Connector
  public var prefixes: [Prefix]
  public var action: Action

  public init(connector: Connector, prefixes: [Prefix], action: Action) {
    self.connector = connector
    self.prefixes = prefixes
    self.action = action
  }
}

public enum Action: Equatable, Sendable {
  case pipeline(Pipeline)
  case assignment(Assignment)
  case breakLoop
  case continueLoop
  case leave([Word])
}

public struct Pipeline: Equatable, Sendable {
  public enum Placement: Equatable, Sendable {
    case foreground
    /// `&`
    case background
    /// `&!`: the shell forgets it.
    case disowned
  }

  public var stages: [Stage]
  public var placement: Placement
  /// How it was written, if it runs in the background.
  public var source: Text?

  public init(stages: [Stage], placement: Placement) {
    self.stages = stages
    self.placement = placement
  }
}

/// One command of a pipeline.
public struct Stage: Equatable, Sendable {
  /// What of it the next stage reads.
  public enum Pipe: Equatable, Sendable { case output, error, both }

  public struct Variable: Equatable, Sendable {
    public var name: Text
    public var value: Word
  }

  public var offset: Int
  /// Variables for this command alone.
  public var variables: [Variable] = []
  public var words: [Word] = []
  public var redirections: [Redirection] = []
  /// `nil` for the last stage.
  public var pipe: Pipe?

  public init(offset: Int, words: [Word] = []) {
    self.offset = offset
    self.words = words
  }
}

public struct Redirection: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case input, output, append, error, errorAppend, both, bothAppend
    /// `<<<` and `<<`; the second ends with a line feed by itself.
    case hereString, hereDocument
  }

  public var kind: Kind
  public var target: Word
}

/// `let` and `export`.
public struct Assignment: Equatable, Sendable {
  public enum Operator: Equatable, Sendable {
    case set, setIfMissing
    case add, subtract, multiply, divide, divideWhole, remainder, power
    case append, prepend, filter
  }

  public struct Target: Equatable, Sendable {
    public var name: Text
    public var index: Word?
    public var type: ValueType?
  }

  public var isExport: Bool
  /// Empty to list what there is.
  public var targets: [Target]
  public var operation: Operator
  public var values: [Word]
}

/// The type that a variable or parameter is declared with.
public indirect enum ValueType: Equatable, Sendable {
  case string, bool, int, float
  case array(ValueType)
  case hashMap(ValueType)
  case treeMap(ValueType)
}

public struct Function: Equatable, Sendable {
  public struct Parameter: Equatable, Sendable {
    public var name: Text
    public var type: ValueType
  }

  public var name: Text
  public var parameters: [Parameter]
  public var documentation: Text
  public var body: Block
  /// How it was written, unless it is defined in another one.
  public var source: Text?
}
