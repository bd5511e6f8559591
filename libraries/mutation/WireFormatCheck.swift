// SPDX-License-Identifier: MIT
import Core

/// The properties that hold for every `WireFormat`, checked on random values.
public enum WireFormatCheck {
  /// The first property that `Format` breaks, in words; `nil` if it breaks none.
  public static func violation<Format: WireFormat & Equatable>(
    of format: Format.Type, seed: UInt64, rounds: Int = 1_000
  ) -> String? {
    do throws(WireError) {
      let measured = try Format.measuredByteCount()
      if measured != Format.byteCount {
        return "byteCount is \(Format.byteCount), but the layout has \(measured) bytes"
      }
    } catch {
      return "the initial value cannot be laid out"
    }
    var generator = SeededGenerator(seed: seed)
    if let violation = roundTripViolation(of: Format()) { return violation }
    for _ in 0..<rounds {
      let bytes = generator.bytes(Format.byteCount)
      guard let value = decoded(Format.self, bytes) else { continue }
      if let violation = roundTripViolation(of: value) { return violation }
    }
    return nil
  }

  private static func decoded<Format: WireFormat>(_: Format.Type, _ bytes: [UInt8]) -> Format? {
    do throws(WireError) { return try Format(decoding: bytes.span) } catch { return nil }
  }

  private static func roundTripViolation<Format: WireFormat & Equatable>(
    of value: Format
  ) -> String? {
    var bytes = [UInt8](repeating: 0xA5, count: Format.byteCount + 1)
    do throws(WireError) { try value.encode(into: bytes.mutableSpan) } catch {
      return "\(value) does not encode"
    }
    if bytes.last != 0xA5 { return "\(value) writes beyond its size" }
    if decoded(Format.self, bytes) != value { return "\(value) decodes as something else" }
    for count in 0..<Format.byteCount {
      do throws(WireError) {
        _ = try Format(decoding: bytes.span.extracting(first: count))
        return "\(count) bytes decode as a whole value"
      } catch {
        if error != .truncated { return "\(count) bytes are called malformed, not truncated" }
      }
    }
    return nil
  }
}
