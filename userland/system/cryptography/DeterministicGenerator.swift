// SPDX-License-Identifier: MIT
import MbedTLS

/// Why a generator gives nothing.
public enum GeneratorError: Error, Equatable {
  /// Entropy and what goes with it are longer together than `inputLimit`, or there is no entropy.
  case input
  /// Mbed TLS's error number.
  case refused(Int32)
}

/// CTR_DRBG of NIST SP 800-90A with AES-256 and derivation function: from entropy, as many bytes as
/// are wanted that nobody can tell from random ones who does not know the entropy.
///
/// It never asks for entropy: whoever has it says when it is time to reseed. What was given before
/// cannot be found out from its state.
@safe
public struct DeterministicGenerator: ~Copyable {
  /// In memory of its own, since it points into itself.
  private let state: UnsafeMutablePointer<random_state>

  /// The most that entropy and what goes with it may have together, in bytes.
  public static var inputLimit: Int { Int(RANDOM_INPUT_LIMIT) }
  /// The most that one `generate` gives, in bytes.
  public static var outputLimit: Int { 4096 }

  /// - Parameters:
  ///   - entropy: at least 48 bytes that hold 256 bits that nobody knows, and a nonce.
  ///   - personal: what makes this generator differ from others that got the same entropy.
  @export(interface)
  public init(entropy: Span<UInt8>, personal: Span<UInt8>) throws(GeneratorError) {
    // A value that is not complete cannot be given up, so what can fail is done before.
    let made = UnsafeMutablePointer<random_state>.allocate(capacity: 1)
    unsafe made.initialize(to: random_state())
    do throws(GeneratorError) {
      guard Self.fits(entropy, personal) else { throw .input }
      // SAFETY: the memory is this value's own; the bytes are lent for the call.
      let result = unsafe Self.lend(entropy, personal) { first, count, other, otherCount in
        unsafe random_begin(made, first, count, other, otherCount)
      }
      if result != 0 { throw .refused(result) }
    } catch {
      unsafe made.deallocate()
      throw error
    }
    unsafe state = made
  }

  deinit {
    unsafe random_end(state)
    unsafe state.deallocate()
  }

  /// Mixes in new entropy, after which nothing follows from what was known of the state before.
  @export(interface)
  public mutating func reseed(
    entropy: Span<UInt8>, additional: Span<UInt8>
  ) throws(GeneratorError) {
    guard Self.fits(entropy, additional) else { throw .input }
    let state = unsafe state
    // SAFETY: as above.
    let result = unsafe Self.lend(entropy, additional) { first, count, other, otherCount in
      unsafe random_reseed(state, first, count, other, otherCount)
    }
    if result != 0 { throw .refused(result) }
  }

  /// Fills `output`, at most `outputLimit` bytes; `additional` becomes part of the state.
  @export(interface)
  public mutating func generate(
    into output: consuming MutableSpan<UInt8>, additional: Span<UInt8> = Span()
  ) throws(GeneratorError) {
    guard output.count <= Self.outputLimit, additional.count <= Self.inputLimit else {
      throw .input
    }
    let state = unsafe state
    // SAFETY: as above; as many bytes are written as there is room for.
    let result = unsafe output.withUnsafeMutableBufferPointer { target -> Int32 in
      guard let first = target.baseAddress else { return 0 }
      return unsafe additional.withUnsafeBufferPointer { buffer in
        unsafe random_generate(state, first, target.count, buffer.baseAddress, buffer.count)
      }
    }
    if result != 0 { throw .refused(result) }
  }

  private static func fits(_ entropy: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
    !entropy.isEmpty && entropy.count <= inputLimit && other.count <= inputLimit - entropy.count
  }

  @unsafe
  private static func lend(
    _ bytes: Span<UInt8>, _ other: Span<UInt8>,
    _ body: (UnsafePointer<UInt8>, Int, UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32 {
    unsafe bytes.withUnsafeBufferPointer { buffer -> Int32 in
      guard let first = buffer.baseAddress else { return -1 }
      return unsafe other.withUnsafeBufferPointer { second in
        unsafe body(first, buffer.count, second.baseAddress, second.count)
      }
    }
  }
}
