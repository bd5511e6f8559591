// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// A channel or Unix socket, served by `ipcd`: docs/formats/sockets.md.
public struct Socket: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a socket's handle.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  public var handle: Handle { owned.handle }
  public consuming func release() -> Handle { owned.release() }

  public enum Kind: Sendable {
    case stream, datagram, channel

    var root: Text {
      switch self {
      case .stream: "/scheme/uds_stream"
      case .datagram: "/scheme/uds_dgram"
      case .channel: "/scheme/chan"
      }
    }
  }

  /// Makes a socket without a name.
  @export(interface)
  public init(_ kind: Kind, _ flags: OpenFlags = OpenFlags()) throws(SystemError) {
    owned = try openPath(kind.root, .readWrite | flags)
  }

  /// Makes two sockets that are connected with each other.
  @export(interface)
  public static func pair(_ kind: Kind) throws(SystemError) -> SocketPair {
    let one = try Socket(kind)
    let other = try one.handle.open("connect", .readWrite)
    return SocketPair(one: one, other: Socket(other))
  }

  private func call(
    _ operation: SocketOperation, _ input: Span<UInt8> = Span()
  ) throws(SystemError) -> UInt { try handle.call(operation.rawValue, input) }

  // MARK: Connecting

  /// Gives the socket a name in its scheme.
  /// - Throws: `addressInUse`, `invalidArgument` if it has one.
  @export(interface)
  public func bind(_ name: Text) throws(SystemError) { _ = try call(.bind, name.span) }

  /// Lets others connect, of whom `count` may wait.
  @export(interface)
  public func listen(_ count: UInt32 = 16) throws(SystemError) {
    _ = try call(.listen, Text { $0.put(little: UInt64(count), 4) }.span)
  }

  /// Waits for the next connection.
  @export(interface)
  public func accept(_ flags: OpenFlags = OpenFlags()) throws(SystemError) -> Socket {
    Socket(try handle.open("listen", .readWrite | flags))
  }

  /// Connects with the socket that has this name.
  /// - Throws: `notFound`, `accessDenied`, `connectionRefused`, `alreadyConnected`; `wouldBlock`
  ///   instead of waiting, with `doNotWait`.
  @export(interface)
  public func connect(to name: Text, doNotWait: Bool = false) throws(SystemError) {
    let input = Text {
      $0.put(little: doNotWait ? 1 : 0, 4)
      $0.put(little: UInt64(SocketConnection.name), 4)
      $0.put(name)
    }
    _ = try call(.connect, input.span)
  }

  /// Ends what is received (0), sent (1), or both (2).
  @export(interface)
  public func shutDown(_ how: UInt32) throws(SystemError) {
    _ = try call(.shutDown, Text { $0.put(little: UInt64(how), 4) }.span)
  }

  /// Who connected, listened or made the pair at the other end.
  @export(interface)
  public func peer() throws(SystemError) -> SocketCredentials {
    var record = SocketCredentials()
    _ = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        CallScheme {
          $0.handle = handle
          $0.operation = SocketOperation.peerCredentials.rawValue
          $0.output = claim
        })
    }
    return record
  }

  // MARK: Messages

  /// Sends bytes as one message, with copies of `handles`, of which there are at most 16.
  ///
  /// - Parameters: `name` is the receiver's, for a datagram socket that is not connected.
  /// - Returns: how many bytes were sent: of a stream perhaps fewer than given.
  @export(interface)
  public func send(
    _ bytes: Span<UInt8>, to name: Text = Text(), _ handles: [Handle] = [],
    doNotWait: Bool = false
  ) throws(SystemError) -> Int {
    // Several threads may send on one socket; each has its own batches.
    let batch: UInt64 = handles.isEmpty ? 0 : UInt64.random(in: 1...UInt64.max)
    for sent in handles {
      _ = try handle.send(sent, SocketOperation.passHandle, word: UInt(batch))
    }
    var message = Text {
      $0.put(little: UInt64(doNotWait ? MessageHeader.doNotWait : 0), 4)
      $0.put(little: UInt64(name.count), 4)
      $0.put(little: UInt64(handles.count), 8)
      $0.put(little: batch, 8)
      for _ in 0..<5 { $0.put(little: 0, 8) }
      $0.put(name)
    }
    message.put(bytes)
    return Int(try call(.sendMessage, message.span))
  }

  /// Waits for a message; of a stream, for bytes.
  @export(interface)
  public func receive(
    limit: Int = 65_536, handles: Int = 16, flags: UInt32 = 0
  ) throws(SystemError) -> SocketMessage {
    let input = Text {
      $0.put(little: UInt64(flags), 4)
      $0.put(little: 255, 4)
      $0.put(little: UInt64(handles), 8)
      for _ in 0..<6 { $0.put(little: 0, 8) }
    }
    var output = [UInt8](repeating: 0, count: MessageHeader.size + 255 + limit)
    let count = try handle.call(
      SocketOperation.receiveMessage.rawValue, input.span, into: output.mutableSpan)
    return SocketMessage(output, count: Int(count))
  }

  /// The next of a message's handles.
  @export(interface)
  public func takeHandle(of message: SocketMessage) throws(SystemError) -> OwnedHandle {
    try handle.receive(SocketOperation.passHandle, word: UInt(message.batch))
  }
}

/// The two ends of a new connection.
public struct SocketPair: ~Copyable {
  public var one: Socket
  public var other: Socket
}

/// What was received.
public struct SocketMessage: Sendable {
  public var bytes: ArraySlice<UInt8>
  /// The sender's.
  public var name: Text
  /// Of `MessageHeader`.
  public var flags: UInt32
  public var handleCount: Int
  public var batch: UInt64
  public var sender: SocketCredentials

  init(_ output: [UInt8], count: Int) {
    func word(_ start: Int, _ bytes: Int) -> UInt64 {
      (0..<bytes).reduce(0) { $0 | UInt64(output[start + $1]) << UInt64(8 * $1) }
    }
    let start = MessageHeader.size + Int(word(4, 4))
    bytes = output[start..<start + count]
    name = Text(output[MessageHeader.size..<start])
    flags = UInt32(word(0, 4))
    handleCount = Int(word(8, 4))
    batch = word(16, 8)
    sender = SocketCredentials()
    sender.process = UInt32(word(24, 4))
    sender.generation = UInt32(word(28, 4))
    sender.user = UInt32(word(32, 4))
    sender.group = UInt32(word(36, 4))
  }
}

extension Text {
  fileprivate mutating func put(little word: UInt64, _ byteCount: Int) {
    for index in 0..<byteCount { put(UInt8(truncatingIfNeeded: word >> UInt64(8 * index))) }
  }
}
