// SPDX-License-Identifier: MIT
import ABI
import CSystem

/// What the program was started with, as it lies on the first thread's stack (docs/abi.md): the
/// arguments, the environment, and the auxiliary values. Nothing of it moves or ends while the
/// program runs.
struct StartRecord {
  var argumentCount = 0
  /// Address of the array of argument addresses.
  var arguments: UInt = 0
  var environmentCount = 0
  /// Address of the array of environment addresses.
  var environment: UInt = 0

  var realUser: UInt32 = 0
  var effectiveUser: UInt32 = 0
  var realGroup: UInt32 = 0
  var effectiveGroup: UInt32 = 0
  /// Address of 16 random bytes.
  var random: UInt = 0
  /// Addresses of texts that end with a zero byte, or zero.
  var executablePath: UInt = 0
  var workingDirectory: UInt = 0
  var creationMask: UInt32 = 0o022
  /// Address of the `ClockPage`, or zero.
  var clockPage: UInt = 0
  var capsule = Handle.none
  var readiness = Handle.none
  var scheme = Handle.none
  var signalMask: UInt64 = 0
  var ignoredSignals: UInt64 = 0

  init() {}

  /// Reads the record at `stack`.
  ///
  /// - Safety: `stack` is the stack pointer that the program was started with.
  @unsafe
  init(at stack: UInt) {
    argumentCount = Int(truncatingIfNeeded: unsafe word(stack))
    arguments = stack &+ 8
    environment = arguments &+ UInt(argumentCount &+ 1) &* 8
    while unsafe word(environment &+ UInt(environmentCount) &* 8) != 0 { environmentCount &+= 1 }
    var pair = environment &+ UInt(environmentCount &+ 1) &* 8
    while true {
      let tag = unsafe word(pair)
      if tag == 0 { break }
      take(tag, unsafe word(pair &+ 8))
      pair &+= 16
    }
  }

  private mutating func take(_ tag: UInt, _ value: UInt) {
    switch AuxiliaryTag(rawValue: tag) {
    case .user: realUser = UInt32(truncatingIfNeeded: value)
    case .effectiveUser: effectiveUser = UInt32(truncatingIfNeeded: value)
    case .group: realGroup = UInt32(truncatingIfNeeded: value)
    case .effectiveGroup: effectiveGroup = UInt32(truncatingIfNeeded: value)
    case .random: random = value
    case .executablePath: executablePath = value
    case .workingDirectory: workingDirectory = value
    case .creationMask: creationMask = UInt32(truncatingIfNeeded: value)
    case .clockPage: clockPage = value
    case .capsule: capsule = Handle(rawValue: UInt32(truncatingIfNeeded: value))
    case .readiness: readiness = Handle(rawValue: UInt32(truncatingIfNeeded: value))
    case .scheme: scheme = Handle(rawValue: UInt32(truncatingIfNeeded: value))
    case .signalMask: signalMask = UInt64(value)
    case .ignoredSignals: ignoredSignals = UInt64(value)
    default: break
    }
  }
}

/// The words of `docs/abi.md`, "Start of a program". The first group is System V's, the second
/// ours.
public struct AuxiliaryTag: RawRepresentable, Equatable, Sendable {
  public let rawValue: UInt
  @inline(__always) public init(rawValue: UInt) { self.rawValue = rawValue }

  public static let programHeaders = AuxiliaryTag(rawValue: 3)
  public static let programHeaderBytes = AuxiliaryTag(rawValue: 4)
  public static let programHeaderCount = AuxiliaryTag(rawValue: 5)
  public static let pageBytes = AuxiliaryTag(rawValue: 6)
  public static let base = AuxiliaryTag(rawValue: 7)
  public static let entry = AuxiliaryTag(rawValue: 9)
  public static let user = AuxiliaryTag(rawValue: 11)
  public static let effectiveUser = AuxiliaryTag(rawValue: 12)
  public static let group = AuxiliaryTag(rawValue: 13)
  public static let effectiveGroup = AuxiliaryTag(rawValue: 14)
  public static let secure = AuxiliaryTag(rawValue: 23)
  public static let random = AuxiliaryTag(rawValue: 25)
  public static let executablePath = AuxiliaryTag(rawValue: 31)

  public static let workingDirectory = AuxiliaryTag(rawValue: 0x1001)
  public static let creationMask = AuxiliaryTag(rawValue: 0x1002)
  public static let clockPage = AuxiliaryTag(rawValue: 0x1003)
  public static let capsule = AuxiliaryTag(rawValue: 0x1004)
  public static let readiness = AuxiliaryTag(rawValue: 0x1005)
  public static let signalMask = AuxiliaryTag(rawValue: 0x1006)
  public static let scheme = AuxiliaryTag(rawValue: 0x1007)
  public static let ignoredSignals = AuxiliaryTag(rawValue: 0x1008)
}

/// The record of this program. Written once, before `main`.
nonisolated(unsafe) var startRecord = StartRecord()

/// - Safety: eight readable bytes lie at `address`.
@unsafe
@inline(__always)
func word(_ address: UInt) -> UInt {
  guard let pointer = unsafe UnsafePointer<UInt>(bitPattern: address) else { return 0 }
  return unsafe pointer.pointee
}

/// The bytes of a text of the start record up to its zero byte.
///
/// - Safety: `address` is zero or that of such a text, and the text lives as long as the program.
@unsafe
@_lifetime(immortal)
func startText(at address: UInt) -> Span<UInt8> {
  guard let first = unsafe UnsafePointer<UInt8>(bitPattern: address) else {
    let none = Span<UInt8>()
    return unsafe _overrideLifetime(none, borrowing: ())
  }
  var count = 0
  while unsafe first[count] != 0 { count &+= 1 }
  let bytes = unsafe Span(_unsafeStart: first, count: count)
  return unsafe _overrideLifetime(bytes, borrowing: ())
}

/// What the program was started with, for everyone else.
var started: StartRecord {
  @inline(__always)
  get {
    // SAFETY: written once, before `main` and before any other thread.
    unsafe startRecord
  }
}
