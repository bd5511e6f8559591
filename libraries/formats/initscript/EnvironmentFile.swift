// SPDX-License-Identifier: MIT
import Base
import Core

/// A file of `environment.d`: a variable on each line, `NAME=VALUE`; empty lines and those that begin
/// with `#` say nothing. There is no quoting.
public struct EnvironmentFile: Equatable, Sendable {
  public private(set) var variables: [InitCommand.Variable] = []
  /// The lines, counted from one, that say something else.
  public private(set) var wrongLines: [Int] = []

  @export(interface)
  public init(parsing bytes: [UInt8]) {
    guard bytes.count <= InitScriptLimits.scriptBytes else {
      wrongLines = [1]
      return
    }
    for (index, whole) in Text(bytes).lines().enumerated() {
      let line = whole.trimmed()
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let equals = line.firstIndex(of: 0x3D), LineParser.isVariableName(line[0..<equals]),
        !line.contains(0)
      else {
        wrongLines.append(index + 1)
        continue
      }
      variables.append(
        InitCommand.Variable(name: line[0..<equals], value: line[(equals + 1)...]))
    }
  }
}
