// SPDX-License-Identifier: MIT
import ABI
import Base

/// What the program was called with.
public enum Arguments {
  /// How many there are, the program's own name included.
  public static var count: Int {
    // SAFETY: written once, before `main`.
    unsafe startRecord.argumentCount
  }

  /// The bytes of argument `index`, which live as long as the program; empty if there is none.
  /// The first is the program's own name.
  @export(interface)
  @_lifetime(immortal)
  public static func bytes(at index: Int) -> Span<UInt8> {
    // SAFETY: the start record holds `argumentCount` addresses of texts, as the ABI promises.
    let record = unsafe startRecord
    guard index >= 0, index < record.argumentCount else { return unsafe startText(at: 0) }
    return unsafe startText(at: word(record.arguments &+ UInt(index) &* 8))
  }

  /// A copy of argument `index`.
  @export(interface)
  public static func text(at index: Int) -> Text { Text(bytes(at: index)) }

  /// Copies of all arguments after the program's own name.
  @export(interface)
  public static var all: [Text] {
    var texts: [Text] = []
    var index = 1
    while index < count {
      texts.append(text(at: index))
      index += 1
    }
    return texts
  }
}

extension Arguments {
  /// The path of the file that runs, as it was given to whoever started it.
  @export(interface)
  public static var executablePath: Text {
    // SAFETY: the address is that of a text of the start record, or zero.
    Text(unsafe startText(at: startRecord.executablePath))
  }
}

/// The variables that the program was started with: `NAME=value` each.
public enum Environment {
  /// How many there are.
  public static var count: Int {
    // SAFETY: written once, before `main`.
    unsafe startRecord.environmentCount
  }

  /// The bytes of variable `index`, name and value, which live as long as the program; empty if
  /// there is none.
  @export(interface)
  @_lifetime(immortal)
  public static func bytes(at index: Int) -> Span<UInt8> {
    // SAFETY: as for the arguments.
    let record = unsafe startRecord
    guard index >= 0, index < record.environmentCount else { return unsafe startText(at: 0) }
    return unsafe startText(at: word(record.environment &+ UInt(index) &* 8))
  }

  /// The value of `name`, or `nil`; the first of several wins.
  @export(interface)
  public static func value(of name: Text) -> Text? {
    for index in 0..<count {
      let variable = bytes(at: index)
      guard variable.count > name.count, variable.starts(with: name.span),
        variable[name.count] == UInt8(ascii: "=")
      else { continue }
      return Text(variable.extracting((name.count + 1)..<variable.count))
    }
    return nil
  }

  /// Copies of all variables, to be changed and given to a child.
  @export(interface)
  public static var all: [Text] {
    var texts: [Text] = []
    for index in 0..<count { texts.append(Text(bytes(at: index))) }
    return texts
  }
}

extension StartRecord {
  /// The working directory that the program was started in; empty if nobody said.
  var workingDirectoryText: Text {
    // SAFETY: the address is that of a text of the start record, or zero.
    Text(unsafe startText(at: workingDirectory))
  }
}
