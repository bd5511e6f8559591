// SPDX-License-Identifier: MIT
import Host
import Project
import RedoxFS
import Volumes

// Images that run from memory: the root file system lies as a volume among the initial files, from where
// `lived` copies it onto its disk, and grows to that when it is mounted.
extension DiskImageBuilder {
  /// Where the volume is among the initial files.
  private static var volumePath: String { "live/volume" }

  /// The initial files of `initrd`, and the volume.
  /// - Returns: the path of the archive.
  func withVolume(
    _ initrd: String, _ root: RootContents, _ image: Image
  ) throws(BuildError) -> String {
    let target = "\(initrd)-live"
    let initial = try host { () throws(HostError) in try Files.read(initrd) }
    let identity = ImageIdentity(of: root.items, parts: [initial])
    let record = String(decoding: identity.identifier("live").text.bytes, as: UTF8.self)
    let recordPath = "\(target).contents"
    if Files.exists(target), (try? Files.text(recordPath)) == record { return target }
    let volume = try volume(root, image, at: "\(target).volume")
    let item = ArchiveItem(Self.volumePath, mode: 0o600, .file(volume))
    let archive = try encode([item], for: "images/\(image.name).toml")
    try host { () throws(HostError) in
      try Files.write(initial + archive, to: "\(target).new")
      try Files.rename("\(target).new", to: target)
      try Files.write(record, to: recordPath)
    }
    return target
  }

  /// A volume with little room to spare.
  private func volume(
    _ root: RootContents, _ image: Image, at path: String
  ) throws(BuildError) -> [UInt8] {
    defer { try? Files.remove(path) }
    let limit = UInt64(image.general.fileSystemSize ?? 0) << 20
    var byteCount: UInt64 = 4 << 20
    while true {
      let size = min(byteCount, limit)
      let file = try host { () throws(HostError) in
        try RandomAccessFile(creating: path, byteCount: size)
      }
      do throws(FileSystemError) {
        let store = ImageStore(file, from: 0, byteCount: size)
        _ = try RootVolume.write(root.items, to: store, identifier: root.identifier)
        break
      } catch {
        guard error == .noSpace, size < limit else {
          throw .description(
            file: "images/\(image.name).toml",
            reason: "the root file system: \(error.explanation.string)")
        }
      }
      byteCount += 1 << 20
    }
    return try host { () throws(HostError) in try Files.read(path) }
  }

  private func host<Result>(
    _ body: () throws(HostError) -> Result
  ) throws(BuildError) -> Result {
    do throws(HostError) { return try body() } catch { throw .host(error) }
  }
}
