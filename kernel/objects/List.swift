// SPDX-License-Identifier: MIT

/// An object's place in one list.
public struct Link<T: PoolObject>: BitwiseCopyable {
  var next: Ref<T>?
  var previous: Ref<T>?
  public internal(set) var isLinked = false
  @inline(__always) public init() {}
}

/// Says which of an object's links a list uses. An object with two links can be in two lists.
public protocol LinkRole {
  associatedtype Element: PoolObject
  static func link(of element: Ref<Element>) -> Link<Element>
  static func setLink(of element: Ref<Element>, _ link: Link<Element>)
}

/// A doubly linked list through the objects themselves: never allocates, removes in constant time.
public struct List<Role: LinkRole>: BitwiseCopyable {
  public typealias Element = Role.Element
  public private(set) var first: Ref<Element>?
  public private(set) var last: Ref<Element>?
  public private(set) var count = 0

  @inline(__always) public init() {}
  @inline(__always) public var isEmpty: Bool { first == nil }

  @inline(__always)
  public func next(after element: Ref<Element>) -> Ref<Element>? { Role.link(of: element).next }

  @inline(__always)
  public func previous(before element: Ref<Element>) -> Ref<Element>? {
    Role.link(of: element).previous
  }

  public mutating func append(_ element: Ref<Element>) {
    var link = Role.link(of: element)
    assert(!link.isLinked)
    link.next = nil
    link.previous = last
    link.isLinked = true
    Role.setLink(of: element, link)
    if let last {
      var other = Role.link(of: last)
      other.next = element
      Role.setLink(of: last, other)
    } else {
      first = element
    }
    last = element
    count &+= 1
  }

  public mutating func prepend(_ element: Ref<Element>) {
    var link = Role.link(of: element)
    assert(!link.isLinked)
    link.next = first
    link.previous = nil
    link.isLinked = true
    Role.setLink(of: element, link)
    if let first {
      var other = Role.link(of: first)
      other.previous = element
      Role.setLink(of: first, other)
    } else {
      last = element
    }
    first = element
    count &+= 1
  }

  /// Inserts `element` before `other`, which is in this list.
  public mutating func insert(_ element: Ref<Element>, before other: Ref<Element>) {
    var otherLink = Role.link(of: other)
    guard let previous = otherLink.previous else { return prepend(element) }
    var link = Role.link(of: element)
    link.next = other
    link.previous = previous
    link.isLinked = true
    Role.setLink(of: element, link)
    var previousLink = Role.link(of: previous)
    previousLink.next = element
    Role.setLink(of: previous, previousLink)
    otherLink.previous = element
    Role.setLink(of: other, otherLink)
    count &+= 1
  }

  /// Takes `element` out; it must be in this list.
  public mutating func remove(_ element: Ref<Element>) {
    let link = Role.link(of: element)
    assert(link.isLinked)
    if let previous = link.previous {
      var other = Role.link(of: previous)
      other.next = link.next
      Role.setLink(of: previous, other)
    } else {
      first = link.next
    }
    if let next = link.next {
      var other = Role.link(of: next)
      other.previous = link.previous
      Role.setLink(of: next, other)
    } else {
      last = link.previous
    }
    Role.setLink(of: element, Link())
    count &-= 1
  }

  public mutating func popFirst() -> Ref<Element>? {
    guard let element = first else { return nil }
    remove(element)
    return element
  }
}
