// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Date: UtilityProgram {
  static var manual: Manual {
    Manual(
      "date", "print or set the time",
      synopsis: ["[-u] [-d DATE | -r FILE] [-I[PRECISION] | -R | +FORMAT]", "[-u] -s DATE"],
      description: """
        Prints the time, in the zone of the variable TZ. TZ is of POSIX's form, such as \
        CET-1CEST,M3.5.0,M10.5.0/3. Names of zones such as Europe/Berlin are not known: the table of \
        the world's zones is not there; UTC is shown then.

        A date is @SECONDS since 1970, now, today, tomorrow, yesterday, YYYY-MM-DD, hh:mm[:ss], or a \
        date and a time, and perhaps Z, UTC or +hh:mm behind it. With it, or alone, may stand an amount \
        such as 2 days, 1 month ago or next week.

        In a format, %Y %m %d %H %M %S are year, month, day, hour, minute and second, %F is \
        %Y-%m-%d, %T is %H:%M:%S, %s seconds since 1970, %N nanoseconds, %a %A the day's name, %b %B \
        the month's, %j the day of the year, %V the week, %Z and %z the zone; %-d leaves zeros out. \
        C e D G I R U W c g h k l n p P r t u w x X y %% are there, too.
        """,
      options: [
        .init("-d, --date=DATE", "this time, not now"),
        .init(
          "-I[PRECISION], --iso-8601[=PRECISION]",
          "as 2026-11-21; up to hours, minutes, seconds, ns"),
        .init("-R, --rfc-email", "as Sat, 21 Nov 2026 19:05:01 +0000"),
        .init("-r, --reference=FILE", "when this file was changed"),
        .init("-s, --set=DATE", "set the clock; only root may"),
        .init("-u, --utc", "in UTC"),
      ],
      examples: [.init("date +%F", "today's date"), .init("date -d '@0'", "the first second")],
      seeAlso: ["touch", "uptime"], usageStatus: 1)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let system = invocation.system
    let zone = options.has("-u") ? ZoneRule.utc : system.zone
    if !options.has("-u"), let name = system.environmentValue("TZ"), !name.isEmpty,
      ZoneRule(name.hasPrefix(":") ? name[1...] : name) == nil
    {
      invocation.say(
        "date: TZ " + name.quotedForMessage + " is not of POSIX's form; this is UTC")
    }
    var moment = Int64(clamping: system.wallClock)
    let reader = DateReader(zone: zone, now: system.wallClock)
    for name: StaticString in ["-d", "-s"] {
      guard let text = options.value(name) else { continue }
      guard let time = reader.read(text) else {
        throw .usage("invalid date " + text.quotedForMessage)
      }
      moment = time
    }
    if let reference = options.value("-r") {
      do throws(SystemError) {
        moment = Int64(clamping: try system.status(reference, following: true).modified)
      } catch {
        throw .failed(reference.shownSafely + ": " + Text(error.explanation))
      }
    }
    if options.has("-s") { set(moment, invocation) }
    invocation.output.put(TimeFormat(zone).text(try format(options), moment))
    invocation.output.put("\n")
    return 0
  }

  private static func format(_ options: Options) throws(UtilityStop) -> Text {
    if let operand = options.operands.first {
      guard options.operands.count == 1, operand.hasPrefix("+") else {
        throw .usage("cannot make sense of " + operand.quotedForMessage)
      }
      return operand[1...]
    }
    switch options.last(of: ["-I", "-R"]) {
    case 0:
      switch options.value("-I") {
      case nil, "date": return "%Y-%m-%d"
      case "hours", "h": return "%Y-%m-%dT%H%:z"
      case "minutes", "m": return "%Y-%m-%dT%H:%M%:z"
      case "seconds", "s": return "%Y-%m-%dT%H:%M:%S%:z"
      case "ns": return "%Y-%m-%dT%H:%M:%S,%N%:z"
      case let value?: throw .usage("unknown precision " + value.quotedForMessage)
      }
    case 1: return "%a, %d %b %Y %H:%M:%S %z"
    default: return "%a %b %e %H:%M:%S %Z %Y"
    }
  }

  /// The kernel takes by how much the clock is to change, as eight bytes.
  private static func set(_ moment: Int64, _ invocation: Invocation) {
    let path: Text = "/scheme/sys/update_time_offset"
    do throws(SystemError) {
      let control = try invocation.system.openFile(path, .write, mode: 0)
      defer { invocation.system.close(control) }
      let difference = moment &- Int64(clamping: invocation.system.wallClock)
      var bytes: [UInt8] = []
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: difference >> (shift * 8))) }
      try invocation.system.writeAll(control, bytes.span)
    } catch {
      invocation.complain("cannot set the time: " + Text(error.explanation))
    }
  }
}
