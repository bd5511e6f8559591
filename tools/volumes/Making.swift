// SPDX-License-Identifier: MIT
public import Host
public import RedoxFS

/// A new volume in an image, whose identifier is random (RFC 9562, §5.4).
public func makeVolume(on store: ImageStore, now: Timestamp) throws(FileSystemError)
  -> FileSystem<ImageStore>
{
  var identifier = InlineBytes<16>()
  for index in 0..<16 { identifier.bytes[index] = UInt8.random(in: 0...255) }
  identifier.bytes[6] = identifier.bytes[6] & 0x0F | 0x40
  identifier.bytes[8] = identifier.bytes[8] & 0x3F | 0x80
  return try FileSystem.format(
    store, identifier: identifier,
    root: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now: now)
}

/// Opens the image that a volume is to be made in: what is there, or a new file of `mebibytes`.
/// - Parameter overwrites: a volume that is there already may be lost.
/// - Throws: what the host says; or that there is a volume, or no size.
public func imageToFormat(
  _ path: String, mebibytes: UInt64?, overwrites: Bool
) throws(HostError) -> ImageStore {
  if Files.exists(path), mebibytes == nil || !overwrites {
    let store = ImageStore(try RandomAccessFile(updating: path))
    if !overwrites, hasVolume(store) {
      throw .file(
        path: path, action: "format", reason: "there is a RedoxFS volume in it (--force overwrites)"
      )
    }
    guard let mebibytes, store.blockCount * 4096 != mebibytes << 20 else { return store }
    throw .file(
      path: path, action: "format", reason: "it exists, with another size (--force replaces it)")
  }
  guard let mebibytes, mebibytes < 1 << 40 else {
    throw .file(path: path, action: "format", reason: "it does not exist; --size makes it")
  }
  return ImageStore(try RandomAccessFile(creating: path, byteCount: mebibytes << 20))
}

/// Whether there is a volume that somebody may want to keep: also one that is encrypted, of another
/// version, or that cannot be read.
private func hasVolume(_ store: ImageStore) -> Bool {
  do throws(VolumeError) {
    _ = try Volume.header(on: store)
    return true
  } catch { return error != .noVolume }
}
