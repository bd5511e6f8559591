// SPDX-License-Identifier: MIT
import System

/// What a thread without a program runs: the call that a record asks for, then a second one that
/// ends it. So a call that ends its thread, or spoils it, can be made and its result be seen.
///
/// x86_64. The record's address arrives as the thread's argument.
enum Stub {
  /// A record: the first call's number and six arguments; its result; the second call's number and
  /// argument; a word that the kernel clears when the thread is gone.
  static let recordBytes = 128
  static let recordCount = 4096 / recordBytes
  static let result = 56
  static let release = 80
  /// In the place of the result as long as the call has not returned.
  static let noResult: UInt = 0x5EED_0000_0000_5EED

  // mov rbx,rdi / rax,[rbx] / rdi,rsi,rdx,r10,r8,r9 from 8 to 48 / syscall / mov [rbx+56],rax /
  // mov rax,[rbx+64] / mov rdi,[rbx+72] / syscall / ud2
  private static var instructions: InlineArray<50, UInt8> {
    [
      0x48, 0x89, 0xFB, 0x48, 0x8B, 0x03, 0x48, 0x8B, 0x7B, 0x08, 0x48, 0x8B, 0x73, 0x10, 0x48,
      0x8B, 0x53, 0x18, 0x4C, 0x8B, 0x53, 0x20, 0x4C, 0x8B, 0x43, 0x28, 0x4C, 0x8B, 0x4B, 0x30,
      0x0F, 0x05, 0x48, 0x89, 0x43, 0x38, 0x48, 0x8B, 0x43, 0x40, 0x48, 0x8B, 0x7B, 0x48, 0x0F,
      0x05, 0x0F, 0x0B, 0x90, 0x90,
    ]
  }

  static func write(to memory: SharedBytes) {
    let bytes = instructions
    for index in bytes.indices { memory.store(bytes[index], at: index) }
  }

  /// Prepares a record in `memory`, the page of records.
  static func prepare(
    _ memory: SharedBytes, _ index: Int, _ number: UInt, _ words: CallWords, thenNumber: UInt,
    thenArgument: UInt
  ) {
    let start = index &* recordBytes
    memory.store(number, at: start)
    memory.store(words, at: start &+ 8)
    memory.store(noResult, at: start &+ result)
    memory.store(thenNumber, at: start &+ 64)
    memory.store(thenArgument, at: start &+ 72)
    memory.store(UInt64(1), at: start &+ release)
  }
}
