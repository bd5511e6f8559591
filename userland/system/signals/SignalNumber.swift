// SPDX-License-Identifier: MIT

/// A signal's number, as POSIX programs on Linux and Redox know it.
public struct SignalNumber: RawRepresentable, Equatable, Hashable, BitwiseCopyable, Sendable {
  public let rawValue: UInt32
  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let hangUp = SignalNumber(rawValue: 1)
  /// Ctrl-C.
  public static let interrupt = SignalNumber(rawValue: 2)
  /// Ctrl-\.
  public static let quit = SignalNumber(rawValue: 3)
  public static let illegalInstruction = SignalNumber(rawValue: 4)
  public static let trap = SignalNumber(rawValue: 5)
  public static let abort = SignalNumber(rawValue: 6)
  public static let busError = SignalNumber(rawValue: 7)
  public static let floatingPoint = SignalNumber(rawValue: 8)
  /// Ends the process; cannot be handled, ignored or held back.
  public static let kill = SignalNumber(rawValue: 9)
  public static let user1 = SignalNumber(rawValue: 10)
  public static let segmentationFault = SignalNumber(rawValue: 11)
  public static let user2 = SignalNumber(rawValue: 12)
  public static let brokenPipe = SignalNumber(rawValue: 13)
  public static let alarm = SignalNumber(rawValue: 14)
  public static let terminate = SignalNumber(rawValue: 15)
  /// A child changed state.
  public static let child = SignalNumber(rawValue: 17)
  public static let `continue` = SignalNumber(rawValue: 18)
  /// Stops the process; cannot be handled, ignored or held back.
  public static let stop = SignalNumber(rawValue: 19)
  /// Ctrl-Z.
  public static let terminalStop = SignalNumber(rawValue: 20)
  public static let terminalInput = SignalNumber(rawValue: 21)
  public static let terminalOutput = SignalNumber(rawValue: 22)
  public static let urgent = SignalNumber(rawValue: 23)
  public static let windowChange = SignalNumber(rawValue: 28)
  public static let badSystemCall = SignalNumber(rawValue: 31)

  /// The signal's place in a set of signals.
  @inline(__always)
  public var bit: UInt64 { 1 &<< UInt64((rawValue &- 1) & 63) }

  /// 1 ... 64.
  public var isValid: Bool { rawValue >= 1 && rawValue <= 64 }

  /// What happens when nobody handles it.
  enum Default { case end, ignore, stop }

  var defaultAction: Default {
    switch self {
    case .child, .continue, .urgent, .windowChange: .ignore
    case .stop, .terminalStop, .terminalInput, .terminalOutput: .stop
    default: .end
    }
  }
}

/// A signal as its handler sees it.
public struct SignalInformation: Sendable {
  public let number: SignalNumber
  /// The sender's word, or for a fault the address.
  public let value: UInt
  /// The sending process, or zero for the kernel.
  public let sender: UInt32
  /// The address of the interrupted code's registers (`system_signal_frame`), for C.
  public let frame: UInt
}

/// What a program does about a signal.
public enum SignalAction: Sendable {
  /// What the kernel would do: end, stop, or nothing.
  case byDefault
  case ignore
  /// Runs on the thread that takes the signal, between any two of its instructions: it may use
  /// atomic values and make calls, but take no lock and no memory.
  case handle(@Sendable (SignalInformation) -> Void)
}
