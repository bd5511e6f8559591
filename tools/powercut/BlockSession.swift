// SPDX-License-Identifier: MIT

/// The server's side of one connection in the protocol by which QEMU uses disks of others (NBD's
/// specification, "fixed newstyle" negotiation and simple replies): bytes in, bytes out.
public struct BlockSession {
  private enum State { case flags, options, requests, ended }

  /// How the connection came to its end.
  public enum Ending: Equatable, Sendable {
    /// The client said goodbye.
    case orderly
    /// It asked for what no client asks for.
    case misled
    /// The power went, as the disk wanted.
    case cut
  }

  private let disk: VolatileDisk
  private var state = State.flags
  private var input: [UInt8] = []
  public private(set) var ending: Ending?

  /// More than QEMU sends at once.
  private static let dataLimit = 32 << 20

  public init(_ disk: VolatileDisk) { self.disk = disk }

  private static let optionMagic: UInt64 = 0x4948_4156_454F_5054
  /// What is sent before the client says anything.
  public static let greeting: [UInt8] =
    big(0x4E42_444D_4147_4943 as UInt64) + big(optionMagic) + big(fixedNewStyle | noZeroes)

  private static let fixedNewStyle: UInt16 = 1
  private static let noZeroes: UInt16 = 2
  /// There are flags; flush; forced writes.
  private static let diskFlags: UInt16 = 1 | 4 | 8
  private static let forced: UInt16 = 1

  /// Takes what has arrived.
  /// - Returns: what is to be sent.
  public mutating func receive(_ bytes: [UInt8]) -> [UInt8] {
    input += bytes
    var output: [UInt8] = []
    var place = 0
    while let used = step(input[place...], &output), state != .ended { place += used }
    input.removeFirst(min(place, input.count))
    return output
  }

  /// Takes the next message, if it is whole.
  /// - Returns: how long it is.
  private mutating func step(_ bytes: ArraySlice<UInt8>, _ output: inout [UInt8]) -> Int? {
    switch state {
    case .flags:
      guard bytes.count >= 4 else { return nil }
      state = .options
      return 4
    case .options: return takeOption(bytes, &output)
    case .requests: return takeRequest(bytes, &output)
    case .ended: return nil
    }
  }

  private mutating func end(_ ending: Ending) -> Int? {
    state = .ended
    self.ending = ending
    return nil
  }

  // MARK: Options

  private mutating func takeOption(_ bytes: ArraySlice<UInt8>, _ output: inout [UInt8]) -> Int? {
    guard bytes.count >= 16 else { return nil }
    let option = UInt32(truncatingIfNeeded: number(bytes, 8, 4))
    let count = Int(number(bytes, 12, 4))
    guard number(bytes, 0, 8) == Self.optionMagic, count <= 65_536 else { return end(.misled) }
    guard bytes.count >= 16 + count else { return nil }
    let description = Self.big(disk.byteCount) + Self.big(Self.diskFlags)
    switch option {
    case 1:  // Use the export, in the old way: there is no reply to refuse with.
      output += description
      state = .requests
    case 2:  // Goodbye.
      output += Self.reply(to: option, 1)
      return end(.orderly)
    case 6, 7:  // Describe the export; the second uses it as well.
      output += Self.reply(to: option, 3, Self.big(0 as UInt16) + description)
      output += Self.reply(to: option, 1)
      if option == 7 { state = .requests }
    default: output += Self.reply(to: option, 0x8000_0001)
    }
    return 16 + count
  }

  private static func reply(to option: UInt32, _ kind: UInt32, _ data: [UInt8] = []) -> [UInt8] {
    big(0x0003_E889_0455_65A9 as UInt64) + big(option) + big(kind) + big(UInt32(data.count)) + data
  }

  // MARK: Requests

  private mutating func takeRequest(_ bytes: ArraySlice<UInt8>, _ output: inout [UInt8]) -> Int? {
    guard bytes.count >= 28 else { return nil }
    let flags = UInt16(truncatingIfNeeded: number(bytes, 4, 2))
    let kind = number(bytes, 6, 2)
    let cookie = number(bytes, 8, 8)
    let offset = number(bytes, 16, 8)
    let count = Int(number(bytes, 24, 4))
    guard number(bytes, 0, 4) == 0x2560_9513, count <= Self.dataLimit else { return end(.misled) }
    switch kind {
    case 0:
      let data = disk.read(at: offset, count: count)
      output += Self.answer(cookie, data == nil ? 22 : 0) + (data ?? [])
      return 28
    case 1:
      guard bytes.count >= 28 + count else { return nil }
      let start = bytes.startIndex + 28
      let isForced = flags & Self.forced != 0
      let isWritten = disk.write(
        Array(bytes[start..<start + count]), at: offset, isForced: isForced)
      if disk.isCut { return end(.cut) }
      // No space.
      output += Self.answer(cookie, isWritten ? 0 : 28)
      return 28 + count
    case 2:
      return end(.orderly)
    case 3:
      output += Self.answer(cookie, disk.flush() ? 0 : 5)
      return 28
    default:
      output += Self.answer(cookie, 22)
      return 28
    }
  }

  private static func answer(_ cookie: UInt64, _ error: UInt32) -> [UInt8] {
    big(0x6744_6698 as UInt32) + big(error) + big(cookie)
  }

  // MARK: Numbers

  /// `count` bytes from `place` on, most significant first.
  private func number(_ bytes: ArraySlice<UInt8>, _ place: Int, _ count: Int) -> UInt64 {
    let start = bytes.startIndex + place
    return bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func big(_ number: some FixedWidthInteger) -> [UInt8] {
    stride(from: number.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: number >> $0)
    }
  }
}
