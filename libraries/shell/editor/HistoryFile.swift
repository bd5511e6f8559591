// SPDX-License-Identifier: MIT
public import Base
import Core

/// The form of a history file: a command in a line. A command of several lines has a backslash
/// before each of its line feeds; backslashes that end a line of its own are doubled. A line of `#`
/// and digits says when the command after it was entered, in seconds since 1970.
public enum HistoryFile {
  /// The commands in a file of any bytes, and where what belongs to each begins.
  @export(interface)
  public static func entries(in file: [UInt8]) -> [(start: Int, text: Text)] {
    var entries: [(start: Int, text: Text)] = []
    var entryStart = 0
    var entry: [UInt8] = []
    var isOpen = false
    var start = 0
    while start < file.count {
      var end = start
      while end < file.count, file[end] != 0x0A { end += 1 }
      var slashes = 0
      while end - slashes > start, file[end - slashes - 1] == 0x5C { slashes += 1 }
      let goesOn = slashes % 2 == 1 && end + 1 < file.count
      let isTime = !isOpen && !goesOn && Self.isTime(file[start..<end])
      if !isTime {
        entry += file[start..<(end - (slashes + 1) / 2)]
        if slashes % 2 == 1, !goesOn { entry.append(0x5C) }
        isOpen = goesOn
        if goesOn {
          entry.append(0x0A)
        } else {
          if !entry.isEmpty { entries.append((entryStart, Text(entry))) }
          entry = []
          entryStart = end + 1
        }
      }
      start = end + 1
    }
    return entries
  }

  private static func isTime(_ line: ArraySlice<UInt8>) -> Bool {
    line.count > 1 && line.first == 0x23 && !line.dropFirst().contains { !$0.isASCIIDigit }
  }

  /// What a command is in the file, its line feed included; `time` is `nil` if it is not noted.
  @export(interface)
  public static func record(_ entry: Text, time: Int?) -> [UInt8] {
    var record = Text()
    if let time {
      record.put("#")
      record.put(decimal: UInt64(max(0, time)))
      record.put("\n")
    }
    var slashes = 0
    for byte in entry.bytes {
      if byte == 0x0A {
        // The doubled ones and one more: an odd number joins the lines.
        for _ in 0...slashes { record.put(0x5C) }
      }
      slashes = byte == 0x5C ? slashes + 1 : 0
      record.put(byte)
    }
    for _ in 0..<slashes { record.put(0x5C) }
    record.put(0x0A)
    return record.bytes
  }
}
