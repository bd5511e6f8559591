// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Many handles at a time: closing all of them, copying them for a fork. A table has up to 32,768, so
// both go on in steps.

/// What one entry does with a table of handles: closes that cost so much, so many copies and looks at
/// entries.
private let closesPerEntry = 20
private let copiesPerEntry = 64
private let looksPerEntry = 512

/// Where the walk of a whole table stands: first the runtime's range, then the other.
private struct HandlePlace {
  static let posixStart = HandleRange.maximumPages &* HandleRange.pageEntries
  var number: UInt32

  /// The next handle in use, which the place then stands at.
  /// - Returns: nil if there is none, or not within so many looks: then `isOver` is false.
  mutating func next(
    in process: Ref<Process>, _ looks: inout Int, _ isOver: inout Bool
  ) -> Handle? {
    if number < Self.posixStart {
      switch process.value.handles.runtime.search(from: number, &looks) {
      case .found(let found):
        number = found
        return Handle(rawValue: Handle.runtimeBase &+ found)
      case .unfinished(let place):
        number = place
        return nil
      case .none:
        number = Self.posixStart
      }
    }
    switch process.value.handles.posix.search(from: number &- Self.posixStart, &looks) {
    case .found(let found):
      number = Self.posixStart &+ found
      return Handle(rawValue: found)
    case .unfinished(let place):
      number = Self.posixStart &+ place
    case .none:
      isOver = true
    }
    return nil
  }
}

/// Closes some handles of a process that ends, from where the last step came to.
/// - Returns: true once none is left and the table's pages are given back.
func closeSomeHandles(_ process: Ref<Process>) -> Bool {
  var place = HandlePlace(number: process.value.closedUpTo)
  var looks = looksPerEntry
  var left = closesPerEntry
  var isOver = false
  while left > 0, let handle = place.next(in: process, &looks, &isOver) {
    left &-= costOfClosing(handle, of: process)
    removeHandle(process, handle)
  }
  process.value.closedUpTo = isOver ? 0 : place.number
  guard process.value.handles.count == 0 else { return false }
  process.value.handles.posix.freePages(process.value.account)
  process.value.handles.runtime.freePages(process.value.account)
  return true
}

private func costOfClosing(_ handle: Handle, of process: Ref<Process>) -> Int {
  process.value.handles.entry(handle)?.description?.costOfClosing ?? 1
}

/// Closes some of the runtime range and of what is marked close-on-exec, from the place `start` on.
/// - Returns: the place to go on from, or nil when done.
func closeHandlesForExec(_ process: Ref<Process>, from start: UInt32) -> UInt32? {
  var place = HandlePlace(number: start)
  var looks = looksPerEntry
  var left = closesPerEntry
  var isOver = false
  while left > 0, let handle = place.next(in: process, &looks, &isOver) {
    if HandleTable.isRuntime(handle)
      || process.value.handles.entry(handle)?.closeOnExec ?? false
    {
      left &-= costOfClosing(handle, of: process)
      removeHandle(process, handle)
    }
    left &-= 1
    place.number &+= 1
  }
  return isOver ? nil : place.number
}

/// Copies some of the POSIX range of `parent` to `child`, from `start` on.
/// - Returns: the number to go on from, or nil when done.
func copyHandlesForFork(
  _ parent: Ref<Process>, _ child: Ref<Process>, from start: UInt32
) throws(SystemError) -> UInt32? {
  var looks = looksPerEntry
  var left = copiesPerEntry
  var number = start
  while left > 0 {
    switch parent.value.handles.posix.search(from: number, &looks) {
    case .none: return nil
    case .unfinished(let place): return place
    case .found(let found):
      try copyHandle(Handle(rawValue: found), of: parent, to: child)
      number = found &+ 1
      left &-= 1
    }
  }
  return number
}

private func copyHandle(
  _ handle: Handle, of parent: Ref<Process>, to child: Ref<Process>
) throws(SystemError) {
  guard let entry = parent.value.handles.entry(handle), let description = entry.description
  else { return }
  if case .opening = description.value.kind { return }
  let account = child.value.account
  try account?.charge(.handles, 1)
  do throws(SystemError) {
    try child.value.handles.place(entry, at: handle, account: account)
  } catch {
    account?.release(.handles, 1)
    throw error
  }
  description.retain()
}
