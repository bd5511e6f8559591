// SPDX-License-Identifier: MIT
import Argon2
public import Users

/// Why a digest was not computed.
public enum PasswordError: Error, Equatable {
  /// The memory that was lent is less than it takes.
  case memory
  /// The password is longer than `PasswordHash.passwordLimit`, or salt, digest or cost are not within
  /// what `PasswordHash` allows.
  case limits
  /// Argon2's error number.
  case refused(Int32)
}

extension PasswordHash {
  /// The longest password, in bytes.
  public static var passwordLimit: Int { 512 }

  /// How many bytes computing the digest takes.
  public var memoryByteCount: Int { Int(cost.memory) * 1024 }

  /// Hashes a password by Argon2id at the standard cost. For programs of the host: the memory that it
  /// takes is an array, without which there is no program.
  ///
  /// - Parameter salt: 8 to 64 bytes that no other password has.
  /// - Blocking: computes.
  @export(interface)
  public init(
    password: Span<UInt8>, salt: [UInt8], cost: Cost = .standard
  ) throws(PasswordError) {
    // As many bytes as are wanted.
    self.init(
      variant: .id, cost: cost, salt: salt, digest: [UInt8](repeating: 0, count: 32))
    var memory = [UInt8](repeating: 0, count: cost.isAcceptable ? memoryByteCount : 0)
    digest = try computed(of: password, in: memory.mutableSpan)
  }

  /// Whether `password` is the one that this was made of. It takes as long whatever the answer is.
  ///
  /// - Parameter memory: `memoryByteCount` bytes at a multiple of 8; zeros when this returns.
  /// - Throws: `memory` if it is none such.
  /// - Blocking: computes.
  @export(interface)
  public func matches(
    _ password: Span<UInt8>, in memory: consuming MutableSpan<UInt8>
  ) throws(PasswordError) -> Bool {
    isDigest(try computed(of: password, in: memory))
  }

  private func computed(
    of password: Span<UInt8>, in memory: consuming MutableSpan<UInt8>
  ) throws(PasswordError) -> [UInt8] {
    guard password.count <= Self.passwordLimit, cost.isAcceptable,
      Self.saltCounts.contains(salt.count), Self.digestCounts.contains(digest.count)
    else { throw .limits }
    var method = argon2_method(
      variant: variant.rawValue, version: version, memory: cost.memory, passes: cost.passes,
      lanes: cost.lanes)
    var result = [UInt8](repeating: 0, count: digest.count)
    // SAFETY: all bytes are lent for the call, and the counts of texts are below 2^32.
    let status = unsafe memory.withUnsafeMutableBufferPointer { memory -> Int32 in
      unsafe password.withUnsafeBufferPointer { password -> Int32 in
        unsafe salt.withUnsafeBufferPointer { salt -> Int32 in
          guard let first = memory.baseAddress else { return ARGON2_NO_MEMORY }
          return unsafe argon2_digest(
            &method, password.baseAddress, UInt32(password.count), salt.baseAddress,
            UInt32(salt.count), nil, 0, nil, 0, first, memory.count, &result,
            UInt32(result.count))
        }
      }
    }
    if status == ARGON2_NO_MEMORY { throw .memory }
    guard status == 0 else { throw .refused(status) }
    return result
  }
}
