// SPDX-License-Identifier: MIT
import Base
import Core

/// What stands between the bytes of a volume's blocks and those that its medium has: the place of
/// encryption. A volume without one has its blocks on the medium as they are.
///
/// All blocks but headers go through it, in `Volume.stored(at:)` and `FileSystem.store(_:at:)` and
/// nowhere else. Hashes are those of the bytes before it. Of a header only the 16 bytes that say
/// whether a volume is encrypted are changed.
public struct BlockTransform {
  /// Changes `bytes`, whole blocks of 4096 bytes of which the first is the volume's number `block`, in
  /// place.
  public typealias Change = (_ bytes: inout [UInt8], _ block: UInt64) -> Void

  /// From the medium's bytes to the volume's, and back.
  var decode: Change
  var encode: Change
  /// Makes of a header's hash and eight zeros what an encrypted volume has there; hears of the
  /// header's generation.
  var seal: (_ mark: inout [UInt8], _ generation: UInt64) -> Void

  public init(
    decode: @escaping Change, encode: @escaping Change,
    seal: @escaping (_ mark: inout [UInt8], _ generation: UInt64) -> Void
  ) {
    self.decode = decode
    self.encode = encode
    self.seal = seal
  }
}

extension Volume {
  /// The bytes of the block at `address`, as their hash was taken: they may still be packed.
  func stored(at address: BlockAddress) throws(VolumeError) -> [UInt8] {
    var bytes: [UInt8] = []
    guard
      store.read(start &+ address.index, count: Int(address.blockCount), onto: &bytes),
      bytes.count == address.byteCount
    else { throw .medium(block: address.index) }
    transform?.decode(&bytes, address.index)
    return bytes
  }

  /// The newest header on `store`, of a volume that may be encrypted: for who wants to know which
  /// volume it is.
  /// - Throws: `noVolume`, `otherVersion`, `medium`.
  public static func header(on store: Store) throws(VolumeError) -> HeaderBlock {
    try findRing(on: store).header
  }
}

extension FileSystem {
  /// Writes whole blocks from number `block` of the volume on.
  func store(_ bytes: [UInt8], at block: UInt64) throws(FileSystemError) {
    guard let transform = volume.transform else { return try put(bytes, at: block) }
    var changed = bytes
    transform.encode(&changed, block)
    try put(changed, at: block)
  }

  private func put(_ bytes: [UInt8], at block: UInt64) throws(FileSystemError) {
    guard volume.store.write(volume.start &+ block, bytes.span) else { throw fail(.medium) }
  }

  /// What says in a header with this hash whether the volume is encrypted, in two words.
  func mark(hash: UInt64, _ generation: UInt64) -> (UInt64, UInt64) {
    guard let transform = volume.transform else { return (hash, 0) }
    var mark = [UInt8](repeating: 0, count: 16)
    mark.setWord(hash, at: 0)
    transform.seal(&mark, generation)
    return (mark.word(at: 0), mark.word(at: 8))
  }
}
