// SPDX-License-Identifier: MIT

/// A value that travels in one machine word.
public protocol WordCodable {
  init(word: UInt) throws(SystemError)
  var word: UInt { get }
}

/// Walks the arguments of a call, either out of or into registers.
///
/// Kernel (reading), userland (writing) and the documentation generator (recording names) are the
/// three walkers; a call is described once, by its `arguments` function.
public protocol ArgumentCoder {
  mutating func word<T: WordCodable>(_ name: StaticString, _ value: inout T) throws(SystemError)
}

extension ArgumentCoder {
  /// A span of the caller's memory takes two words: address and byte count.
  @inline(__always)
  public mutating func span(_ name: StaticString, _ value: inout UserSpan) throws(SystemError) {
    try word(name, &value.address)
    try word("count", &value.count)
  }
}

/// One system call: its number, its arguments, its reply. Declared under `Calls/` and nowhere else.
public protocol SystemCall {
  associatedtype Reply: WordCodable
  static var number: CallNumber { get }
  init()
  mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError)
}

/// The words of a call as they lie in registers: at most six.
public struct CallWords: BitwiseCopyable, Sendable {
  public var a: UInt = 0
  public var b: UInt = 0
  public var c: UInt = 0
  public var d: UInt = 0
  public var e: UInt = 0
  public var f: UInt = 0

  @inline(__always) public init() {}

  @inline(__always)
  public subscript(index: Int) -> UInt {
    get {
      switch index {
      case 0: a
      case 1: b
      case 2: c
      case 3: d
      case 4: e
      default: f
      }
    }
    set {
      switch index {
      case 0: a = newValue
      case 1: b = newValue
      case 2: c = newValue
      case 3: d = newValue
      case 4: e = newValue
      default: f = newValue
      }
    }
  }
}

/// Reads arguments out of call words.
public struct CallReader: ArgumentCoder {
  private let words: CallWords
  private var cursor = 0

  @inline(__always) public init(_ words: CallWords) { self.words = words }

  @inline(__always)
  public mutating func word<T: WordCodable>(
    _ name: StaticString, _ value: inout T
  ) throws(SystemError) {
    value = try T(word: words[cursor])
    cursor &+= 1
  }
}

/// Writes arguments into call words.
public struct CallWriter: ArgumentCoder {
  public private(set) var words = CallWords()
  private var cursor = 0

  @inline(__always) public init() {}

  @inline(__always)
  public mutating func word<T: WordCodable>(_ name: StaticString, _ value: inout T) {
    words[cursor] = value.word
    cursor &+= 1
  }
}

extension SystemCall {
  /// Reads a call out of the registers that the caller trapped with.
  @inline(__always)
  public init(_ words: CallWords) throws(SystemError) {
    self.init()
    var reader = CallReader(words)
    try arguments(&reader)
  }

  /// The registers to trap with.
  @inline(__always)
  public var words: CallWords {
    var copy = self
    var writer = CallWriter()
    // Writing does not fail; the error type is the reader's.
    do throws(SystemError) { try copy.arguments(&writer) } catch { return CallWords() }
    return writer.words
  }
}

/// The result register: a reply word, or a negated error number.
public struct CallResult: BitwiseCopyable, Sendable {
  public var rawValue: UInt

  @inline(__always) public init(rawValue: UInt) { self.rawValue = rawValue }
  @inline(__always) public init(_ error: SystemError) {
    rawValue = 0 &- UInt(error.rawValue)
  }

  /// The reply word.
  @inline(__always)
  public func get() throws(SystemError) -> UInt {
    if rawValue <= UInt.max &- 4095 { return rawValue }
    throw SystemError(rawValue: UInt16(truncatingIfNeeded: 0 &- rawValue)) ?? .inputOutput
  }
}
