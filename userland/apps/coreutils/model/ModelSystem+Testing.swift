// SPDX-License-Identifier: MIT
import ABI
public import Base
public import UtilityFrame

extension Text {
  /// What tests write in strings.
  public init(string: String) { self.init(Array(string.utf8)) }
}

/// What a utility did.
public struct ModelRun {
  public var status: Int32
  public var output: String
  public var errors: String
}

extension ModelSystem {
  /// Makes a file, with the directories on the way.
  public func put(_ path: String, _ content: String, mode: UInt32 = 0o644) {
    let path = Path.normalised(Text(string: path))
    makeParents(of: path)
    try? files.detach(path)
    var node = ModelNode(mode: FileMode.regular | mode)
    node.content = Array(content.utf8)
    _ = try? files.add(path, node, now: time)
  }

  /// Changes what is in a file that may be open.
  public func rewrite(_ path: String, _ content: String) {
    guard let node = try? files.find(Text(string: path), following: true) else { return }
    files.nodes[node].content = Array(content.utf8)
  }

  public func putDirectory(_ path: String) {
    makeParents(of: Path.join(Text(string: path), "x"))
  }

  public func putLink(_ path: String, to target: String) {
    makeParents(of: Text(string: path))
    var node = ModelNode(mode: FileMode.symbolicLink | 0o777)
    node.content = Array(target.utf8)
    _ = try? files.add(Text(string: path), node, now: time)
  }

  private func makeParents(of path: Text) {
    let components = Path.components(of: path).dropLast()
    var place: Text = "/"
    for name in components {
      place = Path.join(place, name)
      if !files.exists(place) {
        _ = try? files.add(place, ModelNode(mode: FileMode.directory | 0o755), now: time)
      }
    }
  }

  /// The content of a file; `nil` if there is none.
  public func text(_ path: String) -> String? {
    guard let node = try? files.find(Path.normalised(Text(string: path)), following: true),
      !files.nodes[node].isDirectory
    else { return nil }
    return String(decoding: files.nodes[node].content, as: UTF8.self)
  }

  public func mode(_ path: String) -> UInt32? {
    guard let node = try? files.find(Path.normalised(Text(string: path)), following: false) else {
      return nil
    }
    return files.nodes[node].mode
  }

  public func exists(_ path: String) -> Bool { mode(path) != nil }

  /// Runs a utility of `table` as the words of `line` say, and takes what it printed.
  public func run(_ table: UtilityTable, _ line: String) -> ModelRun {
    run(table, line.split(separator: " ").map(String.init))
  }

  public func run(_ table: UtilityTable, _ words: [String]) -> ModelRun {
    let status = table.run(words.map { Text(string: $0) }, self)
    let run = ModelRun(
      status: status, output: String(decoding: takeOutput(), as: UTF8.self),
      errors: String(decoding: takeErrors(), as: UTF8.self))
    return run
  }
}
