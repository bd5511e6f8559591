// SPDX-License-Identifier: MIT
import System

// Calls that ought to succeed, calls with something wrong, and noise.

extension Fuzzer {
  /// Makes a planned call, three times out of eight with changes.
  mutating func makePlanned() {
    var plan = plan(pickNumber())
    if random.below(8) < 3 { mutate(&plan) }
    if plan.number == .fork {
      fork()
      return
    }
    spare(plan.number, &plan.words)
    let result = call(plan.number.rawValue, plan.words)
    guard result <= UInt.max &- 4095 else { return }
    if let kind = plan.made {
      keep(Handle(rawValue: UInt32(truncatingIfNeeded: result)), kind, plan)
    } else if plan.number == .nextRequest, result != 0 {
      lastTag = result
      if !random.once(in: 8) { answerLast() }
    } else if plan.repliesNothing, result != 0, !Self.isServers(plan.number) {
      board.count(lane, Int(plan.number.rawValue), Board.wrongReply)
    }
  }

  /// A request that this thread took and kept might be one that another waits for.
  private mutating func answerLast() {
    let server = pool.handle(.server, 0)
    _ = make(
      NextRequest {
        $0.server = server
        $0.tag = lastTag
        $0.result = UInt(random.below(16))
        $0.flags = .answerOnly
      })
  }

  /// Whether a server's word is the reply.
  private static func isServers(_ number: CallNumber) -> Bool {
    switch number {
    case .truncate, .synchronise, .setAttributes, .unlink, .linkFile, .rename, .allocateFile: true
    default: false
    }
  }

  /// Puts a handle among the others of its kind and closes the one that it takes the place of.
  private mutating func keep(_ handle: Handle, _ kind: Kind, _ plan: Plan) {
    // A provided object's word is the slot where its server looks for it.
    let isProvided = kind == .provided && plan.number == .createProvidedMemory
    let slot = isProvided ? Int(plan.words.b & 7) : random.below(HandlePool.slots)
    let before = pool.exchange(kind, slot, handle)
    if before != .none { _ = make(Close { $0.handle = before }) }
  }

  /// Some call; rarely one that copies or makes processes, which cost as much as a hundred others.
  private mutating func pickNumber() -> CallNumber {
    while true {
      guard let number = CallNumber(rawValue: UInt(random.below(Row.noCall))) else { continue }
      switch number {
      case .fork: if !random.once(in: 16) { continue }
      case .createProcess: if !random.once(in: 4) { continue }
      default: break
      }
      return number
    }
  }

  /// Changes one argument, or a few.
  private mutating func mutate(_ plan: inout Plan) {
    guard plan.argumentCount > 0 else { return }
    var times = random.once(in: 4) ? 3 : 1
    while times > 0 {
      let index = random.below(plan.argumentCount)
      plan.words[index] =
        random.once(in: 4)
        ? plan.words[index] ^ (1 &<< UInt(random.below(64))) : hostileWord()
      times &-= 1
    }
  }

  /// A call with nothing but noise for arguments, and now and then for its number.
  mutating func makeNoise() {
    var number = UInt(random.below(Row.noCall))
    if random.once(in: 8) { number = hostileWord() }
    if let named = CallNumber(rawValue: number) {
      switch named {
      // They would only end this thread early; other processes make these calls (`Scenario`).
      case .exitProcess, .exitThread, .replaceProgram, .fork:
        if !random.once(in: 256) { return }
      default: break
      }
    }
    var words = CallWords()
    for index in 0..<6 {
      words[index] = random.once(in: 3) ? pool.any(&random).word : hostileWord()
    }
    if number == CallNumber.fork.rawValue {
      fork()
      return
    }
    if let named = CallNumber(rawValue: number) { spare(named, &words) }
    call(number, words)
  }

  /// A word that somebody may have forgotten to think of.
  mutating func hostileWord() -> UInt {
    switch random.below(24) {
    case 0: 0
    case 1: UInt.max
    case 2: UInt.max &- UInt(random.below(8192))
    case 3: 1 &<< UInt(random.below(64))
    case 4: (1 &<< UInt(random.below(64))) &- 1
    case 5, 6: random.machineWord()
    case 7: random.machineWord() &>> 32
    case 8, 9, 10: UInt(random.below(256))
    case 11: UInt(random.below(1024)) &* 4096
    case 12: random.machineWord() & ~4095
    case 13: 0x7FFF_FFFF_F000 &- UInt(random.below(3)) &* 4096 &+ UInt(random.below(16))
    case 14: 0x0000_8000_0000_0000 &+ (random.machineWord() & 0xFFFF)
    case 15: 0xFFFF_8000_0000_0000 &+ (random.machineWord() & 0xFF_FFFF)
    case 16: 0xFFFF_FFFF_8000_0000 &+ (random.machineWord() & 0xFF_FFFF)
    case 17: UInt(Int.max)
    case 18: arena.data.address &+ UInt(random.below(Arena.dataBytes))
    case 19: playPage() &+ UInt(random.below(4096))
    case 20: playPage()
    case 21: arena.code &+ UInt(random.below(8192))
    case 22: UInt(Handle.runtimeBase) &+ UInt(random.below(128))
    default: pool.any(&random).word
    }
  }
}

// MARK: Forks

extension Fuzzer {
  /// Makes a copy of the worker, which makes some calls of its own and ends. It has no watch: the
  /// fourth fork after it ends it if it has come to wait for ever.
  fileprivate mutating func fork() {
    left &-= 1
    let number = CallNumber.fork.rawValue
    board.begin(lane, number, CallWords())
    let result = trap(number, CallWords())
    if result == 0 { runAsFork() }
    count(number, result)
    guard result <= UInt.max &- 4095 else { return }
    let index = random.below(4)
    let before = forks[index]
    forks[index] = UInt32(truncatingIfNeeded: result)
    guard before != 0 else { return }
    _ = make(
      Signal {
        $0.selector = Int(before)
        $0.signal = SignalNumber.kill.rawValue
      })
    _ = make(
      WaitChild {
        $0.selector = Int(before)
        $0.options = .noHang
      })
  }

  private mutating func runAsFork() {
    isFork = true
    processNumber = Process.currentNumber
    lane = Board.forkLanes.lowerBound &+ Int(processNumber & 3)
    random = Random(seed: random.word() ^ UInt64(processNumber))
    forks = InlineArray(repeating: 0)
    left = 4 + random.below(60)
    run()
    let words = ExitProcess().words
    board.begin(lane, CallNumber.exitProcess.rawValue, words)
    _ = trap(CallNumber.exitProcess.rawValue, words)
    // A process that goes on after its end is a fault of the kernel.
    board.count(lane, Int(CallNumber.exitProcess.rawValue), Board.wrongReply)
    while true { _ = trap(CallNumber.exitProcess.rawValue, words) }
  }
}
