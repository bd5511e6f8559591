// SPDX-License-Identifier: MIT
import Host
import Project

/// `docs/man/*.1`, from the manuals that the programs print themselves.
///
/// The manuals are values of userland's own modules, so a program of userland writes the pages
/// (`userland/manuals`), built for the host.
struct ManualPages {
  let project: Project

  /// All pages, by their path below `docs/`.
  func pages() throws(DocumentError) -> [CallDocuments.Page] {
    let folder = project.built("documents/man")
    let scratch = project.built("host-tests/userland")
    do throws(HostError) {
      // A page of a program that is gone must not stay.
      if Files.exists(folder) { try Files.remove(folder) }
      try Files.makeFolder(folder)
      try SourcePlan.forgetIfStale(
        in: scratch, reading: ["userland", "libraries"].map(project.path))
      try run(
        "swift", ["build", "--product", "manuals", "--scratch-path", scratch],
        in: project.path("userland"))
      try run("\(scratch)/debug/manuals", [folder], in: project.root)
      var pages: [CallDocuments.Page] = []
      for name in try Files.names(in: folder).sorted() {
        pages.append(("man/\(name)", try Files.text("\(folder)/\(name)")))
      }
      return pages
    } catch {
      throw .host(String(describing: error))
    }
  }

  private func run(
    _ program: String, _ arguments: [String], in directory: String
  ) throws(HostError) {
    let captured = try Command(program, arguments, in: directory).capture()
    guard captured.status.isSuccess else {
      throw HostError.system(call: program, reason: captured.text)
    }
  }
}
