// SPDX-License-Identifier: MIT
import ABI
import CSystem
import Synchronization

/// Signals that this process takes.
///
/// As long as a program says nothing about signals, the kernel acts by their defaults. The first
/// word about them registers the process: from then on all but `kill` and `stop` come to the
/// trampoline, and defaults are carried out by unregistering and sending the signal again. Signals
/// whose action is to do nothing are held back, so that they interrupt no call.
public enum Signals {
  private static let isRegistered = Atomic<Bool>(false)
  private static let table = Mutex(SignalTable())

  /// Sets what is done about `number`.
  ///
  /// - Returns: what was done until now.
  /// - Throws: `invalidArgument` for `kill`, `stop` and what is no signal.
  @discardableResult
  @export(interface)
  public static func setAction(
    _ number: SignalNumber, _ action: SignalAction
  ) throws(SystemError) -> SignalAction {
    guard number.isValid, number != .kill, number != .stop else { throw .invalidArgument }
    register()
    let before = withTable { $0.exchange(number, action) }
    applyMask()
    return before
  }

  /// The signals that the calling thread holds back, bit n - 1 for signal n.
  public static var mask: UInt64 {
    @export(interface)
    get { SignalRecord.mask }
  }

  /// Sets what the calling thread holds back. Signals that arrived meanwhile and are let through
  /// now come before this returns.
  @export(interface)
  public static func setMask(_ mask: UInt64) {
    register()
    SignalRecord.setMask(mask & ~(SignalNumber.kill.bit | SignalNumber.stop.bit))
    applyMask()
  }

  /// Sends a signal to the calling thread.
  /// - Throws: `invalidArgument`.
  @export(interface)
  public static func raise(_ number: SignalNumber, value: UInt = 0) throws(SystemError) {
    _ = try perform(
      SignalThread {
        $0.thread = currentThreadNumber
        $0.signal = number.rawValue
        $0.value = value
      })
  }

  /// Waits until a handler has run.
  @export(interface)
  public static func wait() {
    do throws(SystemError) { try Clock.sleep(until: .never) } catch { return }
  }

  /// The signals that are ignored, to be told to a program that is started.
  static var ignored: UInt64 {
    isRegistered.load(ordering: .acquiring) ? withTable { $0.ignored } : 0
  }

  /// Ends a handler that does not return but jumps out: lets further signals come.
  @export(interface)
  public static func leaveHandler() {
    system_store_release(SignalRecord.address &+ 16, 0)
    applyMask()
  }
}

// MARK: Registration

extension Signals {
  /// Takes over what the program was started with.
  static func prepare(mask: UInt64, ignored: UInt64) {
    guard mask != 0 || ignored != 0 else { return }
    register()
    withTable { $0.ignore(ignored) }
    setMask(mask)
  }

  private static func register() {
    if isRegistered.load(ordering: .acquiring) { return }
    system_measure_extended_state()
    // Nothing comes before the mask is applied.
    SignalRecord.setAllowed(0)
    isRegistered.store(true, ordering: .releasing)
    registerThread()
  }

  /// Registers the calling thread, if the process takes signals.
  static func registerThread() {
    guard isRegistered.load(ordering: .acquiring) else { return }
    let record = SignalRecord.address
    performIgnoringErrors(
      SetSignalControl {
        $0.thread = record
        $0.trampoline = system_signal_trampoline_address()
      })
    applyMask()
  }

  /// Lets through what is neither held back nor ignored, and takes what waited for that.
  private static func applyMask() {
    guard isRegistered.load(ordering: .acquiring) else { return }
    let allowed = ~SignalRecord.mask & ~withTable { $0.silent }
    SignalRecord.setAllowed(allowed)
    // The kernel looks at the mask when a signal arrives and when asked to.
    performIgnoringErrors(Yield())
  }

  /// No signal comes to this thread while it holds the table's lock: a handler needs it too.
  private static func withTable<Result: Sendable>(
    _ body: (inout SignalTable) -> Result
  ) -> Result {
    let before = SignalRecord.allowed
    SignalRecord.setAllowed(0)
    let result = table.withLock { body(&$0) }
    SignalRecord.setAllowed(before)
    return result
  }
}

// MARK: Delivery

extension Signals {
  /// What the trampoline does: further signals are held back until it ends.
  static func deliver(_ arrived: ArrivedSignal, frame: UInt) {
    let number = SignalNumber(rawValue: arrived.number)
    switch table.withLock({ $0.action(of: number) }) {
    case .handle(let handler):
      handler(
        SignalInformation(
          number: number, value: arrived.value, sender: arrived.sender, frame: frame))
    case .ignore:
      return
    case .byDefault:
      if number.defaultAction != .ignore { actByDefault(number) }
    }
  }

  /// The kernel does it, once nobody is registered. After a stop the process goes on here.
  private static func actByDefault(_ number: SignalNumber) {
    performIgnoringErrors(SetSignalControl())
    performIgnoringErrors(
      Signal {
        $0.selector = Int(Process.currentNumber)
        $0.signal = number.rawValue
      })
    if number.defaultAction == .end { systemExit(Int32(128 &+ number.rawValue)) }
    let record = SignalRecord.address
    performIgnoringErrors(
      SetSignalControl {
        $0.thread = record
        $0.trampoline = system_signal_trampoline_address()
      })
  }
}

/// What is done about each signal.
private struct SignalTable: Sendable {
  private var handlers: [(@Sendable (SignalInformation) -> Void)?] = []
  private(set) var ignored: UInt64 = 0
  private var handled: UInt64 = 0

  /// Signals that nothing is done about.
  var silent: UInt64 { ignored | (Self.ignoredByDefault & ~handled) }

  private static var ignoredByDefault: UInt64 {
    SignalNumber.child.bit | SignalNumber.continue.bit | SignalNumber.urgent.bit
      | SignalNumber.windowChange.bit
  }

  mutating func ignore(_ set: UInt64) { ignored |= set }

  func action(of number: SignalNumber) -> SignalAction {
    if ignored & number.bit != 0 { return .ignore }
    let index = Int(number.rawValue)
    if index < handlers.count, let handler = handlers[index] { return .handle(handler) }
    return .byDefault
  }

  mutating func exchange(_ number: SignalNumber, _ action: SignalAction) -> SignalAction {
    let before = self.action(of: number)
    if handlers.isEmpty {
      for _ in 0...64 { handlers.append(nil) }
    }
    ignored &= ~number.bit
    handled &= ~number.bit
    handlers[Int(number.rawValue)] = nil
    switch action {
    case .byDefault: break
    case .ignore: ignored |= number.bit
    case .handle(let handler):
      handlers[Int(number.rawValue)] = handler
      handled |= number.bit
    }
    return before
  }
}
