// SPDX-License-Identifier: MIT
public import Base
import Core

/// The list of services as people read it.
public enum ServiceTable {
  /// Makes the first column as wide as its longest name, so that the others stand below each other.
  @export(interface)
  public static func aligned(_ list: Text) -> Text {
    let lines = list.lines()
    var width = 0
    for line in lines { width = max(width, name(of: line).columnCount) }
    return Text { text in
      for line in lines {
        let name = name(of: line)
        text.put(name, width: width)
        text.put(" ")
        var start = name.count
        while start < line.count, line[start] == 0x20 { start += 1 }
        text.put(line[start...])
        text.put("\n")
      }
    }
  }

  /// Whether the service with this status serves the file at `path`, which begins with `/scheme/`.
  @export(interface)
  public static func serves(_ path: Text, status: Text) -> Bool {
    let parts = Path.components(of: path)
    guard parts.count > 1, parts[0] == "scheme" else { return false }
    for line in status.lines() where line.hasPrefix("schemes: ") {
      return line.words().dropFirst().contains(parts[1])
    }
    return false
  }

  /// Whether the service with this status is who asks for users on the terminal at `path`.
  @export(interface)
  public static func asks(on path: Text, status: Text) -> Bool {
    for line in status.lines() where line.hasPrefix("command: ") {
      let words = line.words()
      return words.count > 2 && words[1] == "getty" && words.last == Path.name(of: path)
    }
    return false
  }

  private static func name(of line: Text) -> Text {
    line[0..<(line.firstIndex(of: 0x20) ?? line.count)]
  }
}
