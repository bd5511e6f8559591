// SPDX-License-Identifier: MIT

// The files of a new driver: always the same five, so that any driver can be read by someone who has
// read one.

extension Scaffold {
  static func driverReadme(_ name: String) -> String {
    """
    <!-- SPDX-License-Identifier: MIT -->
    # \(name)

    Purpose: drives the device that this line will name, with its data sheet.

    Start here: `Registers.swift`, the table; `Device.swift`, what is done with it.

    Invariants
    - Every wait has a bound; a device that does not answer is an error, not a hang.
    - The logic is generic over its bus and tested against a scripted one.

    Not here: finding the device and its interrupts; pcid hands them out.
    """
  }

  static func driverRegisters(_ name: String, _ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    public import Core

    /// The device's registers.
    public enum \(module)Registers {
      public static let control = ReadWrite<Control>(0x00)
      public static let status = ReadOnly<Status>(0x04)

      // swift-format-ignore
      public struct Control: RegisterValue {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Clears itself when the reset is done.
        public var isResetting: Bool { get { self[0] } set { self[0] = newValue } }
      }

      // swift-format-ignore
      public struct Status: RegisterValue {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public var isReady: Bool { get { self[0] } set { self[0] = newValue } }
      }
    }
    """
  }

  static func driverDevice(_ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    public import Core

    /// Why the device cannot be used.
    public enum \(module)Error: Error, Equatable, Sendable {
      case resetTimedOut
      case notReady
    }

    /// The device, once it has been reset.
    public struct \(module)<Bus: RegisterBus & ~Copyable>: ~Copyable {
      private let bus: Bus

      /// Resets the device.
      ///
      /// - Blocking: for a thousand reads of a register at most.
      public init(_ bus: consuming Bus) throws(\(module)Error) {
        try Self.reset(bus)
        self.bus = bus
      }

      private static func reset(_ bus: borrowing Bus) throws(\(module)Error) {
        bus.modify(\(module)Registers.control) { $0.isResetting = true }
        guard bus.poll(\(module)Registers.control, attempts: 1_000, until: { !$0.isResetting }) else {
          throw .resetTimedOut
        }
        guard bus.read(\(module)Registers.status).isReady else { throw .notReady }
      }
    }
    """
  }

  static func driverTest(_ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    import Core
    import Testing

    @testable import \(module)

    /// A device of 32-bit registers that answers reads from a list and keeps what is written.
    private final class ScriptedBus: RegisterBus {
      private var answers: [UInt32]
      private(set) var writes: [UInt32] = []

      init(_ answers: [UInt32]) { self.answers = answers }

      func load<Word: RegisterWord>(at offset: Int) -> Word {
        Word(truncatingIfNeeded: answers.isEmpty ? UInt32.max : answers.removeFirst())
      }

      func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
        writes.append(UInt32(truncatingIfNeeded: word))
      }
    }

    @Suite("\(module)")
    struct \(module)Tests {
      private func start(_ bus: ScriptedBus) throws(\(module)Error) { _ = try \(module)(bus) }

      @Test func aDeviceThatAnswersIsReset() throws {
        let bus = ScriptedBus([0, 1, 0, 1])
        try start(bus)
        #expect(bus.writes == [1])
      }

      @Test func aDeviceThatIsNotReadyIsRefused() {
        #expect(throws: \(module)Error.notReady) { try start(ScriptedBus([0, 0, 0])) }
      }

      @Test func aDeviceThatDoesNotAnswerIsGivenUp() {
        #expect(throws: \(module)Error.resetTimedOut) { try start(ScriptedBus([0])) }
      }
    }
    """
  }

  static func driverMain(_ name: String, _ module: String) -> String {
    """
    // SPDX-License-Identifier: MIT
    import \(module)
    import System

    @main enum Main {
      /// Nothing hands out devices before pcid is there; until then the driver says so and ends.
      static func main() {
        Log.error { $0.put("\(name): no device was handed over") }
        exit(1)
      }
    }
    """
  }
}
