// SPDX-License-Identifier: MIT

#if hasFeature(Embedded)
  import Builtin
#endif

// Room for `capacity` elements in place, of which the owner knows which are there.
//
// Why not an `InlineArray` of optionals: it sets every slot when it is made, adds a tag to each,
// and (Swift 6.3) reading one element of an `InlineArray` that is a property of a noncopyable value
// copies the whole array wherever the reading method is inlined. Memory of this layout is never
// copied.
//
// A cell is empty or full. Only the collections' own counting keeps them apart, so each member says
// what it requires; nothing is checked here. On the host, whose compiler does not manage the layout
// without specialising it, the cells are a block of the heap: tests under AddressSanitizer then see
// an access beyond them.

#if hasFeature(Embedded)
  @_rawLayout(likeArrayOf: Element, count: capacity)
  struct Cells<let capacity: Int, Element: ~Copyable>: ~Copyable {
    /// All cells empty. The owner empties them again before the end.
    @inline(__always)
    init() {}

    @inline(__always)
    fileprivate var start: UnsafeMutablePointer<Element> {
      // SAFETY: the address is used only while `self` is borrowed by the member that asks for it.
      unsafe UnsafeMutablePointer<Element>(Builtin.unprotectedAddressOfBorrow(self))
    }
  }
#else
  @safe struct Cells<let capacity: Int, Element: ~Copyable>: ~Copyable {
    fileprivate let start: UnsafeMutablePointer<Element>

    /// All cells empty. The owner empties them again before the end.
    init() { unsafe start = .allocate(capacity: capacity) }

    // SAFETY: the owner has emptied the cells, and nobody else knows the address.
    deinit { unsafe start.deallocate() }
  }
#endif

extension Cells where Element: ~Copyable {
  /// Where the element is. Collections give this out through addressors: `_read` is a coroutine,
  /// which cannot always be compiled where nothing may be allocated.
  ///
  /// - Safety: the cell is full, `index` is within the capacity, and the address is not used after
  ///   the access to the collection.
  @inline(__always)
  @unsafe func address(of index: Int) -> UnsafeMutablePointer<Element> { unsafe start + index }

  /// - Safety: the cell is empty, and `index` is within the capacity.
  @inline(__always)
  @unsafe func put(_ element: consuming Element, at index: Int) {
    unsafe (start + index).initialize(to: element)
  }

  /// - Safety: the cell is full, and `index` is within the capacity. It is then empty.
  @inline(__always)
  @unsafe func take(at index: Int) -> Element { unsafe (start + index).move() }

  /// - Safety: both cells are full, and the indices are within the capacity.
  @inline(__always)
  @unsafe func swapAt(_ first: Int, _ second: Int) {
    guard first != second else { return }
    let element = unsafe take(at: first)
    unsafe put(take(at: second), at: first)
    unsafe put(element, at: second)
  }
}

/// The elements are reached only through the owner, under the owner's own exclusivity.
extension Cells: @unchecked Sendable where Element: Sendable & ~Copyable {}
