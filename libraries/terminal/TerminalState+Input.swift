// SPDX-License-Identifier: MIT
import ABI
import Core

/// What becomes of input that there is no room for.
public enum WhenFull: Sendable {
  /// It waits where it comes from.
  case hold
  /// It is lost, and the bell rings: so that a character that sends a signal gets through.
  case drop
}

extension TerminalState {
  /// Takes bytes from the keyboard.
  ///
  /// - Parameter now: the clock's reading in nanoseconds, for reads that wait for a pause.
  /// - Returns: how many bytes were taken; with `drop`, all.
  @export(interface)
  public mutating func receive(_ bytes: Span<UInt8>, _ whenFull: WhenFull, now: UInt64) -> Int {
    if isHungUp { return bytes.count }
    for index in bytes.indices {
      guard receive(bytes[index], whenFull) else { return index }
      lastReceived = now
    }
    return bytes.count
  }

  /// Whether the next byte would be taken, whatever it is.
  @inline(__always)
  public var canReceive: Bool {
    if isHungUp { return true }
    guard output.room >= Self.longestEcho else { return false }
    return input.room > 1 || settings.local.contains(.canonical) && readable == input.start
  }

  /// Whether one of `bytes` would send a signal or let output go on.
  @export(interface)
  public mutating func hasUrgent(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where isUrgent(bytes[index]) { return true }
    return false
  }

  private mutating func isUrgent(_ byte: UInt8) -> Bool {
    if settings.input.contains(.flowControl), settings.is(byte, .start) { return true }
    return signal(of: byte) != nil
  }

  private mutating func signal(of byte: UInt8) -> UInt32? {
    guard settings.local.contains(.signals) else { return nil }
    if settings.is(byte, .interrupt) { return TerminalSignal.interrupt }
    if settings.is(byte, .quit) { return TerminalSignal.quit }
    if settings.is(byte, .suspend) { return TerminalSignal.suspend }
    return nil
  }

  /// - Returns: false if the byte has to wait.
  private mutating func receive(_ received: UInt8, _ whenFull: WhenFull) -> Bool {
    var byte = settings.input.contains(.strip) ? received & 0x7F : received
    if isLiteral {
      guard makeRoom(whenFull) else { return false }
      isLiteral = false
      return store(byte, whenFull)
    }
    if controlFlow(byte) { return true }
    if let signal = signal(of: byte) {
      send(signal, for: byte)
      return true
    }
    // Whatever else is typed may be shown.
    guard makeRoom(whenFull) else { return false }
    if isStopped, settings.input.contains(.flowControl), settings.input.contains(.anyReleases) {
      isStopped = false
    }
    if byte == 0x0D {
      if settings.input.contains(.ignoreReturn) { return true }
      if settings.input.contains(.returnToNewLine) { byte = 0x0A }
    } else if byte == 0x0A, settings.input.contains(.newLineToReturn) {
      byte = 0x0D
    }
    if settings.local.contains(.canonical) { return edit(byte, whenFull) }
    return store(byte, whenFull)
  }

  /// The longest echo of one byte that is not the rubbing out of a line.
  @inline(__always) static var longestEcho: Int { 32 }

  /// Whether an echo can be shown, or may be lost.
  private mutating func makeRoom(_ whenFull: WhenFull) -> Bool {
    whenFull == .drop || output.room >= Self.longestEcho
  }

  /// Stop and start characters.
  private mutating func controlFlow(_ byte: UInt8) -> Bool {
    guard settings.input.contains(.flowControl) else { return false }
    // Where both are the same character, it goes to and fro.
    if isStopped, settings.is(byte, .start) {
      isStopped = false
      return true
    }
    if settings.is(byte, .stop) {
      isStopped = true
      return true
    }
    return settings.is(byte, .start)
  }

  private mutating func send(_ signal: UInt32, for byte: UInt8) {
    owedSignals |= TerminalSignal.bit(signal)
    isStopped = false
    if !settings.local.contains(.noFlush) {
      flushInput()
      // What a stopped program wrote is still wanted.
      if signal != TerminalSignal.suspend { output.clear() }
    }
    if settings.local.contains(.echo) { echo(byte) }
  }

  /// Puts a byte that means nothing more where programs will read it.
  mutating func store(_ byte: UInt8, _ whenFull: WhenFull) -> Bool {
    let isCanonical = settings.local.contains(.canonical)
    // A line's end always has a place.
    guard input.room > (isCanonical ? 1 : 0) else {
      if whenFull == .hold, !isCanonical || readable != input.start { return false }
      ringBell()
      return true
    }
    if input.end == readable { lineColumn = column }
    append(byte, isEnd: false)
    if settings.local.contains(.echo) { echo(byte) }
    if !isCanonical { readable = input.end }
    askToStop()
    return true
  }

  /// Ends the unfinished line with `byte`.
  mutating func endLine(_ byte: UInt8, _ whenFull: WhenFull) -> Bool {
    guard input.room > 0 else {
      if whenFull == .drop { ringBell() }
      return whenFull == .drop
    }
    append(byte, isEnd: true)
    readable = input.end
    askToStop()
    return true
  }

  private mutating func append(_ byte: UInt8, isEnd: Bool) {
    let place = Int(truncatingIfNeeded: input.end) & (ByteQueue.capacity &- 1)
    let bit: UInt64 = 1 &<< UInt64(place & 63)
    if isEnd { ends[place >> 6] |= bit } else { ends[place >> 6] &= ~bit }
    input.append(byte)
  }

  /// Whether a line ends at a position of `input`.
  @inline(__always)
  mutating func isEnd(_ position: UInt64) -> Bool {
    let place = Int(truncatingIfNeeded: position) & (ByteQueue.capacity &- 1)
    return ends[place >> 6] & (1 &<< UInt64(place & 63)) != 0
  }

  private mutating func ringBell() {
    if settings.input.contains(.bellWhenFull) { output.append(0x07) }
  }

  /// With flow control of the input, the sender is told before there is no room.
  private mutating func askToStop() {
    guard settings.input.contains(.inputFlowControl), !hasStoppedInput,
      input.room < ByteQueue.capacity / 4
    else { return }
    hasStoppedInput = output.append(settings[.stop])
  }

  /// The counterpart, when there is room again.
  mutating func askToStart() {
    guard hasStoppedInput, input.room > ByteQueue.capacity / 2 else { return }
    hasStoppedInput = !output.append(settings[.start])
  }
}
