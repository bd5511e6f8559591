// SPDX-License-Identifier: MIT
public import ABI
public import Base
import Core
public import Manual
public import OptionParser

/// One call of a utility: its arguments, where its output goes, what went wrong so far.
public final class Invocation {
  public let name: Text
  /// Without the name.
  public let arguments: [Text]
  public let system: UtilitySystem
  /// Standard output, sent in pieces.
  public var output: UtilityOutput
  private let manual: (() -> Manual)?
  private var hasComplained = false

  @export(interface)
  public init(
    _ name: Text, _ arguments: [Text], _ system: UtilitySystem, manual: (() -> Manual)?
  ) {
    self.name = name
    self.arguments = arguments
    self.system = system
    self.manual = manual
    output = UtilityOutput(.standardOutput, system)
  }

  /// The arguments by the options of the manual.
  @export(interface)
  public func options(operandsEndOptions: Bool = false) throws(UtilityStop) -> Options {
    try options(of: arguments, operandsEndOptions: operandsEndOptions)
  }

  /// The same for arguments that the utility has changed first.
  @export(interface)
  public func options(
    of arguments: [Text], operandsEndOptions: Bool = false
  ) throws(UtilityStop) -> Options {
    do throws(OptionError) {
      return try Options(
        arguments, manual?().options ?? [], operandsEndOptions: operandsEndOptions)
    } catch {
      if error == .help { throw .help }
      throw .usage(error.message)
    }
  }

  // MARK: Complaints

  /// Says `NAME: message` on standard error; the exit status will be 1 at least.
  @export(interface)
  public func complain(_ message: Text) {
    hasComplained = true
    say(name + ": " + message)
  }

  /// Says `NAME: path: why`, the path so that it cannot garble a terminal.
  @export(interface)
  public func complain(_ path: Text, _ error: SystemError) {
    complain(path.shownSafely + ": " + Text(error.explanation))
  }

  /// A line on standard error that is no complaint. What was printed before comes first.
  @export(interface)
  public func say(_ line: Text) { errors(line + "\n") }

  func errors(_ text: Text) {
    output.send()
    do throws(SystemError) { try system.writeAll(.standardError, text.span) } catch { return }
  }

  // MARK: The end

  /// Sends what is left.
  /// - Returns: `status`; 1 in place of 0 if there were complaints; that of a failure if output was
  ///   lost.
  @export(interface)
  public func end(_ status: Int32) -> Int32 {
    output.send()
    switch output.failure {
    case nil: break
    case .brokenPipe: return brokenPipeStatus
    case let error?:
      complain("standard output", error)
      return failureStatus
    }
    return status == 0 && hasComplained ? 1 : status
  }

  /// Stops the utility if its output goes nowhere any more. Long loops ask.
  @export(interface)
  public func checkOutput() throws(UtilityStop) {
    if output.failure != nil { throw .status(failureStatus) }
  }

  /// What the manual says that a failure ends with.
  @export(interface)
  public var failureStatus: Int32 { manual?().failureStatus ?? 1 }

  // MARK: Operands

  /// Opens an operand for reading; `-` is standard input. Complains and answers `nil` if that fails.
  @export(interface)
  public func openInput(_ operand: Text) -> UtilityInput? {
    if operand == "-" { return UtilityInput(.standardInput, system, isOwned: false) }
    do throws(SystemError) {
      return UtilityInput(try system.openFile(operand), system, isOwned: true)
    } catch {
      complain(operand, error)
      return nil
    }
  }

  /// Asks on standard error, reads the answer from standard input.
  /// - Returns: whether it begins with `y` or `Y`.
  @export(interface)
  public func isConfirmed(_ question: Text) -> Bool {
    errors(name + ": " + question + " ")
    var byte: [UInt8] = [0]
    var answer: UInt8?
    while true {
      do throws(SystemError) {
        guard try system.readSome(.standardInput, into: &byte) > 0, byte[0] != 0x0A else { break }
      } catch { break }
      if answer == nil { answer = byte[0] }
    }
    return answer == UInt8(ascii: "y") || answer == UInt8(ascii: "Y")
  }
}
