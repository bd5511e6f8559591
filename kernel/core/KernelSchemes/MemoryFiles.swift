// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// `/scheme/memory`: anonymous memory under the names that programs know, and authority over physical
// memory. `CreateMemory` is the call for memory objects; these names end up as the same objects.

extension Opening {
  /// `""`, `zeroed`, `physical`, `translation`; the first two with `@wb`, `@wc` or `@uc` for how
  /// processors cache it, and `?phys_contiguous` for one piece of physical memory.
  mutating func openMemory() throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else {
      return try make(.anonymousMemory(AnonymousMemory()))
    }
    try path.end()
    var name = component.text.bytes
    var memory = AnonymousMemory()
    if let question = name.firstIndex(of: UInt8(ascii: "?")) {
      let option = name.extracting(droppingFirst: question &+ 1)
      guard option.equals("phys_contiguous") else { throw .notFound }
      memory.isContiguous = true
      name = name.extracting(first: question)
    }
    if let at = name.firstIndex(of: UInt8(ascii: "@")) {
      memory.kind = try Self.kind(name.extracting(droppingFirst: at &+ 1)).rawValue
      name = name.extracting(first: at)
    }
    if name.isEmpty || name.equals("zeroed") { return try make(.anonymousMemory(memory)) }
    guard mayManage else { throw .notPermitted }
    guard !memory.isContiguous else { throw .notFound }
    // How device memory is cached, `CreateDeviceMemory` says for each object.
    if name.equals("physical") { return try make(.physicalMemory, isStream: true) }
    if name.equals("translation") { return try make(.translation, isStream: true) }
    throw .notFound
  }

  private static func kind(_ name: Span<UInt8>) throws(SystemError) -> MemoryKind {
    if name.equals("wb") { return .normal }
    if name.equals("wc") { return .writeCombining }
    if name.equals("uc") { return .uncached }
    throw .notFound
  }
}
