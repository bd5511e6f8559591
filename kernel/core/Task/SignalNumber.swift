// SPDX-License-Identifier: MIT

/// Signals that the kernel itself knows, with the numbers that POSIX programs on Linux and Redox
/// use. All others it only passes on.
enum SignalNumber {
  static let hangUp: UInt32 = 1
  static let illegalInstruction: UInt32 = 4
  static let trap: UInt32 = 5
  static let busError: UInt32 = 7
  static let floatingPoint: UInt32 = 8
  static let kill: UInt32 = 9
  static let segmentationFault: UInt32 = 11
  static let child: UInt32 = 17
  static let `continue`: UInt32 = 18
  static let stop: UInt32 = 19
  static let terminalStop: UInt32 = 20
  static let terminalInput: UInt32 = 21
  static let terminalOutput: UInt32 = 22
  static let urgent: UInt32 = 23
  static let windowChange: UInt32 = 28
  static let badSystemCall: UInt32 = 31
  /// From here on equal signals queue up, each with its value (POSIX real-time signals).
  static let firstQueued: UInt32 = 33
  static let last: UInt32 = 64

  @inline(__always)
  static func bit(_ number: UInt32) -> UInt64 { 1 &<< UInt64((number &- 1) & 63) }

  static let stopSignals =
    bit(stop) | bit(terminalStop) | bit(terminalInput) | bit(terminalOutput)

  /// What happens to a process that has not registered for signals.
  enum DefaultAction { case end, ignore, stop }

  static func defaultAction(_ number: UInt32) -> DefaultAction {
    switch number {
    case child, `continue`, urgent, windowChange: .ignore
    case stop, terminalStop, terminalInput, terminalOutput: .stop
    default: .end
    }
  }
}

/// One arrived signal with what its sender said.
struct ArrivedSignal: BitwiseCopyable {
  var number: UInt32 = 0
  /// The sending process, or zero for the kernel.
  var sender: UInt32 = 0
  var value: UInt = 0
  init() {}
  init(_ number: UInt32, value: UInt = 0, sender: UInt32 = 0) {
    self.number = number
    self.sender = sender
    self.value = value
  }
}

/// Signals for one thread.
struct ThreadSignals: BitwiseCopyable {
  /// Bit n-1 is signal n. The truth; the record in user memory only shows it.
  var pending: UInt64 = 0
  /// User address of the thread's `SignalControl`, or zero.
  var record: UInt = 0
  /// What the last sender said.
  var detail = ArrivedSignal()
  /// Where a broadcast that this thread sends has come, when it goes on after a pause.
  var broadcast: UInt32 = 0
  var broadcastReached = false
  init() {}
}

/// Signals for a process, which any of its threads may take.
struct ProcessSignals: BitwiseCopyable {
  var pending: UInt64 = 0
  /// User address of the process's `SignalControl`, or zero.
  var record: UInt = 0
  /// Where delivery resumes a thread; zero while the process has not registered.
  var trampoline: UInt = 0
  /// What the senders of pending signals said, oldest first.
  var details = InlineArray<8, ArrivedSignal>(repeating: ArrivedSignal())
  var detailCount = 0
  init() {}

  /// Adds a signal.
  /// - Returns: false if it is one of those that queue up and there is no room.
  mutating func add(_ signal: ArrivedSignal) -> Bool {
    let bit = SignalNumber.bit(signal.number)
    if signal.number < SignalNumber.firstQueued, pending & bit != 0 { return true }
    if detailCount == 8 {
      guard signal.number < SignalNumber.firstQueued else { return false }
    } else {
      details[detailCount] = signal
      detailCount &+= 1
    }
    pending |= bit
    return true
  }

  /// Takes the oldest signal with this number, which is pending.
  mutating func take(_ number: UInt32) -> ArrivedSignal {
    var taken = ArrivedSignal(number)
    var isFound = false
    var remains = false
    var kept = 0
    for index in 0..<detailCount {
      let detail = details[index]
      if detail.number == number, !isFound {
        taken = detail
        isFound = true
        continue
      }
      if detail.number == number { remains = true }
      details[kept] = detail
      kept &+= 1
    }
    detailCount = kept
    if !remains { pending &= ~SignalNumber.bit(number) }
    return taken
  }

  /// Drops pending signals of a set.
  mutating func discard(_ set: UInt64) {
    var kept = 0
    for index in 0..<detailCount where SignalNumber.bit(details[index].number) & set == 0 {
      details[kept] = details[index]
      kept &+= 1
    }
    detailCount = kept
    pending &= ~set
  }
}
