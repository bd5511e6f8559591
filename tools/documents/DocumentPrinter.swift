// SPDX-License-Identifier: MIT
import Foundation
import Host
import Project

/// Prints the documents of a project, or says which are stale.
public struct DocumentPrinter {
  private let project: Project

  public init(_ project: Project) { self.project = project }

  /// Writes every document that differs and removes pages of what no longer exists.
  /// - Returns: the paths, below the project's folder, that changed.
  public func write() throws(DocumentError) -> [String] {
    let pages = try currentPages()
    let stale = stalePaths(pages)
    do throws(HostError) {
      for page in pages where stale.contains("docs/\(page.path)") {
        try Files.makeFolder(Files.parent(of: project.path("docs/\(page.path)")))
        try Files.write(page.text, to: project.path("docs/\(page.path)"))
      }
      for path in stale where !pages.contains(where: { "docs/\($0.path)" == path }) {
        try Files.remove(project.path(path))
      }
    } catch {
      throw .host(String(describing: error))
    }
    return stale
  }

  /// The documents that are not what the declarations say.
  public func stale() throws(DocumentError) -> [String] { stalePaths(try currentPages()) }

  private func stalePaths(_ pages: [CallDocuments.Page]) -> [String] {
    var stale = pages.filter { page in
      (try? Files.text(project.path("docs/\(page.path)"))) != page.text
    }.map { "docs/\($0.path)" }
    let wanted = Set(pages.map(\.path))
    for folder in ["calls", "man"] {
      let present = (try? Files.names(in: project.path("docs/\(folder)"))) ?? []
      stale += present.filter { !wanted.contains("\(folder)/\($0)") }.map {
        "docs/\(folder)/\($0)"
      }
    }
    return stale.sorted()
  }

  private func currentPages() throws(DocumentError) -> [CallDocuments.Page] {
    try CallDocuments(symbolGraph: symbolGraph()).pages() + ManualPages(project: project).pages()
  }

  /// What the compiler says of the module `ABI` that the host tool itself was built with.
  private func symbolGraph() throws(DocumentError) -> Data {
    let folder = project.built("documents")
    let file = "\(folder)/ABI.symbols.json"
    do throws(HostError) {
      try Files.makeFolder(folder)
      let captured = try Command(
        "swift-symbolgraph-extract",
        [
          "-module-name", "ABI", "-I", project.built("tools/debug/Modules"),
          "-target", "x86_64-unknown-linux-gnu", "-skip-synthesized-members",
          "-output-dir", folder,
        ]
      ).capture()
      guard captured.status.isSuccess else {
        throw HostError.system(call: "swift-symbolgraph-extract", reason: captured.text)
      }
    } catch {
      throw .host(String(describing: error))
    }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .unreadableSymbolGraph
    }
    return data
  }
}
