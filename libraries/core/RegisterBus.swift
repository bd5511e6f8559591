// SPDX-License-Identifier: MIT

/// Where register accesses go: device memory in a driver, a scripted model in a test.
///
/// Accesses happen exactly as often, as wide and in the order they are written.
public protocol RegisterBus: ~Copyable {
  /// One read of the word at `offset` bytes into the block.
  func load<Word: RegisterWord>(at offset: Int) -> Word
  /// One write of the word at `offset` bytes into the block.
  func store<Word: RegisterWord>(_ word: Word, at offset: Int)
}

extension RegisterBus where Self: ~Copyable {
  public func read<Value>(_ register: ReadOnly<Value>) -> Value {
    Value(rawValue: load(at: register.offset))
  }
  public func read<Value>(_ register: ReadWrite<Value>) -> Value {
    Value(rawValue: load(at: register.offset))
  }
  public func read<Value>(_ register: WriteOneToClear<Value>) -> Value {
    Value(rawValue: load(at: register.offset))
  }

  public func write<Value>(_ register: WriteOnly<Value>, _ value: Value) {
    store(value.rawValue, at: register.offset)
  }
  public func write<Value>(_ register: ReadWrite<Value>, _ value: Value) {
    store(value.rawValue, at: register.offset)
  }

  /// Clears the bits that are set in `value`.
  public func clear<Value>(_ register: WriteOneToClear<Value>, _ value: Value) {
    store(value.rawValue, at: register.offset)
  }

  /// Reads, changes and writes back; not atomic against another writer.
  public func modify<Value>(_ register: ReadWrite<Value>, _ change: (inout Value) -> Void) {
    var value = read(register)
    change(&value)
    write(register, value)
  }

  /// Reads `register` until `condition` holds; false if it still does not after `attempts` reads.
  ///
  /// Blocks the processor while it tries, so it is for waits of a few reads.
  public func poll<Value>(
    _ register: ReadWrite<Value>, attempts: Int, until condition: (Value) -> Bool
  ) -> Bool {
    for _ in 0..<attempts where condition(read(register)) { return true }
    return false
  }

  /// As for a `ReadWrite` register.
  public func poll<Value>(
    _ register: ReadOnly<Value>, attempts: Int, until condition: (Value) -> Bool
  ) -> Bool {
    for _ in 0..<attempts where condition(read(register)) { return true }
    return false
  }
}
