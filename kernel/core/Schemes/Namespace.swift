// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// The scheme names that a process can reach, each bound to a root. A sandbox is a namespace with
/// fewer names.
struct Namespace: PoolObject {
  var slot = PoolSlot<Namespace>()
  var references: UInt32 = 0
  /// In the order of their binding, and so by `BoundName.serial`.
  var names = List<BoundNameRole>()
  /// The one that was found last.
  var recent: Ref<BoundName>?
  /// Names bound so far.
  var serial: UInt64 = 0
  var account: Ref<Account>?
  /// Place among those that nobody uses any more.
  var endingLink = Link<Namespace>()
  init() {}

  /// Names in one namespace: enough for every device of a large machine, and a bounded search.
  static let nameLimit = 128
}

/// `Namespace.endingLink`.
enum EndingNamespaceRole: LinkRole {
  static func link(of element: Ref<Namespace>) -> Link<Namespace> { element.value.endingLink }
  static func setLink(of element: Ref<Namespace>, _ link: Link<Namespace>) {
    element.value.endingLink = link
  }
}

/// One name of a namespace.
struct BoundName: PoolObject {
  /// First, so that a name can be copied in at the object's own address.
  var bytes = InlineArray<64, UInt8>(repeating: 0)
  /// A number that other names seldom have.
  var hash: UInt64 = 0
  var slot = PoolSlot<BoundName>()
  var count: UInt8 = 0
  var link = Link<BoundName>()
  var root: Ref<Description>?
  var rights = Rights()
  /// Where a listing goes on after it.
  var serial: UInt64 = 0
  init() {}

  static let nameLimit: UInt = 63
}

/// `BoundName.link`.
enum BoundNameRole: LinkRole {
  static func link(of element: Ref<BoundName>) -> Link<BoundName> { element.value.link }
  static func setLink(of element: Ref<BoundName>, _ link: Link<BoundName>) {
    element.value.link = link
  }
}

extension Ref where T == BoundName {
  @inline(__always)
  fileprivate func isCalled(_ bytes: borrowing InlineArray<64, UInt8>, _ count: Int) -> Bool {
    guard Int(value.count) == count else { return false }
    var index = 0
    while index < count, value.bytes[index] == bytes[index] { index &+= 1 }
    return index == count
  }
}

extension Ref where T == Namespace {
  static func make(
    copying source: Ref<Namespace>?, _ account: Ref<Account>?
  ) throws(SystemError) -> Self {
    let namespace = try takeObject(&kernel.namespaces)
    namespace.value.references = 1
    namespace.value.names = List()
    namespace.value.recent = nil
    namespace.value.serial = 0
    namespace.value.endingLink = Link()
    namespace.value.account = account
    account?.retain()
    guard let source else { return namespace }
    do throws(SystemError) {
      var next = source.value.names.first
      while let name = next {
        next = source.value.names.next(after: name)
        guard let root = name.value.root else { continue }
        try namespace.add(name.value.bytes, Int(name.value.count), root, name.value.rights)
      }
    } catch {
      namespace.release()
      throw error
    }
    return namespace
  }

  func retain() { value.references &+= 1 }

  func release() {
    value.references &-= 1
    guard value.references == 0 else { return }
    kernel.memory.backlog.namespaces.append(self)
    kernel.memory.backlog.isEmpty = false
    unbindSome()
  }

  /// Takes names out of a namespace that nobody uses any more, and with the last of them itself.
  func unbindSome() {
    var left = Namespace.nameLimit
    while left > 0, let name = value.names.first {
      left &-= name.value.root?.costOfClosing ?? 1
      unbind(name)
    }
    guard value.names.isEmpty else { return }
    kernel.memory.backlog.namespaces.remove(self)
    value.account?.drop()
    value.account = nil
    kernel.namespaces.put(self)
  }

  func bind(
    _ bytes: InlineArray<64, UInt8>, _ count: Int, _ root: Ref<Description>, _ rights: Rights
  ) throws(SystemError) {
    if let existing = find(bytes, count) {
      root.retain()
      existing.value.root?.release()
      existing.value.root = root
      existing.value.rights = rights
      return
    }
    guard value.names.count < Namespace.nameLimit else { throw .quotaExceeded }
    try add(bytes, count, root, rights)
  }

  /// Binds a name that is not there.
  private func add(
    _ bytes: InlineArray<64, UInt8>, _ count: Int, _ root: Ref<Description>, _ rights: Rights
  ) throws(SystemError) {
    try value.account?.charge(.handles, 1)
    let name: Ref<BoundName>
    do throws(SystemError) {
      name = try takeObject(&kernel.boundNames)
    } catch {
      value.account?.release(.handles, 1)
      throw error
    }
    name.value.bytes = bytes
    name.value.hash = hash(of: bytes, count)
    name.value.count = UInt8(truncatingIfNeeded: count)
    root.retain()
    name.value.root = root
    name.value.rights = rights
    value.serial &+= 1
    name.value.serial = value.serial
    value.names.append(name)
  }

  func unbind(_ name: Ref<BoundName>) {
    value.names.remove(name)
    if value.recent == name { value.recent = nil }
    let root = name.value.root
    name.value.root = nil
    kernel.boundNames.put(name)
    value.account?.release(.handles, 1)
    root?.release()
  }

  func find(_ bytes: InlineArray<64, UInt8>, _ count: Int) -> Ref<BoundName>? {
    // Whoever asks for a file in a scheme mostly asks for another one there.
    if let name = value.recent, name.isCalled(bytes, count) { return name }
    let hash = hash(of: bytes, count)
    var next = value.names.first
    while let name = next {
      next = value.names.next(after: name)
      guard name.value.hash == hash, name.isCalled(bytes, count) else { continue }
      value.recent = name
      return name
    }
    return nil
  }

  /// With the machine's secret, so that nobody makes names that share theirs.
  private func hash(of bytes: InlineArray<64, UInt8>, _ count: Int) -> UInt64 {
    var hash = kernel.futexes.secret
    for index in 0..<count { hash = (hash ^ UInt64(bytes[index])) &* 0x9E37_79B9_7F4A_7C15 }
    return hash ^ hash &>> 29
  }

  /// The name to list after the one with the serial number `serial`.
  func name(after serial: UInt64) -> Ref<BoundName>? {
    var next = value.names.first
    while let name = next, name.value.serial <= serial {
      next = value.names.next(after: name)
    }
    return next
  }

  /// The root of the scheme that the first component of `path` names, and what the name allows; the
  /// component and the slash behind it are taken off `path`.
  func resolve(
    _ path: inout UserSpan, _ thread: Ref<Thread>
  ) throws(SystemError) -> (root: Ref<Description>, rights: Rights) {
    var bytes = InlineArray<64, UInt8>(repeating: 0)
    let limit = min(path.count, BoundName.nameLimit &+ 1)
    guard limit > 0 else { throw .notFound }
    try copyInName(&bytes, UserSpan(address: path.address, count: limit), thread)
    var count = 0
    while count < Int(limit), bytes[count] != UInt8(ascii: "/") { count &+= 1 }
    guard count > 0, count <= Int(BoundName.nameLimit) else { throw .notFound }
    guard let name = find(bytes, count), let root = name.value.root else { throw .notFound }
    let taken = min(UInt(count &+ 1), path.count)
    path = UserSpan(address: path.address &+ taken, count: path.count &- taken)
    return (root, name.value.rights)
  }
}

/// Copies at most 64 bytes of a name from user memory.
func copyInName(
  _ bytes: inout InlineArray<64, UInt8>, _ span: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) {
  guard span.count <= 64 else { throw .nameTooLong }
  try withAddress(of: &bytes) { address, _ throws(SystemError) in
    try copyIn(address, span, thread)
  }
}

/// This processor's page for paths and records on their way between user and kernel. Its content
/// lasts until the end of the entry.
struct ScratchPage {
  let bytes: PageOf<UInt8>
  let address: UInt

  @inline(__always)
  init() {
    let page = kernel.processors[Machine.currentProcessor].scratch
    bytes = PageOf(page)
    address = page.kernelAddress
  }
}
