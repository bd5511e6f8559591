// SPDX-License-Identifier: MIT
import Base
import Host
import TOML

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
    let bytes = try asBuildError { () throws(HostError) in try Files.read(path(file)) }
    do throws(Image.Failure) {
      let description = try Image.Description(bytes)
      var image = Image(name: name)
      for other in description.included {
        do throws(BuildError) {
          let inner = try self.image(other, within: outer + [name])
          image.entries.merge(inner.entries) { $1 }
        } catch { throw Image.Failure(line: 1, reason: "\(error)") }
      }
      try image.add(description)
      return image
    } catch { throw .description(file: file, reason: "\(error)") }
  }
}

extension Image {
  /// What is wrong with a description, and in which line, counted from 1.
  struct Failure: Error, Equatable, CustomStringConvertible {
    var line: Int
    var reason: String
    var description: String { "line \(line): \(reason)" }
  }

  /// A description as it was read.
  struct Description {
    var text = ""
    var included: [String] = []
    fileprivate var tables: [TOMLItem] = []

    init(_ bytes: [UInt8]) throws(Failure) {
      let root: TOMLItem
      do throws(TOMLError) { root = try TOMLDocument(parsing: bytes).root } catch {
        throw Failure(line: error.place.line, reason: "\(error.cause.explanation)")
      }
      for row in root.items {
        let name = String(row.key)
        switch (name, row.value) {
        case ("description", .string(let text)): self.text = String(text)
        case ("include", .array):
          included = try row.items.map { item throws(Failure) in try item.string() }
        case (_, .table): tables.append(row)
        case ("description", _), ("include", _):
          throw row.failure("\(name) is \(name == "include" ? "a list of names" : "a string")")
        default: throw row.failure("unknown name \"\(name)\"")
        }
      }
    }
  }

  /// Adds the rows of one description; a path that is there already is replaced.
  mutating func add(_ description: Description) throws(Failure) {
    self.description = description.text
    for table in description.tables {
      for row in table.items {
        let path = String(row.key)
        guard Self.isPath(path) else {
          throw row.failure("\"\(path)\" is no path (no leading or double slash, no dots)")
        }
        entries[path] = try Self.source(String(table.key), try row.string(), at: row.place.line)
      }
    }
  }

  private static func source(
    _ table: String, _ text: String, at line: Int
  ) throws(Failure) -> Source {
    switch table {
    case "programs": return .program(text)
    case "tests": return .test(text)
    case "files": return .file(text)
    case "links": return .link(text)
    case "folders":
      guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
        throw Failure(line: line, reason: "\"\(text)\" is no octal permission")
      }
      return .folder(mode: mode)
    default: throw Failure(line: line, reason: "unknown table [\(table)]")
    }
  }

  static func isPath(_ path: String) -> Bool {
    path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0 != "." && $0 != ".."
    }
  }
}

extension String {
  fileprivate init(_ text: Text) { self.init(decoding: text.bytes, as: UTF8.self) }
}

extension TOMLItem {
  fileprivate func failure(_ reason: String) -> Image.Failure {
    Image.Failure(line: place.line, reason: reason)
  }

  fileprivate func string() throws(Image.Failure) -> String {
    guard case .string(let text) = value else { throw failure("expected a string") }
    return String(text)
  }
}
