// SPDX-License-Identifier: MIT
public import Base
import Core

/// What `kill` was asked for.
public enum KillRequest: Equatable, Sendable {
  case help
  case list
  case send(signal: UInt32, processes: [Int])

  @export(interface)
  public init(_ arguments: [Text]) throws(UsageError) {
    var signal: UInt32 = 15
    var rest = arguments
    if let first = rest.first, first.hasPrefix("-"), first.count > 1 {
      rest.removeFirst()
      switch first {
      case "--help":
        self = .help
        return
      case "-l":
        self = .list
        return
      case "--": break
      default: signal = try Self.signal(first[1...])
      }
    }
    if rest.first == "--" as Text { rest.removeFirst() }
    guard !rest.isEmpty else { throw .missing(.process) }
    var processes: [Int] = []
    for operand in rest { processes.append(try Self.process(operand)) }
    self = .send(signal: signal, processes: processes)
  }

  /// The signals that have names, by number from 1.
  public static var names: Text {
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
  }

  static func signal(_ word: Text) throws(UsageError) -> UInt32 {
    var name = word
    if name.hasPrefix("SIG") { name = name[3...] }
    for (index, candidate) in names.words().enumerated() where candidate == name {
      return UInt32(index + 1)
    }
    guard let number = decimal(word), number <= 64 else { throw .unknownSignal(word) }
    return UInt32(number)
  }

  static func process(_ word: Text) throws(UsageError) -> Int {
    let isNegative = word.hasPrefix("-")
    guard let number = decimal(isNegative ? word[1...] : word), number <= Int32.max else {
      throw .invalidNumber(word)
    }
    return isNegative ? -number : number
  }

  private static func decimal(_ word: Text) -> Int? {
    guard !word.isEmpty, word.count <= 10 else { return nil }
    var value = 0
    for byte in word.bytes {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
