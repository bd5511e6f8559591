// SPDX-License-Identifier: MIT
public import Base
import Core
public import RedoxFS

/// A file of a volume on one line: mode, owner and group, links, size, blocks, time of its last change,
/// identifier, `I` if its contents lie in its node, else `R`, with the blocks of a record, digest, path.
/// - Parameter digest: the SHA-256 digest of the contents, in hexadecimal digits.
public func listingLine(_ path: Text, _ node: NodeBlock, digest: Text) -> Text {
  let record = node.record
  return Text {
    let mode = Text { $0.put(octal: UInt64(record.mode), digits: 6) }
    $0.put(mode)
    $0.put(" ")
    $0.put(decimal: UInt64(record.user))
    $0.put(":")
    $0.put(decimal: UInt64(record.group))
    $0.put(" links=")
    $0.put(decimal: UInt64(record.links))
    $0.put(" size=")
    $0.put(decimal: record.byteCount)
    $0.put(" blocks=")
    $0.put(decimal: record.blockCount)
    $0.put(" mtime=")
    $0.put(decimal: record.modified.seconds)
    $0.put(".")
    $0.put(decimal: UInt64(record.modified.nanoseconds), width: 9, fill: 0x30)
    $0.put(" id=")
    $0.put(decimal: UInt64(node.identifier))
    $0.put(record.isInline ? " I" : " R")
    $0.put(decimal: record.recordBytes / UInt64(Layout.blockBytes))
    $0.put(" ")
    $0.put(digest)
    $0.put(" ")
    $0.put(path)
  }
}
