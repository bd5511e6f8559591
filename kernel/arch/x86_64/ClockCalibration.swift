// SPDX-License-Identifier: MIT
import CMachine

/// Finds the frequencies of the time-stamp counter and of the local APIC's timer.
///
/// Asked in this order: the processor, the hypervisor, and a measurement against a timer of known
/// frequency. The measurement is needed anyway for a local timer that is no deadline timer, so the
/// same millisecond serves both.
struct ClockCalibration {
  private static let nominal: UInt64 = 1_000_000_000

  var counter: UInt64 = 0
  var timer: UInt64 = 0

  static func run() -> ClockCalibration {
    var result = ClockCalibration()
    result.counter = ProcessorClock.frequency() ?? HypervisorClock.frequency() ?? 0
    if result.counter == 0 || !LocalAPIC.isDeadlineTimer {
      result.measure(needed: result.counter == 0)
    }
    return result
  }

  /// - Parameter needed: Whether the counter's frequency is to be taken from the measurement too.
  private mutating func measure(needed: Bool) {
    let reference = ReferenceTimer.find()
    reference.start()
    LocalAPIC.startMeasuring()
    let begin = Sample(reference)
    let windows = reference.windows
    for index in windows.indices where !isExact(needed: needed) {
      var end = begin
      var elapsed: UInt64 = 0
      while elapsed < windows[index] {
        end = Sample(reference)
        elapsed = reference.nanoseconds(from: begin.reference, to: end.reference)
      }
      timer = Self.rate(end.timer &- begin.timer, per: elapsed)
      if needed { counter = Self.rate(end.counter &- begin.counter, per: elapsed) }
    }
    LocalAPIC.setCount(0)
  }

  private func isExact(needed: Bool) -> Bool {
    timer == Self.nominal && (!needed || counter == Self.nominal)
  }

  /// An emulator's clocks tick once a nanosecond (QEMU's local timer always, its counter under
  /// `-icount`). Taking the exact number makes one tick one nanosecond for ever.
  private static func rate(_ ticks: UInt64, per nanoseconds: UInt64) -> UInt64 {
    let rate = ticks &* nominal / max(nanoseconds, 1)
    let difference = rate > nominal ? rate &- nominal : nominal &- rate
    return HypervisorClock.isKnown && difference < nominal / 2000 ? nominal : rate
  }

  /// The three clocks at one moment: the middle of the least disturbed of a few attempts.
  private struct Sample {
    var counter: UInt64 = 0
    var timer: UInt64 = 0
    var reference: UInt32 = 0

    init(_ reference: ReferenceTimer) {
      var best = UInt64.max
      for _ in 0..<3 {
        let before = read_counter()
        let ticks = reference.ticks()
        let after = read_counter()
        let timer = LocalAPIC.measured()
        guard after &- before < best else { continue }
        best = after &- before
        counter = before &+ best / 2
        self.reference = ticks
        self.timer = timer
      }
    }
  }
}

/// What the processor says of its counter (SDM 2A, CPUID leaf 0x15: crystal Hz and its ratio).
private enum ProcessorClock {
  static func frequency() -> UInt64? {
    guard identify(0, 0).a >= 0x15 else { return nil }
    let words = identify(0x15, 0)
    guard words.a != 0, words.b != 0, words.c != 0 else { return nil }
    return UInt64(words.c) &* UInt64(words.b) / UInt64(words.a)
  }
}

/// What a hypervisor says of it: kHz in leaf 0x4000_0010, where several of them agree to put it, or
/// the factor in KVM's clock page (Linux, Documentation/virt/kvm/x86/msr.rst, MSR 0x4b564d01).
enum HypervisorClock {
  private static let kvm: UInt32 = 0x4B4D_564B  // "KVMK"
  private static let tcg: UInt32 = 0x5447_4354  // "TCGT"

  static var isKnown: Bool {
    let name = ProcessorFeatures.hypervisor
    return name == kvm || name == tcg
  }

  static func frequency() -> UInt64? {
    let name = ProcessorFeatures.hypervisor
    guard name != 0 else { return nil }
    if identify(0x4000_0000, 0).a >= 0x4000_0010 {
      let kilohertz = identify(0x4000_0010, 0).a
      if kilohertz != 0 { return UInt64(kilohertz) &* 1000 }
    }
    return name == kvm ? clockPage() : nil
  }

  /// Lends KVM a page, which it fills in at once, and takes it back.
  private static func clockPage() -> UInt64? {
    guard identify(0x4000_0001, 0).a >> 3 & 1 == 1 else { return nil }
    let page = BootMemory.takePage()
    write_msr(ModelRegister.kvmClock, page | 1)
    let multiplier = UInt64(load32(Layout.direct(page) &+ 24))
    let shift = Int8(bitPattern: load8(Layout.direct(page) &+ 28))
    write_msr(ModelRegister.kvmClock, 0)
    guard multiplier != 0, (-31...31).contains(shift) else { return nil }
    // nanoseconds = (ticks << shift) * multiplier >> 32
    let scaled = (nominal << 32) / multiplier
    return shift < 0 ? scaled &<< UInt64(-shift) : scaled &>> UInt64(shift)
  }

  private static let nominal: UInt64 = 1_000_000_000
}

/// A timer whose frequency is known.
private enum ReferenceTimer {
  /// Registers' kernel address; femtoseconds for each tick.
  case eventTimer(UInt64, period: UInt64)
  case intervalTimer

  /// The event timer (IA-PC HPET 1.0a, §2.3): capabilities, configuration, main counter.
  private enum EventRegister {
    static let period: UInt64 = 0x004
    static let configuration: UInt64 = 0x010
    static let counter: UInt64 = 0x0F0
    /// The specification allows no longer period than 100 ns.
    static let longestPeriod: UInt64 = 100_000_000
  }

  /// The 8254 timer's channel 2, whose gate and output are on the keyboard controller's port B.
  private enum IntervalPort {
    static let channel: UInt16 = 0x42
    static let command: UInt16 = 0x43
    static let gate: UInt16 = 0x61
    static let frequency: UInt64 = 1_193_182
  }

  static func find() -> ReferenceTimer {
    if let physical = Board.shared.eventTimer, let address = KernelTables.mapDevice(physical) {
      let period = UInt64(load32(address &+ EventRegister.period))
      if period > 0, period <= EventRegister.longestPeriod {
        return .eventTimer(address, period: period)
      }
    }
    return .intervalTimer
  }

  /// How long to measure, in nanoseconds: a short time shows an emulator's exact clocks, the long
  /// one is 10,000 times what a reading may be off.
  var windows: InlineArray<2, UInt64> {
    switch self {
    case .eventTimer: [100_000, 10_000_000]
    case .intervalTimer: [1_000_000, 10_000_000]
    }
  }

  func start() {
    switch self {
    case .eventTimer(let address, _):
      let configuration = load32(address &+ EventRegister.configuration)
      store32(address &+ EventRegister.configuration, configuration | 1)
    case .intervalTimer:
      port_out8(IntervalPort.gate, port_in8(IntervalPort.gate) & ~2 | 1)
      port_out8(IntervalPort.command, 0xB0)  // channel 2, both bytes, count down once
      port_out8(IntervalPort.channel, 0xFF)
      port_out8(IntervalPort.channel, 0xFF)
    }
  }

  /// A counter that goes up: all 32 bits, or the interval timer's 16 for the first 54 ms.
  func ticks() -> UInt32 {
    switch self {
    case .eventTimer(let address, _): return load32(address &+ EventRegister.counter)
    case .intervalTimer:
      port_out8(IntervalPort.command, 0x80)  // latch channel 2
      let low = port_in8(IntervalPort.channel)
      let high = port_in8(IntervalPort.channel)
      return 0xFFFF &- (UInt32(high) << 8 | UInt32(low))
    }
  }

  func nanoseconds(from begin: UInt32, to end: UInt32) -> UInt64 {
    let ticks = UInt64(end &- begin)
    switch self {
    case .eventTimer(_, let period): return ticks &* period / 1_000_000
    case .intervalTimer: return ticks &* 1_000_000_000 / IntervalPort.frequency
    }
  }
}
