// SPDX-License-Identifier: MIT
import ArchiveWriter

/// The archive of `items`, in the format that the kernel maps (`libraries/formats/archive`).
///
/// - Parameter what: Names the request in errors.
public func encode(_ items: [ArchiveItem], for what: String) throws(BuildError) -> [UInt8] {
  var archive = ArchiveBuilder()
  for item in items {
    let path = Array(item.path.utf8)
    switch item.content {
    case .file(let bytes): archive.addFile(path, contents: bytes, mode: item.mode)
    case .folder: archive.addDirectory(path, mode: item.mode)
    case .link(let target): archive.addLink(path, to: Array(target.utf8))
    }
  }
  do throws(ArchiveBuildError) { return try archive.build() } catch {
    let path = String(decoding: error.path, as: UTF8.self)
    throw .description(file: what, reason: "'\(path)': \(error.cause.explanation)")
  }
}
