// SPDX-License-Identifier: MIT

// Memory objects and address spaces.

/// Maps `length` bytes of `object` from `offset` on, or private zeroed memory with `Handle.none`.
///
/// Private memory and pages of files are brought in and charged when touched.
///
/// - Parameters: `space` is a process handle, or `Handle.none` for the caller's own memory. `address`,
///   `length` and `offset` are multiples of 4,096. `offset` shares its word with nothing.
/// - Returns: the first mapped address.
/// - Throws: `badHandle`, `accessDenied` if the handle's rights do not allow the protection,
///   `invalidArgument` for misaligned values and for memory both writable and executable,
///   `outOfMemory`, `alreadyExists`.
/// - Blocking: when a scheme has to say what the mapped file is.
public struct Map: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .map }

  public var space = Handle()
  public var object = Handle()
  public var address: UInt = 0
  public var length: UInt = 0
  public var offset: UInt64 = 0
  public var flags = MapFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("space", &space)
    try coder.word("object", &object)
    try coder.word("address", &address)
    try coder.word("length", &length)
    try coder.word("offset", &offset)
    try coder.word("flags", &flags)
  }
}

/// Removes every mapping from `address ..< address + length`; holes are fine.
///
/// - Blocking: until no processor can reach the pages.
public struct Unmap: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .unmap }

  public var space = Handle()
  public var address: UInt = 0
  public var length: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("space", &space)
    try coder.word("address", &address)
    try coder.word("length", &length)
  }
}

/// Changes the protection of a range that is mapped throughout.
///
/// - Throws: `accessDenied` beyond what the object's handle allowed, `outOfMemory` for holes.
public struct Protect: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .protect }

  public var space = Handle()
  public var address: UInt = 0
  public var length: UInt = 0
  public var flags = MapFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("space", &space)
    try coder.word("address", &address)
    try coder.word("length", &length)
    try coder.word("flags", &flags)
  }
}

/// Grows, shrinks or moves a mapping; its pages move with it.
///
/// - Returns: the new first address.
public struct Remap: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .remap }

  public var address: UInt = 0
  public var length: UInt = 0
  public var newLength: UInt = 0
  public var newAddress: UInt = 0
  public var flags = MapFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("address", &address)
    try coder.word("length", &length)
    try coder.word("newLength", &newLength)
    try coder.word("newAddress", &newAddress)
    try coder.word("flags", &flags)
  }
}

/// Makes a memory object of `length` zeroed bytes, brought in when touched.
///
/// - Parameters: `flags` may ask for wired or physically contiguous pages, which are charged at once.
/// - Returns: a handle with all rights.
public struct CreateMemory: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createMemory }

  public var length: UInt64 = 0
  public var flags = MemoryFlags()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("length", &length)
    try coder.word("flags", &flags)
  }
}

/// Makes a memory object whose pages the scheme of `server` supplies when they are touched.
///
/// - Parameters: `word` comes back in each page request.
public struct CreateProvidedMemory: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createProvidedMemory }

  public var server = Handle()
  public var word: UInt64 = 0
  public var length: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("server", &server)
    try coder.word("word", &word)
    try coder.word("length", &length)
  }
}

/// Makes a memory object of device memory at a physical address.
///
/// - Parameters: `authority` is the handle of `/scheme/memory/physical` with the manage right.
/// - Throws: `accessDenied`, `invalidArgument` if the range holds RAM.
public struct CreateDeviceMemory: SystemCall {
  public typealias Reply = Handle
  @inline(__always) public static var number: CallNumber { .createDeviceMemory }

  public var authority = Handle()
  public var address: UInt64 = 0
  public var length: UInt64 = 0
  public var kind: UInt32 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("authority", &authority)
    try coder.word("address", &address)
    try coder.word("length", &length)
    try coder.word("kind", &kind)
  }
}

/// Changes an object's length; pages past the end are withdrawn from every mapping.
public struct ResizeMemory: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .resizeMemory }

  public var object = Handle()
  public var length: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.word("length", &length)
  }
}

/// Forbids growing, shrinking or writing for ever.
///
/// - Throws: `busy` when sealing writes while a writable mapping exists.
public struct SealMemory: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .sealMemory }

  public var object = Handle()
  public var seals = MemorySeals()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.word("seals", &seals)
  }
}

/// Writes a `MemoryStatusRecord` about the object to `buffer`.
///
/// - Parameters: with a `length`, only mappings that show some of `offset ..< offset + length` are
///   counted; of an object with more than 256 mappings, those behind these are all counted.
public struct MemoryStatus: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .memoryStatus }

  public var object = Handle()
  public var buffer = UserSpan()
  public var offset: UInt64 = 0
  public var length: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.span("buffer", &buffer)
    try coder.word("offset", &offset)
    try coder.word("length", &length)
  }
}

/// Hands pages to a provided object: `source` of the caller's memory becomes the object's content from
/// `offset` on, and threads that wait for it go on. Pages already present are left as they are.
///
/// - Throws: `messageTooLong` for more than 1 MiB.
public struct SupplyPages: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .supplyPages }

  public var object = Handle()
  public var offset: UInt64 = 0
  public var source = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.word("offset", &offset)
    try coder.span("source", &source)
  }
}

/// Takes pages back from an object and from every mapping of it. Later touches ask the provider again,
/// or find zeros in zeroed memory, whose pages the system has again until then.
///
/// - Parameters: with a nonzero `output` their content is written there first. A page that a request is at
///   work on stays.
/// - Returns: the number of pages taken.
/// - Throws: `notSupported` for wired and device memory, `notPermitted` for zeroed memory that is sealed
///   against shrinking or writing, `badAddress`.
public struct WithdrawPages: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .withdrawPages }

  public var object = Handle()
  public var offset: UInt64 = 0
  public var length: UInt64 = 0
  public var output: UInt = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.word("offset", &offset)
    try coder.word("length", &length)
    try coder.word("output", &output)
  }
}

/// Writes the offsets (8 bytes each) of pages that were written since the last call to `buffer`.
///
/// - Returns: the number of offsets.
public struct FindDirtyPages: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .findDirtyPages }

  public var object = Handle()
  public var offset: UInt64 = 0
  public var length: UInt64 = 0
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.word("offset", &offset)
    try coder.word("length", &length)
    try coder.span("buffer", &buffer)
  }
}

/// Tells threads that wait for pages of a provided object that they cannot be had: they fault.
public struct FailPages: SystemCall {
  public typealias Reply = NoReply
  @inline(__always) public static var number: CallNumber { .failPages }

  public var object = Handle()
  public var offset: UInt64 = 0
  public var length: UInt64 = 0

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("object", &object)
    try coder.word("offset", &offset)
    try coder.word("length", &length)
  }
}

/// Writes the device addresses (8 bytes a page) of a wired object's pages to `buffer`.
///
/// - Parameters: `authority` is a handle of `/scheme/memory/translation` with the right to map, or of
///   `/scheme/memory/physical` with the right to manage.
/// - Returns: the number of pages.
/// - Throws: `accessDenied` for any other handle, `invalidArgument` unless the object is wired.
public struct MapForDevice: SystemCall {
  public typealias Reply = UInt
  @inline(__always) public static var number: CallNumber { .mapForDevice }

  public var authority = Handle()
  public var object = Handle()
  public var offset: UInt64 = 0
  public var buffer = UserSpan()

  @inline(__always) public init() {}
  @inline(__always)
  public mutating func arguments(_ coder: inout some ArgumentCoder) throws(SystemError) {
    try coder.word("authority", &authority)
    try coder.word("object", &object)
    try coder.word("offset", &offset)
    try coder.span("buffer", &buffer)
  }
}
