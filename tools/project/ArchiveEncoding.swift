// SPDX-License-Identifier: MIT

/// The archive of `items`, in the format that the kernel maps (libraries, Archive).
///
/// - Parameter what: Names the request in errors.
public func encode(_ items: [ArchiveItem], for what: String) throws(BuildError) -> [UInt8] {
  throw .description(file: what, reason: "archives cannot be written yet")
}
