// SPDX-License-Identifier: MIT
import ABI
public import Base
import Core

extension UtilitySystem {
  /// The zone of the variable `TZ`; UTC without one, or if it is not of POSIX's form.
  public final var zone: ZoneRule {
    guard let text = environmentValue("TZ"), !text.isEmpty else { return .utc }
    return ZoneRule(text.hasPrefix(":") ? text[1...] : text) ?? .utc
  }

  /// The columns that output on this handle may take: the terminal's, or the variable `COLUMNS`.
  public final func lineWidth(normal: Int) -> Int {
    if let size = terminalSize(.standardOutput), size.columns > 0 { return size.columns }
    guard let text = environmentValue("COLUMNS"), let columns = wholeNumber(text),
      columns > 0, columns < 10_000
    else { return normal }
    return Int(columns)
  }
}

/// The number that a text is in decimal, without sign.
@export(interface)
public func wholeNumber(_ text: Text) -> UInt64? {
  do throws(NumberError) { return try UInt64(decimal: text.span) } catch { return nil }
}
