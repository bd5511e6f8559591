// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Copies the bytes of one file.
struct FileCopying {
  let system: UtilitySystem
  private var buffer = [UInt8](repeating: 0, count: 0)

  init(system: UtilitySystem) { self.system = system }

  struct Failure {
    enum Place { case source, reading, target, writing }
    var place: Place
    var error: SystemError
    /// The target has a part of the bytes: it could not be removed, or had others before.
    var leavesPart = false
  }

  /// - Parameters:
  ///   - mode: what a new file gets, less the creation mask.
  ///   - isForced: whether a target that cannot be opened is removed.
  ///   - replaces: whether there is a target.
  ///   - isExclusive: whether a target that appears meanwhile is an error.
  ///   - synchronises: whether the bytes are to be on the medium before this returns.
  /// - Returns: why not, if so.
  mutating func copy(
    _ source: Text, _ target: Text, mode: UInt32, isForced: Bool = false, replaces: Bool = false,
    isExclusive: Bool = false, synchronises: Bool = false
  ) -> Failure? {
    let input: Handle
    do throws(SystemError) { input = try system.openFile(source) } catch {
      return Failure(place: .source, error: error)
    }
    defer { system.close(input) }
    let output: Handle
    var isNew = !replaces
    let exclusive = isExclusive ? OpenFlags.exclusive : OpenFlags()
    do throws(SystemError) {
      do throws(SystemError) {
        output = try system.openFile(target, .write | .create | .truncate | exclusive, mode: mode)
      } catch {
        guard isForced, replaces else { throw error }
        try system.remove(target)
        isNew = true
        output = try system.openFile(target, .write | .create | .exclusive, mode: mode)
      }
    } catch {
      return Failure(place: .target, error: error)
    }
    var failure = copy(input, output)
    if failure == nil, synchronises {
      do throws(SystemError) { try system.synchronise(output) } catch {
        // What has no medium says so.
        if error != .noSystemCall, error != .notSupported, error != .invalidArgument {
          failure = Failure(place: .writing, error: error)
        }
      }
    }
    system.close(output)
    if failure != nil {
      failure?.leavesPart = true
      if isNew {
        do throws(SystemError) {
          try system.remove(target)
          failure?.leavesPart = false
        } catch { return failure }
      }
    }
    return failure
  }

  private mutating func copy(_ input: Handle, _ output: Handle) -> Failure? {
    if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: 120 << 10) }
    while true {
      let count: Int
      do throws(SystemError) { count = try system.readSome(input, into: &buffer) } catch {
        return Failure(place: .reading, error: error)
      }
      if count == 0 { return nil }
      do throws(SystemError) {
        try system.writeAll(output, buffer.span.extracting(first: count))
      } catch {
        return Failure(place: .writing, error: error)
      }
    }
  }
}
