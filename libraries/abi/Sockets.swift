// SPDX-License-Identifier: MIT

// What programs and `ipcd` agree on beside files: the operations of `CallScheme`, `SendHandle` and
// `ReceiveHandle` on a handle of `chan`, `uds_stream` or `uds_dgram`. docs/formats/sockets.md has the
// whole of it.

/// Operation codes. Inputs and outputs are what each case says, integers little-endian.
public enum SocketOperation: UInt32, BitwiseCopyable, Sendable {
  /// Gives the socket the name in the input.
  case bind = 1
  /// Makes a listener of a socket. Input: how many connections may wait, four bytes.
  case listen = 2
  /// Input: `SocketConnection.byteCount` bytes of which, then a name or the eight bytes of a token.
  case connect = 3
  /// Input: a `MessageHeader`, `nameBytes` of the receiver's name, the bytes. Result: bytes sent.
  case sendMessage = 4
  /// Input: a `MessageHeader`. Output: one, the sender's name, the bytes. Result: bytes received.
  case receiveMessage = 5
  /// Input: four bytes: 0 receives no more, 1 sends no more, 2 both.
  case shutDown = 6
  /// Output: the socket's own name, the other end's. Result: bytes of it.
  case name = 7
  case peerName = 8
  /// Output: `SocketCredentials` of who connected, listened or made the pair at the other end.
  case peerCredentials = 9
  /// Result: a number that `connect` takes in place of a name.
  case token = 10
  /// Output: `SocketStatus`.
  case status = 11
  /// Closes the handles of the batch in the input, eight bytes, that were not sent or not taken.
  case discardHandles = 12

  /// For `SendHandle`, with a batch as its word: keeps the handle for a message. Result: handles in
  /// the batch. For `ReceiveHandle`, with a message's batch: gives the next of its handles.
  public static let passHandle: UInt32 = 1
}

/// What `connect` begins with: two words of four bytes.
public enum SocketConnection {
  public static let byteCount = 8
  /// The first: whether it fails with `wouldBlock` instead of waiting for room.
  public static let doNotWait: UInt32 = 1
  /// The second: a name follows, or a token.
  public static let name: UInt32 = 0
  public static let token: UInt32 = 1
}

/// What goes before a message. 64 bytes.
public struct MessageHeader: BitwiseCopyable, Equatable, Sendable {
  public var flags: UInt32 = 0
  /// Of the name behind the header. Receiving: the most that fits, then how many there are.
  public var nameBytes: UInt32 = 0
  /// Handles. Receiving: the most that are wanted, then how many there are; the rest is closed.
  public var handleCount: UInt32 = 0
  public var reserved: UInt32 = 0
  /// Sending: the sender's number for the handles that it passed before. Receiving: the number to
  /// ask for them with.
  public var batch: UInt64 = 0
  /// Who sent it.
  public var sender = SocketCredentials()
  /// The message's whole length in bytes.
  public var byteCount: UInt64 = 0
  public var reserved2: UInt64 = 0
  public var reserved3: UInt64 = 0
  @inline(__always) public init() {}

  public static let size = 64
  /// Asking: leave the message where it is.
  public static let peek: UInt32 = 1
  /// Asking: fail with `wouldBlock` instead of waiting.
  public static let doNotWait: UInt32 = 2
  /// Told: the message is longer than what was asked for; handles were closed.
  public static let truncated: UInt32 = 4
  public static let handlesClosed: UInt32 = 8
  /// Told: no bytes and none will come.
  public static let endOfStream: UInt32 = 16
}

/// Who is at the other end. 16 bytes.
public struct SocketCredentials: BitwiseCopyable, Equatable, Sendable {
  public var process: UInt32 = 0
  /// Grows each time the process number is used again.
  public var generation: UInt32 = 0
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  @inline(__always) public init() {}
}

/// What a socket is. 32 bytes.
public struct SocketStatus: BitwiseCopyable, Equatable, Sendable {
  /// 1 `chan`, 2 stream, 3 datagram.
  public var kind: UInt32 = 0
  /// 1 neither connected nor listening, 2 listening, 3 connected, perhaps to nobody any more.
  public var role: UInt32 = 0
  /// Bytes that can be received at once; of a datagram socket, of the next message.
  public var available: UInt64 = 0
  /// Bytes that the other end has room for.
  public var room: UInt64 = 0
  /// Connections that wait to be accepted.
  public var waiting: UInt32 = 0
  public var reserved: UInt32 = 0
  @inline(__always) public init() {}
}
