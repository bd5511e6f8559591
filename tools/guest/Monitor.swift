// SPDX-License-Identifier: MIT

/// The few words of QEMU's control channel that matter here. It speaks JSON, one object per line;
/// what is looked for is found as text, so that a new field or another order changes nothing.
public enum Monitor {
  /// Sent first; only then are events reported.
  public static let negotiate = "{\"execute\": \"qmp_capabilities\"}\n"
  /// Asks what each processor is doing.
  public static let askRegisters =
    "{\"execute\": \"human-monitor-command\", "
    + "\"arguments\": {\"command-line\": \"info registers -a\"}}\n"
  /// Takes what a drive has away from its device, which stays.
  public static func takeAway(_ drive: String) -> String {
    "{\"execute\": \"human-monitor-command\", "
      + "\"arguments\": {\"command-line\": \"drive_del \(drive)\"}}\n"
  }
  /// Gives a drive another size.
  public static func resize(_ drive: String, byteCount: Int) -> String {
    "{\"execute\": \"block_resize\", "
      + "\"arguments\": {\"device\": \"\(drive)\", \"size\": \(byteCount)}}\n"
  }
  /// Ends QEMU.
  public static let quit = "{\"execute\": \"quit\"}\n"

  /// What a line says.
  public enum Line: Equatable, Sendable {
    /// The guest ended: QEMU's word for how, such as `guest-reset`.
    case shutdown(reason: String)
    case processors([ProcessorState])
    case other
  }

  /// Where a processor was when it was looked at.
  public struct ProcessorState: Equatable, Sendable {
    public var address: UInt64
    public var isHalted: Bool
    public var isUserMode: Bool
  }

  public static func parse(_ line: String) -> Line {
    if line.contains("\"SHUTDOWN\"") {
      return .shutdown(reason: value(after: "\"reason\": \"", in: line[...], until: "\""))
    }
    guard line.contains("RIP=") else { return .other }
    var states: [ProcessorState] = []
    for part in line.split(separator: "CPU#") {
      guard let address = UInt64(value(after: "RIP=", in: part, until: " "), radix: 16) else {
        continue
      }
      states.append(
        ProcessorState(
          address: address,
          isHalted: value(after: "HLT=", in: part, until: "\\").hasPrefix("1"),
          isUserMode: value(after: "CPL=", in: part, until: " ") == "3"))
    }
    return .processors(states)
  }

  private static func value(after name: String, in text: Substring, until end: Character) -> String
  {
    guard let range = text.firstRange(of: name) else { return "" }
    return String(text[range.upperBound...].prefix { $0 != end })
  }
}
