// SPDX-License-Identifier: MIT

/// How much `ipcd` holds. Numbers that depend on the capsule are in `Layout`.
public enum Limits {
  /// Bytes on their way to one end of a connection, or to one datagram socket.
  public static var ringBytes: Int { 131_072 }
  /// The longest datagram, and the most that one call sends on a stream.
  public static var messageBytes: Int { 61_440 }
  /// Bytes in a name.
  public static var nameBytes: Int { 255 }
  /// Connections that wait to be accepted, at one listener.
  public static var backlog: Int { 64 }
  /// Handles in one message.
  public static var messageHandles: Int { 16 }
  /// Handles in the messages that wait for one socket.
  public static var queuedHandles: Int { 64 }
  /// Handles passed and not sent, or received and not taken, at one socket: beyond that the oldest
  /// are closed.
  public static var batchedHandles: Int { 32 }
  /// Bytes of a shared memory object.
  public static var objectBytes: UInt64 { 1 << 40 }
  /// Sockets and memory objects of one account, in hundredths of all sockets.
  public static var accountPercent: Int { 75 }
  /// Answers that a server may owe when it dies.
  static var notes: Int { 32 }
  /// Where the kernel keeps memory objects; handles in messages are below.
  static var firstObjectPlace: Int { 2048 }
  static var pageBytes: Int { 4096 }
}
