// SPDX-License-Identifier: MIT
import Host

/// Why something was not built.
public enum BuildError: Error, CustomStringConvertible {
  /// The compiler refused; `output` is what it said.
  case compile(what: String, output: String)
  /// A description in the repository asks for something that is not there.
  case description(file: String, reason: String)
  /// The sources of others are not here and cannot be had.
  case port(String, reason: String)
  case host(HostError)

  public var description: String {
    switch self {
    case .compile(let what, _): "\(what) does not build"
    case .description(let file, let reason): "\(file): \(reason)"
    case .port(let name, let reason): "cannot get the source package \(name): \(reason)"
    case .host(let error): "\(error)"
    }
  }
}

/// Runs `body` and turns its host errors into build errors.
func asBuildError<Result>(
  _ body: () throws(HostError) -> Result
) throws(BuildError) -> Result {
  do throws(HostError) { return try body() } catch { throw .host(error) }
}
