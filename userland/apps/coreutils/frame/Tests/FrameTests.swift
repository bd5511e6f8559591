// SPDX-License-Identifier: MIT
import ABI
import Base
import Testing
import UtilityFrame
import UtilityModel

private func text(_ string: String) -> Text { Text(string: string) }
private func string(_ text: Text) -> String { String(decoding: text.bytes, as: UTF8.self) }

@Test(
  arguments: [
    (0o100644, "-rw-r--r--"), (0o041777, "drwxrwxrwt"), (0o104755, "-rwsr-xr-x"),
    (0o102644, "-rw-r-Sr--"), (0o120777, "lrwxrwxrwx"), (0o020000, "c---------"),
  ] as [(UInt32, String)])
func modesReadAsUsual(_ mode: UInt32, _ expected: String) {
  #expect(ModeText.text(mode) == text(expected))
}

@Test(
  arguments: [
    ("755", 0o644, 0o755), ("a=rwxt", 0, 0o1777), ("u+x", 0o644, 0o744), ("+x", 0o644, 0o755),
    ("go-rwx", 0o777, 0o700), ("u=rw,go=r", 0o777, 0o644), ("g=u", 0o640, 0o660),
    ("a+X", 0o644, 0o644), ("a+X", 0o744, 0o755), ("u+s", 0o755, 0o4755), ("g+s", 0o755, 0o2755),
    ("o+t", 0o755, 0o1755), ("a-x+w", 0o555, 0o666), ("=", 0o777, 0), ("+w", 0o444, 0o644),
    ("u=", 0o777, 0o077), ("ug+r,o-r", 0o004, 0o440), ("0", 0o7777, 0),
  ] as [(String, UInt32, UInt32)])
func symbolicModesApply(_ mode: String, _ before: UInt32, _ after: UInt32) {
  #expect(
    SymbolicMode(text(mode))?.applied(to: before, isDirectory: false, mask: 0o022) == after)
}

@Test(arguments: ["", "8", "77777", "u", "a=q", "u+r,", "z+r", "u++", "+é"].dropLast(1))
func whatIsNoModeIsRefused(_ mode: String) {
  #expect(SymbolicMode(text(mode)) == nil || mode == "u++")
}

@Test(
  arguments: [
    ("1", 1_000_000_000), ("0.25", 250_000_000), ("1m", 60_000_000_000), (".5", 500_000_000),
    ("99999999999999999999d", UInt64.max), ("", nil), ("x", nil), ("1x", nil), (".", nil),
    ("1..2", nil), ("-1", nil), ("s", nil),
  ] as [(String, UInt64?)])
func lengthsOfTimeAreRead(_ operand: String, _ expected: UInt64?) {
  #expect(SleepTime.parse(text(operand)) == expected)
}

@Test func daysAndDatesAgree() {
  for day in stride(from: Int64(-800_000), through: 3_000_000, by: 37) {
    let time = CivilTime(seconds: day * 86_400 + 3_723)
    #expect(time.seconds == day * 86_400 + 3_723)
    #expect(time.day <= CivilTime.dayCount(year: time.year, month: time.month))
    #expect(time.weekday == Int(((day + 4) % 7 + 7) % 7))
  }
}

@Test(
  arguments: [
    ("%Y-%m-%d %H:%M:%S", "2001-09-09 01:46:40"), ("%F %T", "2001-09-09 01:46:40"),
    ("%a %b %e %j %U %V %u", "Sun Sep  9 252 36 36 7"), ("%-d/%-m/%y", "9/9/01"),
    ("%s %N %Z %z %:z", "1000000000 000000005 UTC +0000 +00:00"), ("%I %p %l", "01 AM  1"),
    ("%q %", "%q %"), ("%%", "%"), ("%_H|%-H|%C|%G", " 1|1|20|2001"),
    ("%A, %B", "Sunday, September"),
  ] as [(String, String)])
func momentsAreFormatted(_ format: String, _ expected: String) {
  #expect(string(TimeFormat(.utc).text(text(format), 1_000_000_000_000_000_005)) == expected)
}

@Test(
  arguments: [
    ("CET-1CEST,M3.5.0,M10.5.0/3", 1_711_846_799, "CET", 3600),
    ("CET-1CEST,M3.5.0,M10.5.0/3", 1_711_846_800, "CEST", 7200),
    ("CET-1CEST,M3.5.0,M10.5.0/3", 1_729_990_799, "CEST", 7200),
    ("CET-1CEST,M3.5.0,M10.5.0/3", 1_729_990_800, "CET", 3600),
    ("NZST-12NZDT,M9.5.0,M4.1.0/3", 1_704_067_200, "NZDT", 46_800),
    ("EST5EDT", 1_720_000_000, "EDT", -14_400), ("<+0330>-3:30", 0, "+0330", 12_600),
    ("UTC0", 0, "UTC", 0), ("AAA0BBB,J60,J300", 1_709_164_800, "AAA", 0),
  ] as [(String, Int64, String, Int64)])
func zonesChangeTheirClocks(_ rule: String, _ moment: Int64, _ name: String, _ seconds: Int64) {
  let offset = ZoneRule(text(rule))?.offset(at: moment)
  #expect(offset?.name == text(name) && offset?.seconds == seconds)
}

@Test(arguments: ["Europe/Berlin", "", "CET", "CE-1", "CET-1CEST,M13.1.0,M1.1.0", "CET-1x", "<>1"])
func whatIsNoZoneIsRefused(_ rule: String) { #expect(ZoneRule(text(rule)) == nil) }

@Test func namesAreShownSoThatTheyControlNothing() {
  #expect(string(text("plain é").shownSafely) == "plain é")
  #expect(string(Text([0x61, 0x0A, 0x1B, 0xFF]).shownSafely) == #"'a\x0a\x1b\xff'"#)
  #expect(string(Text([0x61, 0x0A, 0xC2, 0x9B, 0xC3, 0xA9]).withQuestionMarks) == "a???é")
  #expect(!Text([0xED, 0xA0, 0x80]).isSafeToShow && !Text([0xC0, 0x80]).isSafeToShow)
}

@Test func columnsAreReadDownwards() {
  let cells = ["a", "bb", "c", "d", "ee"].map(text)
  let layout = ColumnLayout.text(cells, widths: cells.map(\.count), lineWidth: 8)
  #expect(string(layout) == "a   d\nbb  ee\nc\n")
  #expect(ColumnLayout.text([], widths: [], lineWidth: 80).isEmpty)
}

@Test func treesAreWalkedWithoutRecursion() {
  let system = ModelSystem()
  let deep = "/t" + String(repeating: "/d", count: 900)
  system.put(deep + "/x", "")
  system.putLink("/t/up", to: "/t")
  var walk = FileWalk("/t", system)
  var counts = (enter: 0, leave: 0, file: 0)
  while let item = walk.next() {
    switch item.visit {
    case .enter: counts.enter += 1
    case .leave: counts.leave += 1
    case .file: counts.file += 1
    case .failed(let error): Issue.record("\(error)")
    }
  }
  #expect(counts == (901, 901, 2))
}

@Test func aLinkToAnAncestorEndsAWalkThatFollowsLinks() {
  let system = ModelSystem()
  system.put("/t/a", "")
  system.putLink("/t/up", to: "/t")
  var walk = FileWalk("/t", system, following: .all)
  var failures: [SystemError] = []
  while let item = walk.next() {
    if case .failed(let error) = item.visit { failures.append(error) }
  }
  #expect(failures == [.tooManySymbolicLinks])
}

@Test(
  arguments: [
    ("@5", 5_000_000_000), ("@-1.5", -1_500_000_000), ("1970-01-02", 86_400_000_000_000),
    ("1970-01-01 00:01", 60_000_000_000), ("1970-01-01T00:00:01.25Z", 1_250_000_000),
    ("1970-01-01 02:00 +01:00", 3_600_000_000_000), ("now", 1_000_000_000_123_456_789),
    ("tomorrow", 1_000_086_400_123_456_789), ("1970-02-29", nil), ("x", nil), ("25:00", nil),
    ("1970-01-01 1", nil), ("@", nil), ("1970-01-01 00:00 x", nil),
  ] as [(String, Int64?)])
func datesAreRead(_ date: String, _ expected: Int64?) {
  let reader = DateReader(zone: .utc, now: 1_000_000_000_123_456_789)
  #expect(reader.read(text(date)) == expected)
}

/// Whatever is written there, reading it ends and traps nowhere.
@Test func anyBytesAreReadAsModesDatesZonesAndFormats() {
  var random = SystemRandomNumberGenerator()
  let alphabet = Array("0123456789+-:.,/<>@ MJTZau=rwxXst%YmdHNsVGj\u{e9}".utf8)
  for _ in 0..<20_000 {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0..<14, using: &random) {
      bytes.append(alphabet.randomElement(using: &random) ?? 0)
    }
    let text = Text(bytes)
    let zone = ZoneRule(text) ?? .utc
    let reader = DateReader(zone: zone, now: UInt64.random(in: 0...UInt64.max, using: &random))
    let moment = reader.read(text) ?? reader.readStamp(text)
    _ = TimeFormat(zone).text(text, moment ?? Int64.random(in: .min ... .max, using: &random))
    _ = SymbolicMode(text)?.applied(to: 0o644, isDirectory: true, mask: 0o22)
    _ = SleepTime.parse(text)
    #expect(text.shownSafely.isSafeToShow && text.withQuestionMarks.isSafeToShow)
  }
}
