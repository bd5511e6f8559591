// SPDX-License-Identifier: MIT
import Base
import RedoxFS
import Volumes

#if DIGESTS
  import Cryptography
#endif

/// The SHA-256 digest of what is in a file or a link: `-` for directories and sockets, `!` if it cannot
/// be read, `?` if this program was built without Mbed TLS, which `./apus tool` does not do.
func digest(of node: NodeBlock, in volume: Volume<ImageStore>) -> Text {
  guard node.record.kind == .file || node.record.kind == .symbolicLink else { return "-" }
  #if DIGESTS
    var digest = SHA256()
    var offset: UInt64 = 0
    let portion = Layout.blockBytes << Int(Layout.highestLevel)
    while offset < node.record.byteCount {
      guard let bytes = try? volume.read(node, from: offset, count: portion) else { return "!" }
      digest.update(bytes.span)
      offset += UInt64(portion)
    }
    let result = digest.finish()
    return Text {
      for index in 0..<32 { $0.put(hexadecimal: UInt64(result[index]), digits: 2) }
    }
  #else
    return "?"
  #endif
}
