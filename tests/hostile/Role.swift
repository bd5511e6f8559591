// SPDX-License-Identifier: MIT
import System

/// What this program does when the test starts it again: the first argument, by number.
enum Role: UInt8 {
  case bystander
  case forkBomb
  case threadBomb
  case handleBomb
  case touchingHog
  case askingHog
  case mapper
  case silentServer
  case countingServer
  case callingServer
  case flooder
  case caller
  case victim
  case exhauster
  case stage
  case crowd
  case lockWaiter
  case lockBomb
  case lyingServer

  /// The role that this process was started for; nil for the test itself.
  static var own: Role? {
    guard Arguments.count > 1 else { return nil }
    let name = Arguments.text(at: 1)
    return name.count == 2 && name[0] == 0x2B ? Role(rawValue: name[1] &- 0x41) : nil
  }

  /// The argument that stands for it.
  var argument: Text { Text([0x2B, rawValue &+ 0x41]) }

  /// A number that came with the role.
  static func number(_ index: Int) -> UInt64 {
    do throws(NumberError) { return try UInt64(decimal: Arguments.bytes(at: 2 + index)) } catch {
      return 0
    }
  }

  func play() -> Never {
    switch self {
    case .bystander: Bystander.run()
    case .forkBomb: Bomb.fork()
    case .threadBomb: Bomb.threads()
    case .handleBomb: Bomb.handles()
    case .touchingHog: Hog.touch()
    case .askingHog: Hog.ask()
    case .mapper: Hog.map()
    case .silentServer: serveSilently()
    case .countingServer: CountingServer.run()
    case .callingServer: serveByCalling()
    case .flooder: Client.flood()
    case .caller: Client.callOnce()
    case .victim: Client.callForEver()
    case .exhauster: Exhauster.run()
    case .stage: Hostile.stage()
    case .crowd: Crowd.gather()
    case .lockWaiter: LockRole.waitForOne()
    case .lockBomb: LockRole.takeMany()
    case .lyingServer: LyingServer.run()
    }
  }
}

/// The handles that a role is started with, beside its output.
enum Given {
  /// The board.
  static var board: Handle { Handle(rawValue: 3) }
  /// A root of the scheme under test.
  static var root: Handle { Handle(rawValue: 4) }
  /// The right to serve a scheme.
  static var scheme: Handle { Handle(rawValue: 5) }
  /// For the test itself: the account that all others are below of.
  static var accounts: Handle { Handle(rawValue: 3) }
}
