// SPDX-License-Identifier: MIT
public import Core
import Memory
import PCI

/// A block of registers within a larger one.
public struct RegisterWindow<Bus: RegisterBus & ~Copyable>: ~Copyable {
  private let bus: Bus
  private let places: [Int]

  /// - Parameter places: where the parts that the device has begin: common, notification, device.
  public init(_ bus: consuming Bus, places: [Int]) {
    self.bus = bus
    self.places = places
  }

  func load<Word: RegisterWord>(_ part: Int, _ offset: Int) -> Word {
    bus.load(at: places[part] + offset)
  }
  func store<Word: RegisterWord>(_ word: Word, _ part: Int, _ offset: Int) {
    bus.store(word, at: places[part] + offset)
  }
}

/// What a queue is made of, as the device is told.
public struct QueuePlaces: Equatable, Sendable {
  public var size: UInt16
  public var descriptors: UInt64
  public var available: UInt64
  public var used: UInt64

  public init(size: UInt16, descriptors: UInt64, available: UInt64, used: UInt64) {
    self.size = size
    self.descriptors = descriptors
    self.available = available
    self.used = used
  }
}

/// Why a device cannot be driven.
public enum VirtioError: Error, Equatable {
  /// It does not reset, or does not take what it offered.
  case broken
  /// It lacks what version 1 demands.
  case unsupported
}

/// A device's registers (4.1.4.3): common at part 0, doorbells at part 1, its own at part 2.
public struct VirtioTransport<Bus: RegisterBus & ~Copyable>: ~Copyable {
  private let window: RegisterWindow<Bus>
  private let step: Int
  private let doorbellBytes: Int
  /// What both sides agreed on.
  public private(set) var features: UInt64 = 0
  private var doorbells: [Int] = []

  private enum Status {
    static var acknowledge: UInt8 { 1 }
    static var driver: UInt8 { 2 }
    static var driverOK: UInt8 { 4 }
    static var featuresOK: UInt8 { 8 }
    static var needsReset: UInt8 { 64 }
    static var failed: UInt8 { 128 }
  }

  private enum Common {
    static var deviceFeatureSelect: Int { 0 }
    static var deviceFeature: Int { 4 }
    static var driverFeatureSelect: Int { 8 }
    static var driverFeature: Int { 12 }
    static var configurationVector: Int { 16 }
    static var status: Int { 20 }
    static var generation: Int { 21 }
    static var queueSelect: Int { 22 }
    static var queueSize: Int { 24 }
    static var queueVector: Int { 26 }
    static var queueEnable: Int { 28 }
    static var queueNotify: Int { 30 }
    static var queueDescriptors: Int { 32 }
    static var queueAvailable: Int { 40 }
    static var queueUsed: Int { 48 }
  }

  static var version1: UInt64 { 1 << 32 }
  private static var resetReads: Int { 100_000 }
  private static var noVector: UInt16 { 0xFFFF }

  public init(_ window: consuming RegisterWindow<Bus>, step: Int, doorbellBytes: Int) {
    self.window = window
    self.step = step
    self.doorbellBytes = doorbellBytes
  }

  private func setStatus(_ bits: UInt8) {
    let status: UInt8 = window.load(0, Common.status)
    window.store(status | bits, 0, Common.status)
  }

  /// Whether the device says that it cannot go on.
  public var needsReset: Bool {
    let status: UInt8 = window.load(0, Common.status)
    return status & Status.needsReset != 0
  }

  /// Whether the device is not there any more: what is not there reads as ones.
  public var isGone: Bool { (window.load(0, Common.status) as UInt8) == 0xFF }

  /// Stops the device and begins anew, with those of `wanted` features that it offers.
  ///
  /// - Throws: `broken` if it does not come back, `unsupported` if it is not of version 1.
  public mutating func begin(wanting wanted: UInt64) throws(VirtioError) {
    window.store(0 as UInt8, 0, Common.status)
    var reads = 0
    while (window.load(0, Common.status) as UInt8) != 0 {
      reads += 1
      guard reads < Self.resetReads else { throw .broken }
    }
    doorbells = []
    setStatus(Status.acknowledge)
    setStatus(Status.driver)
    var offered: UInt64 = 0
    for half: UInt32 in 0..<2 {
      window.store(half, 0, Common.deviceFeatureSelect)
      let bits: UInt32 = window.load(0, Common.deviceFeature)
      offered |= UInt64(bits) << UInt64(32 * half)
    }
    guard offered & Self.version1 != 0 else { throw fail(.unsupported) }
    features = offered & (wanted | Self.version1)
    for half: UInt32 in 0..<2 {
      window.store(half, 0, Common.driverFeatureSelect)
      window.store(
        UInt32(truncatingIfNeeded: features >> UInt64(32 * half)), 0, Common.driverFeature)
    }
    setStatus(Status.featuresOK)
    let status: UInt8 = window.load(0, Common.status)
    guard status & Status.featuresOK != 0 else { throw fail(.unsupported) }
  }

  private func fail(_ error: VirtioError) -> VirtioError {
    setStatus(Status.failed)
    return error
  }

  /// How many descriptors a queue may have; zero if there is no such queue.
  public func queueSize(_ number: UInt16) -> UInt16 {
    window.store(number, 0, Common.queueSelect)
    let size: UInt16 = window.load(0, Common.queueSize)
    return size.isPowerOfTwo && size <= 32_768 ? size : 0
  }

  /// Tells the device where a queue is, and which of its messages says that something was used.
  public mutating func setUp(
    _ number: UInt16, _ places: QueuePlaces, vector: UInt16
  ) throws(VirtioError) {
    window.store(number, 0, Common.queueSelect)
    window.store(places.size, 0, Common.queueSize)
    window.store(Self.noVector, 0, Common.configurationVector)
    window.store(vector, 0, Common.queueVector)
    guard (window.load(0, Common.queueVector) as UInt16) == vector else { throw fail(.broken) }
    store(places.descriptors, Common.queueDescriptors)
    store(places.available, Common.queueAvailable)
    store(places.used, Common.queueUsed)
    let place: UInt16 = window.load(0, Common.queueNotify)
    let doorbell = Int(place) * step
    guard doorbell & 1 == 0, doorbell + 2 <= doorbellBytes else { throw fail(.broken) }
    while doorbells.count <= Int(number) { doorbells.append(0) }
    doorbells[Int(number)] = doorbell
    window.store(1 as UInt16, 0, Common.queueEnable)
  }

  private func store(_ address: UInt64, _ offset: Int) {
    window.store(UInt32(truncatingIfNeeded: address), 0, offset)
    window.store(UInt32(truncatingIfNeeded: address >> 32), 0, offset + 4)
  }

  /// The device may work from here on.
  public func go() { setStatus(Status.driverOK) }

  /// Says that a queue has new requests.
  public func ring(_ number: UInt16) {
    window.store(number, 1, doorbells[Int(number)])
  }

  /// Reads the device's own registers so that they belong together.
  public func configuration(_ byteCount: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<16 {
      let before: UInt8 = window.load(0, Common.generation)
      bytes = []
      for offset in 0..<byteCount { bytes.append(window.load(2, offset)) }
      let after: UInt8 = window.load(0, Common.generation)
      if before == after { break }
    }
    return bytes
  }
}
