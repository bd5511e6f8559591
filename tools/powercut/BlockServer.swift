// SPDX-License-Identifier: MIT
public import Host
import Mutation

/// Serves a disk to the first that connects, until it goes.
public enum BlockServer {
  /// What became of a disk in the end.
  public enum End: Equatable, Sendable {
    /// The client said goodbye: the power stayed on, and all is on the medium.
    case orderly
    /// The client vanished, and the power with it.
    case cut(VolatileDisk.Loss)
  }

  public static func serve(
    _ disk: VolatileDisk, on listener: borrowing LocalListener, seed: UInt64
  ) throws(HostError) -> End {
    let connection = try listener.accept()
    var session = BlockSession(disk)
    var isOpen = true
    do throws(HostError) {
      try connection.write(BlockSession.greeting)
      while isOpen, session.ending == nil,
        case .bytes(let bytes) = try connection.read(limit: 1 << 20)
      {
        let answer = session.receive(bytes)
        if !answer.isEmpty { try connection.write(answer) }
      }
    } catch {
      // Who does not take answers any more is gone.
      isOpen = false
    }
    // There is no power for the machine either.
    if session.ending == .cut { try connection.killPeer() }
    guard session.ending != .misled else {
      throw .system(call: "the disk's protocol", reason: "the client asked for what no client does")
    }
    if session.ending == .orderly {
      guard disk.flush() else { throw .system(call: "flush", reason: "the medium refuses") }
      return .orderly
    }
    var random = SeededGenerator(seed: seed)
    // Once in four the cache is lost whole, as most disks lose it.
    return .cut(disk.cutPower(&random, isTotal: Int.random(in: 0..<4, using: &random) == 0))
  }
}
