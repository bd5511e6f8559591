// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// One operation that a client waits for.
struct Request: PoolObject {
  /// What the client sends, if it is at most `inlineBytes`. First, so that its address is the
  /// object's own.
  var inline = InlineArray<16, UInt64>(repeating: 0)
  var slot = PoolSlot<Request>()
  /// Place in the scheme's queue, then among the taken ones.
  var link = Link<Request>()
  var scheme: Ref<Scheme>?
  var description: Ref<Description>?
  /// The waiting thread; nil for page requests, and once the client died.
  var client: Ref<Thread>?
  /// The session that took it.
  var server: Ref<Server>?
  /// When it was made, by the processor's counter: requests that come back are queued by this.
  var arrival: UInt64 = 0
  /// The object that a page is wanted for, and its generation: it may end before the answer.
  var object: Ref<MemoryObject>?
  var objectGeneration: UInt32 = 0
  /// What the server reads, but for the tag.
  var record = SchemeRequest()
  /// The client's pages: what it sends beyond that, and where it wants the answer.
  var input = PinList()
  var output = PinList()
  /// The description's own offset moves by the result.
  var movesOffset = false
  /// The handle reserved for the answer of an open.
  var reserved = Handle.none
  /// What `SendHandle` passes.
  var passed: Ref<Description>?
  var passedRights = Rights()
  /// A signal arrived: place among the requests that the server is to be asked to answer soon.
  var cancelLink = Link<Request>()
  var wasCancelled = false
  static let inlineBytes: UInt = 128

  init() {}
}

/// `Request.link`.
enum RequestRole: LinkRole {
  @inline(__always)
  static func link(of element: Ref<Request>) -> Link<Request> { element.value.link }
  @inline(__always)
  static func setLink(of element: Ref<Request>, _ link: Link<Request>) {
    element.value.link = link
  }
}

/// `Request.cancelLink`.
enum CancelRole: LinkRole {
  static func link(of element: Ref<Request>) -> Link<Request> { element.value.cancelLink }
  static func setLink(of element: Ref<Request>, _ link: Link<Request>) {
    element.value.cancelLink = link
  }
}

/// Names of taken requests and news, as a server knows them: slot, generation and kind in one word
/// that is neither zero nor an error.
enum Tag {
  static let request: UInt = 1 << 60
  static let news: UInt = 2 << 60
  static let cancel: UInt = 3 << 60
  /// A request that was handed over directly: the client thread's slot and its own count.
  static let direct: UInt = 4 << 60
  static let kindMask: UInt = 7 << 60

  @inline(__always)
  static func make(_ kind: UInt, _ index: UInt32, _ generation: UInt32) -> UInt {
    kind | UInt(generation & 0xFFF_FFFF) << 32 | UInt(index)
  }

  @inline(__always)
  static func index(_ tag: UInt) -> UInt32 { UInt32(truncatingIfNeeded: tag) }

  @inline(__always)
  static func matches(_ tag: UInt, generation: UInt32) -> Bool {
    UInt32(truncatingIfNeeded: tag >> 32) & 0xFFF_FFFF == generation & 0xFFF_FFFF
  }
}

extension Ref where T == Request {
  /// A request without buffers. `client` has one for ever, which nobody else pays for: there are
  /// never more requests than threads.
  @inline(__always)
  static func make(
    _ scheme: Ref<Scheme>, _ operation: SchemeOperation, for client: Ref<Thread>?
  ) throws(SystemError) -> Self {
    let request: Ref<Request>
    if let client, let spare = client.value.spareRequest {
      client.value.spareRequest = nil
      request = spare
    } else {
      request = try fresh()
    }
    request.value.scheme = scheme
    request.value.record.operation = operation.rawValue
    return request
  }

  /// One that nobody has, in no list, with nothing in it.
  @inline(never)
  static func fresh() throws(SystemError) -> Self {
    let request = try takeObject(&kernel.requests)
    request.value.scheme = nil
    request.value.server = nil
    request.value.client = nil
    request.value.description = nil
    request.value.passed = nil
    request.value.object = nil
    request.value.movesOffset = false
    request.value.link = Link()
    request.value.cancelLink = Link()
    request.value.wasCancelled = false
    request.value.reserved = .none
    request.value.record = SchemeRequest()
    request.value.input.count = 0
    request.value.output.count = 0
    return request
  }

  @inline(__always)
  var tag: UInt { Tag.make(Tag.request, value.slot.index, value.slot.generation) }

  @inline(__always)
  var inlineAddress: UInt { address }

  /// The most bytes that may have been moved, if that is what the answer says.
  @inline(__always)
  var countLimit: UInt64? {
    switch value.record.operation {
    case SchemeOperation.read.rawValue, SchemeOperation.readDirectory.rawValue,
      SchemeOperation.lock.rawValue:
      value.record.outputCount
    case SchemeOperation.write.rawValue: value.record.inputCount
    default: nil
    }
  }

  /// Unpins the client's pages and brings everything to rest. The request is in no list. It becomes
  /// `client`'s spare one again, or its slot is given back.
  @inline(__always)
  func free(to client: Ref<Thread>?) {
    if value.cancelLink.isLinked, let scheme = value.scheme { scheme.value.cancels.remove(self) }
    if value.input.count != 0 { unpin(&value.input) }
    if value.output.count != 0 { unpin(&value.output) }
    if let passed = value.passed {
      value.passed = nil
      passed.release()
    }
    if let description = value.description {
      value.description = nil
      description.release()
    }
    value.server = nil
    value.movesOffset = false
    value.wasCancelled = false
    value.reserved = .none
    value.record.flags = 0
    value.record.code = 0
    value.record.third = 0
    if let client, client.value.spareRequest == nil {
      value.slot.renew()
      client.value.spareRequest = self
    } else {
      kernel.requests.put(self)
    }
  }
}

/// Gives a request its result: moves the offset, wakes the client, frees the slot. The request has
/// been taken out of its list.
func finish(_ request: Ref<Request>, _ result: UInt) {
  let client = complete(request, result)
  if let client { makeReady(client) }
}

/// As `finish`, but leaves making the client ready to the caller.
@inline(__always)
func complete(_ request: Ref<Request>, _ result: UInt) -> Ref<Thread>? {
  let isError = result > UInt.max &- 4095
  if request.value.movesOffset, let description = request.value.description {
    if !isError { description.value.offset &+= UInt64(result) }
    releaseOffset(description)
  }
  var result = result
  let client = request.value.client
  if request.value.record.operation == SchemeOperation.map.rawValue {
    if let client { finishMapping(request, client, isError ? result : nil) }
  } else if request.value.reserved != .none, let client {
    if isError {
      abandonReserved(request, client)
    } else {
      result = request.value.reserved.word
    }
  }
  if let client {
    client.value.request = nil
    client.value.wait = .none
    if request.value.record.operation != SchemeOperation.map.rawValue {
      client.value.registers.result = result
    }
  } else if let object = request.value.object {
    request.value.object = nil
    if object.value.slot.generation == request.value.objectGeneration {
      object.supplyAnswered(
        at: request.value.record.first &>> 12,
        canAskAgain: request.value.scheme?.value.failure != nil)
    }
  }
  request.free(to: client)
  return client
}

/// An open that failed gives its reserved handle back.
private func abandonReserved(_ request: Ref<Request>, _ client: Ref<Thread>) {
  guard let process = client.value.process else { return }
  removeHandle(process, request.value.reserved)
}

/// The answer to a mapping's question: the call is made again and finds the memory object, or the
/// error. It is not made again to find that even now the server has less than is wanted.
private func finishMapping(_ request: Ref<Request>, _ client: Ref<Thread>, _ error: UInt?) {
  if let error {
    client.value.registers.result = error
  } else if let description = request.value.description, description.value.memory != nil,
    !description.value.canMap(request.value.record.first, request.value.record.second)
  {
    client.value.registers.result = CallResult(.outOfRange).rawValue
  } else {
    client.value.registers.restartCall()
  }
}

/// Lets the next thread that waits for the description's own offset try.
func releaseOffset(_ description: Ref<Description>) {
  description.value.isOffsetBusy = false
  if let next = description.value.waiters.popFirst() { wakeRestarting(next) }
}
