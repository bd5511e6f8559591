// SPDX-License-Identifier: MIT
import Archive
import Host

/// `./apus tool archive`: looks into the archives that a guest boots from.
@main struct ArchiveTool {
  static func main() {
    Output.ignoreBrokenPipes()
    let words = CommandLine.arguments
    do throws(Failure) {
      switch (words.dropFirst().first, words.count) {
      case ("list", 3): try list(words[2])
      case ("print", 4): try print(words[3], of: words[2])
      default: throw .usage
      }
    } catch {
      Output.note("archive: \(error)")
      Program.exit(1)
    }
  }

  enum Failure: Error, CustomStringConvertible {
    case usage
    case host(HostError)
    case archive(file: String, ArchiveError)
    case notThere(String)

    var description: String {
      switch self {
      case .usage: "usage: archive list FILE | archive print FILE PATH"
      case .host(let error): "\(error)"
      case .archive(let file, let error): "\(file): \(error.cause.explanation)"
      case .notThere(let path): "there is no file \(path)"
      }
    }
  }

  private struct Entry {
    var kind: ArchiveEntry.Kind
    var mode: UInt32
    var path: String
    var contents: [UInt8]
  }

  private static func list(_ file: String) throws(Failure) {
    for entry in try entries(of: file) {
      let mode = String(entry.mode, radix: 8)
      switch entry.kind {
      case .file: Output.line("\(mode)\t\(entry.contents.count)\t\(entry.path)")
      case .directory: Output.line("\(mode)\t-\t\(entry.path)/")
      case .symbolicLink:
        let target = String(decoding: entry.contents, as: UTF8.self)
        Output.line("\(mode)\t-\t\(entry.path) -> \(target)")
      }
    }
  }

  private static func print(_ path: String, of file: String) throws(Failure) {
    let found = try entries(of: file).first { $0.kind == .file && $0.path == path }
    guard let found else { throw .notThere(path) }
    do throws(HostError) { try Output.standard(found.contents) } catch { throw .host(error) }
  }

  private static func entries(of file: String) throws(Failure) -> [Entry] {
    let bytes: [UInt8]
    do throws(HostError) { bytes = try Files.read(file) } catch { throw .host(error) }
    var entries: [Entry] = []
    do throws(ArchiveError) {
      var archives = ArchiveSequence(bytes.span)
      while let archive = try archives.next() {
        for index in 0..<archive.count {
          let entry = archive.entry(at: index)
          entries.append(
            Entry(
              kind: entry.kind, mode: entry.mode,
              path: String(decoding: copied(archive.name(of: entry)), as: UTF8.self),
              contents: copied(archive.contents(of: entry))))
        }
      }
    } catch { throw .archive(file: file, error) }
    return entries
  }

  private static func copied(_ span: Span<UInt8>) -> [UInt8] {
    [UInt8](capacity: span.count) { output in
      for index in span.indices { output.append(span[index]) }
    }
  }
}
