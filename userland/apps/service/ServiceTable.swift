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

  private static func name(of line: Text) -> Text {
    line[0..<(line.firstIndex(of: 0x20) ?? line.count)]
  }
}
