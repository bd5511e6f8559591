// SPDX-License-Identifier: MIT
import Host

/// What is in a bootable image: one file in `images`, read whole.
///
///     description = "…"
///     include = ["minimal"]              other images, whose rows come first
///     [programs]                         path in the image = program of the userland package
///     [tests]                            path in the image = program of the tests package
///     [files]                            path in the image = file or folder of the repository
///     [links]                            path in the image = where the link points
///     [folders]                          path in the image = permission bits, such as "1777"
public struct Image: Equatable, Sendable {
  public enum Source: Equatable, Sendable {
    case program(String)
    case test(String)
    case file(String)
    case link(String)
    case folder(mode: UInt32)
  }

  public var name: String
  public var description = ""
  /// By path without a leading slash.
  public var entries: [String: Source] = [:]

  /// Whether programs of the tests package are in it.
  public var hasTests: Bool {
    entries.values.contains { if case .test = $0 { true } else { false } }
  }
}

extension Project {
  /// Reads `images/<name>.toml` and what it includes.
  public func image(_ name: String) throws(BuildError) -> Image {
    try image(name, within: [])
  }

  /// The names of all images.
  public func imageNames() throws(HostError) -> [String] {
    try Files.names(in: path("images")).filter { $0.hasSuffix(".toml") }.map {
      String($0.dropLast(5))
    }
  }

  private func image(_ name: String, within outer: [String]) throws(BuildError) -> Image {
    let file = "images/\(name).toml"
    guard !outer.contains(name) else {
      throw .description(file: file, reason: "it includes itself")
    }
    guard Files.exists(path(file)) else {
      let known = ((try? imageNames()) ?? []).joined(separator: ", ")
      throw .description(file: file, reason: "no such image; there are: \(known)")
    }
    let text = try asBuildError { () throws(HostError) in try Files.text(path(file)) }
    do throws(TOML.Failure) {
      let document = try TOML(parsing: text)
      var image = Image(name: name)
      for other in try Self.included(document) {
        do throws(BuildError) {
          let inner = try self.image(other, within: outer + [name])
          image.entries.merge(inner.entries) { $1 }
        } catch { throw TOML.Failure(line: 1, reason: "\(error)") }
      }
      try image.add(document)
      return image
    } catch { throw .description(file: file, reason: "\(error)") }
  }

  private static func included(_ document: TOML) throws(TOML.Failure) -> [String] {
    guard let row = document.tables["", default: []].first(where: { $0.key == "include" }) else {
      return []
    }
    guard case .strings(let names) = row.value else {
      throw TOML.Failure(line: row.line, reason: "include is a list of names")
    }
    return names
  }
}

extension Image {
  /// Adds the rows of one description; a path that is there already is replaced.
  mutating func add(_ document: TOML) throws(TOML.Failure) {
    for (table, rows) in document.tables {
      for row in rows {
        guard case .string(let text) = row.value else {
          if table.isEmpty && row.key == "include" { continue }
          throw TOML.Failure(line: row.line, reason: "expected a string")
        }
        if table.isEmpty {
          guard row.key == "description" else {
            throw TOML.Failure(line: row.line, reason: "unknown name \"\(row.key)\"")
          }
          description = text
          continue
        }
        guard Self.isPath(row.key) else {
          throw TOML.Failure(
            line: row.line,
            reason: "\"\(row.key)\" is no path (no leading or double slash, no dots)")
        }
        entries[row.key] = try Self.source(table, text, at: row.line)
      }
    }
  }

  private static func source(
    _ table: String, _ text: String, at line: Int
  ) throws(TOML.Failure) -> Source {
    switch table {
    case "programs": return .program(text)
    case "tests": return .test(text)
    case "files": return .file(text)
    case "links": return .link(text)
    case "folders":
      guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
        throw TOML.Failure(line: line, reason: "\"\(text)\" is no octal permission")
      }
      return .folder(mode: mode)
    default: throw TOML.Failure(line: line, reason: "unknown table [\(table)]")
    }
  }

  static func isPath(_ path: String) -> Bool {
    path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0 != "." && $0 != ".."
    }
  }
}
