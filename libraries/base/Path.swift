// SPDX-License-Identifier: MIT
import Core

/// What can be said of a path without asking a file system.
///
/// `..` is taken out of the text, as Redox does: a symbolic link before it does not count.
public enum Path {
  private static var slash: UInt8 { 0x2F }

  public static func isAbsolute(_ path: Text) -> Bool { path.hasPrefix("/") }

  /// The components: neither empty nor `.`. What `..` takes back is left out; what it cannot take
  /// back stays at the start of a relative path and is dropped from an absolute one.
  @export(interface)
  public static func components(of path: Text) -> [Text] {
    var components: [Text] = []
    for part in path.split(at: slash) {
      if part.isEmpty || part == "." { continue }
      guard part == ".." else {
        components.append(part)
        continue
      }
      if let last = components.last, last != ".." {
        components.removeLast()
      } else if !isAbsolute(path) {
        components.append(part)
      }
    }
    return components
  }

  /// The shortest path that means the same: `/` and `.` at least, without a slash at the end.
  @export(interface)
  public static func normalised(_ path: Text) -> Text {
    if isNormal(path.span) { return path }
    let joined = components(of: path).joined(by: "/")
    if isAbsolute(path) { return "/" + joined }
    return joined.isEmpty ? "." : joined
  }

  /// Whether an absolute path is as short as can be, which most are.
  private static func isNormal(_ path: Span<UInt8>) -> Bool {
    guard path.count > 1, path[0] == slash, path[path.count &- 1] != slash else { return false }
    var start = 1
    while start < path.count {
      let end = path.firstIndex(of: slash, from: start) ?? path.count
      let dots = path[start] == 0x2E && (end &- start == 1 || path[start &+ 1] == 0x2E)
      if end == start || dots && end &- start <= 2 { return false }
      start = end &+ 1
    }
    return true
  }

  /// Whether a path says that it leads to a directory: behind its last name are a slash, `.` or `..`,
  /// which its normalised form does not have any more.
  @export(interface)
  public static func namesDirectory(_ path: Text) -> Bool {
    let bytes = path.span
    var end = bytes.count
    while end > 0, bytes.count &- end < 2, bytes[end &- 1] == 0x2E { end &-= 1 }
    if end == 0 { return !bytes.isEmpty }
    return bytes[end &- 1] == slash
  }

  /// `path` as seen from `directory`: itself if it is absolute, else the two joined. Not
  /// normalised.
  @export(interface)
  public static func join(_ directory: Text, _ path: Text) -> Text {
    if isAbsolute(path) || directory.isEmpty { return path }
    if path.isEmpty { return directory }
    return directory.hasSuffix("/") ? directory + path : directory + "/" + path
  }

  /// The last component of the normalised path; `/`, `.` and `..` have themselves.
  @export(interface)
  public static func name(of path: Text) -> Text {
    if let last = components(of: path).last { return last }
    return isAbsolute(path) ? "/" : "."
  }

  /// The directory that `path` lies in, normalised: `/` for what lies there and for itself.
  @export(interface)
  public static func parent(of path: Text) -> Text { normalised(join(path, "..")) }

  /// The absolute, normalised form of `path` for a process whose working directory is `directory`,
  /// which is absolute.
  ///
  /// The older form `NAME:rest` becomes `/scheme/NAME/rest`; no `..` leads out of that scheme.
  @export(interface)
  public static func resolved(_ path: Text, from directory: Text) -> Text {
    if let older = SchemePath(older: path) { return older.path }
    return normalised(join(directory, path))
  }
}

/// A path taken apart into the name of a scheme and what the scheme is asked for.
public struct SchemePath: Hashable, Sendable {
  /// The scheme's name; empty for the directory `/scheme` itself.
  public var scheme: Text
  /// The path within the scheme, without a leading slash.
  public var rest: Text

  public init(scheme: Text, rest: Text) {
    self.scheme = scheme
    self.rest = rest
  }

  /// Takes an absolute path apart: `/scheme/NAME/rest`, or any other path in the scheme `file`.
  @export(interface)
  public init(absolute path: Text) {
    let components = Path.components(of: "/" + path)
    guard components.first == "scheme" as Text else {
      self.init(scheme: "file", rest: components.joined(by: "/"))
      return
    }
    let scheme = components.count > 1 ? components[1] : Text()
    self.init(scheme: scheme, rest: Array(components.dropFirst(2)).joined(by: "/"))
  }

  /// Takes the older form `NAME:rest` apart; `nil` if there is no colon in the first component, or
  /// no name before it. `.` and `..` are no names: they would lead out of `/scheme`.
  ///
  /// A file whose name has a colon is reached as `./a:b`.
  @export(interface)
  public init?(older path: Text) {
    guard let colon = path.firstIndex(of: 0x3A), colon > 0,
      path.firstIndex(of: 0x2F).map({ $0 > colon }) ?? true
    else { return nil }
    let scheme = path[0..<colon]
    guard scheme != ".", scheme != ".." else { return nil }
    let rest = Path.components(of: "/" + path[(colon + 1)...]).joined(by: "/")
    self.init(scheme: scheme, rest: rest)
  }

  /// The path in today's form. A file below a directory `scheme` of the file system needs the long
  /// one, or it would be taken for something else.
  @export(interface)
  public var path: Text {
    if scheme == "file", Path.components(of: rest).first != "scheme" as Text { return "/" + rest }
    if scheme.isEmpty { return "/scheme" }
    return rest.isEmpty ? "/scheme/" + scheme : "/scheme/" + scheme + "/" + rest
  }
}
