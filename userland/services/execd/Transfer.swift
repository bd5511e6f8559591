// SPDX-License-Identifier: MIT
public import Base

/// Files that travel between host and guest beside a command.
public enum Transfer {
  /// Where the files that the host sent lie before they are put in their places.
  public static var inbox: Text { "/scheme/initfs/exec/put" }

  /// The paths that the host wants back, one on each line of `exec/get`; absolute.
  @export(interface)
  public static func wanted(_ list: Text) -> [Text] {
    var paths: [Text] = []
    for line in list.lines() where !line.trimmed().isEmpty {
      paths.append(absolute(line.trimmed()))
    }
    return paths
  }

  /// Where the file `path` of the inbox belongs.
  public static func place(of path: Text) -> Text { absolute(path) }

  /// The directories that have to be there for `path`, outermost first; those of the scheme tree
  /// itself are nobody's to make.
  @export(interface)
  public static func parents(of path: Text) -> [Text] {
    let components = Path.components(of: path)
    let first = components.first == ("scheme" as Text) ? 3 : 1
    guard components.count > first else { return [] }
    var parents: [Text] = []
    for count in first..<components.count {
      parents.append("/" + Array(components[..<count]).joined(by: "/"))
    }
    return parents
  }

  private static func absolute(_ path: Text) -> Text {
    Path.normalised(path.hasPrefix("/") ? path : "/" + path)
  }
}
